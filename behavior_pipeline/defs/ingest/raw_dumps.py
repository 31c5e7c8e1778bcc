"""Asset raw_dumps: which dump files a day has."""

from dataclasses import asdict
from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.datafiles.buckets.sources import store_of
from behavior_pipeline.defs.partition_writer import day_step
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.dumps.day_files import Dumps, list_dumps
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.traces import DUMP_FILES


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
        dumps = open_dumps(pipeline.settings, pipeline.lake)
        for day in step.partitions:
            with dumps.of(day) as files:
                found = [{**asdict(file), "file": file.name, "day": day} for file in files]
            rows = pd.DataFrame(found, columns=list(DUMP_FILES.columns))
            size = sum(row["bytes"] for row in found)
            step.replace(day, {"dump_files": rows}, metadata={"files": len(files), "bytes": size})


def open_dumps(settings: Settings, lake: Lake) -> Dumps:
    """List all sources, undated files by the day of their first sight or, new ones, of their content."""
    known = lake.sql("SELECT digest, min(day) AS day FROM analysis.dump_files GROUP BY digest")
    days: dict[str, date] = {row["digest"]: row["day"].date() for row in known.to_dict("records")}
    stores = [(source, store_of(source, settings.root)) for source in settings.sources]
    return list_dumps(stores, known=days, max_line_bytes=settings.max_line_bytes)
