"""Asset calibration_scores: what the judge of the week says of the items that people labelled."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.calibration_scores import calibration_of_week


@weekly_asset("calibration", kinds={"python", "duckdb"}, deps=["labels", "traces"])
def calibration_scores(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """The week's fresh labels and the anchors in force, each with that week's verdict of the judge."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = calibration_of_week(pipeline, week)
            counts = rows["dimension"].value_counts()
            metadata = {f"items_{name}": int(counts[name]) for name in sorted(counts.index)}
            writer.replace(week, {"calibration_scores": rows}, metadata=metadata)
