"""Asset maintenance_plan: which gates, judges, rubrics, sets and slices want people, and whose they are."""

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.maintenance_plan import maintenance_of_week


@dg.asset(
    partitions_def=weekly,
    deps=["labels", "calibration_scores", "calibration_agreement", "label_queue", "calibration_slices"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def maintenance_plan(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What people have to do for the judges: why, until when, how many labels, and the command."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = maintenance_of_week(pipeline, week)
            step.replace(week, {"maintenance_plan": rows}, metadata=metadata_of(rows))


def metadata_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the plan as a table, and the labels missing for each shut gate as numbers that plot."""
    gates = rows[(rows["task"] == "gate") & rows["labels_missing"].notna()]
    missing = {
        f"labels_missing_{row['dimension']}": int(row["labels_missing"]) for row in gates.to_dict("records")
    }
    return {**missing, "plan": markdown_table(rows.drop(columns=["week"]))}
