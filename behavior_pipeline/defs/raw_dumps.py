"""Asset raw_dumps: which dump files a day has."""

from dataclasses import asdict
from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.defs.step import day_step
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.traces import DUMP_FILES
from behavior_pipeline.traces.days import DumpFile, content_day, dump_files, source_root, undated_files


@dg.asset(
    partitions_def=daily,
    group_name="ingest",
    kinds={"opentelemetry", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def raw_dumps(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """The dump files of the day with digest and size; a day without files is a day with no rows."""
    with day_step(context, pipeline.lake) as step:
        undated = days_of_undated(pipeline.settings, pipeline.lake)
        for day in step.partitions:
            files = files_of(day, pipeline.settings, undated)
            columns = list(DUMP_FILES.columns)
            rows = pd.DataFrame(
                [{**asdict(file), "file": file.name, "day": day} for file in files], columns=columns
            )
            size = sum(file.bytes for file in files)
            step.replace(day, {"dump_files": rows}, metadata={"files": len(files), "bytes": size})


def files_of(day: date, settings: Settings, undated: dict[str, date]) -> list[DumpFile]:
    """Return the dump files of a day."""
    return dump_files(day, settings.sources, data_root=settings.root, undated=undated)


def days_of_undated(settings: Settings, lake: Lake) -> dict[str, date]:
    """Return each undated file's day by digest: remembered from its first sight, else its content's day."""
    known = lake.sql("SELECT DISTINCT digest, day FROM analysis.dump_files")
    days: dict[str, date] = {row["digest"]: row["day"].date() for row in known.to_dict("records")}
    for source in settings.sources:
        for file in undated_files(source_root(source, settings.root), source):
            if file.digest not in days and (day := content_day(file.path, settings.max_line_bytes)):
                days[file.digest] = day
    return days
