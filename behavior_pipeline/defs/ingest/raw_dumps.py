"""Asset raw_dumps: which dump files a day has."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_step
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.raw_dumps import dump_files, open_dumps


@dg.asset(
    partitions_def=daily,
    group_name="ingest",
    kinds={"opentelemetry", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def raw_dumps(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """The dump files of the day with digest and size; a day without files is a day with no rows."""
    with day_step(context, pipeline.lake) as step:
        dumps = open_dumps(pipeline.settings, pipeline.lake)
        for day in step.partitions:
            rows = dump_files(dumps, day)
            metadata = {"files": len(rows), "bytes": int(rows["bytes"].sum())}
            step.replace(day, {"dump_files": rows}, metadata=metadata)
