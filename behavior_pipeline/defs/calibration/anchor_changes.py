"""Asset anchor_changes: whether a judge says of the same anchors what it said before, and people, too."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.anchors.judge import judge_changes
from behavior_pipeline.calibration.anchors.people import people_changes
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.lake.where import Between
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES


@dg.asset(
    partitions_def=weekly,
    deps=["calibration_scores", "labels"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def anchor_changes(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Anchors judged again and labelled again: how many moved which way, exact tests, Holm over the two."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = changes_of(pipeline, week)
            step.replace(week, {"anchor_changes": rows}, metadata=counts_of(rows))


def changes_of(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the week's comparisons of every dimension that has anchors, judges first."""
    so_far = {"week": Between(None, week)}
    scores = pipeline.lake.read("calibration_scores", {**so_far, "role": "anchor"})
    labels = pipeline.lake.read("labels", {**so_far, "role": ["anchor", "relabel"]})
    registry = dataset_registry(pipeline.settings.root)
    found = []
    for name, spec in pipeline.dimensions.items():
        dataset = dataset_in_force(registry, name, week + timedelta(days=6))
        found.append(judge_changes(spec, week=week, scores=scores))
        found.append(people_changes(spec, week=week, dataset=dataset, labels=labels, scores=scores))
    return ANCHOR_CHANGES.joined(found)


def counts_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the share of anchors that moved for each dimension and subject, and what that says."""
    found: dict[str, object] = {}
    for row in rows.to_dict("records"):
        name = f"{row['subject']}_{row['dimension']}"
        found[f"{name}_reason"] = str(row["reason"])
        if row["n"]:
            found[f"{name}_moved"] = (row["lower"] + row["higher"]) / row["n"]
    return found
