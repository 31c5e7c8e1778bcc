"""Asset daily_cells: a day's scores, latency and cost as sums by watched slices."""

import dagster as dg

from behavior_pipeline.datafiles.scratch import scratch_folder
from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.daily_cells import cells_of_day
from behavior_pipeline.steps.pipeline import dimensions


@daily_asset(
    "scores",
    kinds={"duckdb"},
    deps=["traces", "sampled_traces", *(f"scores_{name}" for name in dimensions())],
)
def daily_cells(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Sums of each crossing of watched slices, from which a day's aggregates and slices are added up.

    Which slices are watched is read from the frames of up to 21 weeks before, which are not declared as
    dependencies: a run of many days has made them before, in the order of the days.
    """
    with (
        scratch_folder(pipeline.settings.root / "tmp") as spill,
        day_writer(context, pipeline.lake) as writer,
    ):
        for day in writer.partitions:
            rows = cells_of_day(pipeline, day, spill=spill)
            writer.replace(day, {"daily_cells": rows}, metadata={})
