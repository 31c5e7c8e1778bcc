"""Asset spans: every record of a day's dump files, stored or accounted for."""

import dagster as dg

from behavior_pipeline.datafiles.scratch import scratch_folder
from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.spans.day.merge_files import ParsedDay
from behavior_pipeline.spans.day.parse_day import file_readers, parse_day
from behavior_pipeline.steps.raw_dumps import open_dumps
from behavior_pipeline.steps.spans import frames_of, reading_of


@daily_asset("ingest", kinds={"opentelemetry", "duckdb"}, deps=["raw_dumps"])
def spans(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Spans of the day in one shape, whatever dialect wrote them, with quarantine and account of records."""
    scratch = scratch_folder(pipeline.settings.root / "tmp")  # outlives the writer, which writes from it
    with scratch as spill, day_writer(context, pipeline.lake) as writer, file_readers() as readers:
        dumps, reading = open_dumps(pipeline.settings, pipeline.lake), reading_of(pipeline.settings)
        for day in writer.partitions:
            with dumps.of(day) as files:
                parsed = parse_day(files, day, reading, spill=spill, readers=readers)
            writer.replace(day, frames_of(parsed), metadata=account_of(parsed))


def account_of(parsed: ParsedDay) -> dict:
    """Return the sums over files of where records went."""
    sums = parsed.ingested.drop(columns=["day", "file"]).sum()
    return {f"records_{name}": int(count) for name, count in sums.items()}
