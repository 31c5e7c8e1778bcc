"""Asset maintenance_plan: which gates, judges, rubrics, sets and slices want people, and whose they are."""

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.maintenance_plan import maintenance_of_week


@weekly_asset(
    "calibration",
    kinds={"python", "duckdb"},
    deps=["labels", "calibration_scores", "calibration_agreement", "label_queue", "calibration_slices"],
)
def maintenance_plan(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What people have to do for the judges: why, until when, how many labels, and the command."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = maintenance_of_week(pipeline, week)
            writer.replace(week, {"maintenance_plan": rows}, metadata=metadata_of(rows))


def metadata_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the plan as a table, and the labels missing for each shut gate as numbers that plot."""
    gates = rows[(rows["task"] == "gate") & rows["labels_missing"].notna()]
    missing = {
        f"labels_missing_{row['dimension']}": int(row["labels_missing"]) for row in gates.to_dict("records")
    }
    return {**missing, "plan": markdown_table(rows.drop(columns=["week"]))}
