"""Asset calibration_slices: agreement with people slice by slice, where labels suffice."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.calibration_slices import slices_of_week


@dg.asset(
    partitions_def=weekly,
    deps=["calibration_scores", "weekly_scores"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def calibration_slices(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Agreement of each judge with people on each watched slice, or how many more labels it needs."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = slices_of_week(pipeline, week)
            metadata = {
                "measured": int(rows["point"].notna().sum()),
                "lacking": int((rows["needed"] > 0).sum()),
            }
            step.replace(week, {"calibration_slices": rows}, metadata=metadata)
