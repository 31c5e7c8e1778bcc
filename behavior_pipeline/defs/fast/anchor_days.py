"""Asset anchor_days: what the judge in use says of a seventh of the anchors, each day another one."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.anchor_days import anchors_of_day


@daily_asset("fast", kinds={"python", "duckdb"}, deps=["labels", "traces"])
def anchor_days(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """A seventh of the anchors judged again, as the week's are: the week reads these answers."""
    with day_writer(context, pipeline.lake) as writer:
        for day in writer.partitions:
            rows = anchors_of_day(pipeline, day)
            writer.replace(day, {"anchor_days": rows}, metadata={"anchors": len(rows)})
