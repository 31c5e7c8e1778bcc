"""Asset anchor_changes: whether a judge says of the same anchors what it said before, and people, too."""

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.anchor_changes import anchor_changes_of_week


@dg.asset(
    partitions_def=weekly,
    deps=["calibration_scores", "labels"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def anchor_changes(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Anchors judged again and labelled again: how many moved which way, exact tests, Holm over the two."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = anchor_changes_of_week(pipeline, week)
            step.replace(week, {"anchor_changes": rows}, metadata=counts_of(rows))


def counts_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the share of anchors that moved for each dimension and subject, and what that says."""
    counts: dict[str, object] = {}
    for row in rows.to_dict("records"):
        name = f"{row['subject']}_{row['dimension']}"
        counts[f"{name}_reason"] = str(row["reason"])
        if row["n"]:
            counts[f"{name}_moved"] = (row["lower"] + row["higher"]) / row["n"]
    return counts
