"""Asset anchor_changes: whether a judge says of the same anchors what it said before, and people, too."""

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.anchor_changes import anchor_changes_of_week


@weekly_asset("calibration", kinds={"python", "duckdb"}, deps=["calibration_scores", "labels"])
def anchor_changes(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Anchors judged again and labelled again: how many moved which way, exact tests, Holm over the two."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = anchor_changes_of_week(pipeline, week)
            writer.replace(week, {"anchor_changes": rows}, metadata=counts_of(rows))


def counts_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the share of anchors that moved for each dimension and subject, and what that says."""
    counts: dict[str, object] = {}
    for row in rows.to_dict("records"):
        name = f"{row['subject']}_{row['dimension']}"
        counts[f"{name}_reason"] = str(row["reason"])
        if row["n"]:
            counts[f"{name}_moved"] = (row["lower"] + row["higher"]) / row["n"]
    return counts
