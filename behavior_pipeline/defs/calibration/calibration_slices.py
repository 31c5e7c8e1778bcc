"""Asset calibration_slices: agreement with people slice by slice, where labels suffice."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.calibration_slices import slices_of_week


@weekly_asset("calibration", kinds={"python", "duckdb"}, deps=["calibration_scores", "weekly_scores"])
def calibration_slices(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Agreement of each judge with people on each watched slice, or how many more labels it needs."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = slices_of_week(pipeline, week)
            metadata = {
                "measured": int(rows["point"].notna().sum()),
                "lacking": int((rows["needed"] > 0).sum()),
            }
            writer.replace(week, {"calibration_slices": rows}, metadata=metadata)
