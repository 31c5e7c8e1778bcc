"""Asset recalibration_queue: the items that would show soonest whether a judge of the day is any good."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.label_queue import recalibration_queue_of_day
from behavior_pipeline.steps.pipeline import dimensions


@daily_asset(
    "recalibration",
    kinds={"python", "duckdb"},
    deps=[f"scores_{name}" for name, spec in dimensions().items() if spec.judge],
)
def recalibration_queue(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """40 items by verdict for each judge of the day; they count on the first day of a judge.

    Whether a judge is new depends on the other days that are stored. So that days may be run in any order,
    each day keeps its own items, and who reads them looks up a judge's first day.
    """
    with day_writer(context, pipeline.lake) as writer:
        for day in writer.partitions:
            rows = recalibration_queue_of_day(pipeline, day)
            judges = rows.drop_duplicates(["dimension", "judge"])
            writer.replace(day, {"recalibration_queue": rows}, metadata={"judges": len(judges)})
