"""Asset raw_dumps: which dump files a day has."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.raw_dumps import dump_files, open_dumps


@daily_asset("ingest", kinds={"opentelemetry", "duckdb"})
def raw_dumps(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """The dump files of the day with digest and size; a day without files is a day with no rows."""
    with day_writer(context, pipeline.lake) as writer:
        dumps = open_dumps(pipeline.settings, pipeline.lake)
        for day in writer.partitions:
            rows = dump_files(dumps, day)
            metadata = {"files": len(rows), "bytes": int(rows["bytes"].sum())}
            writer.replace(day, {"dump_files": rows}, metadata=metadata)
