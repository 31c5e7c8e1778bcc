"""Which dump files a day has, in all configured sources."""

import json
from collections import Counter
from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from behavior_pipeline.datafiles.buckets.sources import store_of
from behavior_pipeline.dumps.day_files import DumpFile, Dumps, list_dumps
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.traces import DUMP_FILES

FIRST_SEEN = """
SELECT digest, min(day) AS day, min(content_days) AS content_days FROM analysis.dump_files GROUP BY digest
"""
READ_ON = "SELECT day, file FROM analysis.ingested"


def open_dumps(settings: Settings, lake: Lake) -> Dumps:
    """List all sources, undated files by the days of their first sight or, new ones, of their content."""
    known = {row["digest"]: _days(row) for row in lake.sql(FIRST_SEEN).to_dict("records")}
    stores = [(source, store_of(source, settings.root)) for source in settings.sources]
    return list_dumps(stores, known=known, max_line_bytes=settings.max_line_bytes)


class Undated(NamedTuple):
    """What a run should know of files without a day in their path.

    `waiting` counts those that hold records of a day on which they were not read; in the files of
    `without_spans` no span can be read, so that they belong to no day.
    """

    waiting: Mapping[date, int]
    without_spans: list[str]


def undated_files(dumps: Dumps, lake: Lake) -> Undated:
    """Return which undated files wait for a run of some day, and which never will be read."""
    stored = {(row["day"].date(), row["file"]) for row in lake.sql(READ_ON).to_dict("records")}
    files = [(file.name, days) for listing in dumps.listings for file, days in listing.undated.items()]
    waiting = Counter(day for name, days in files for day in days if (day, name) not in stored)
    return Undated(dict(sorted(waiting.items())), [name for name, days in files if not days])


def _days(row: Mapping[Hashable, Any]) -> tuple[date, ...]:
    if isinstance(row["content_days"], str):
        return tuple(map(date.fromisoformat, json.loads(row["content_days"])))
    return (row["day"].date(),)


def dump_files(dumps: Dumps, day: date) -> pd.DataFrame:
    """Return the rows of dump_files of a day."""
    with dumps.of(day) as files:
        rows = [
            {
                "day": day, "file": file.name, "source": file.source, "role": file.role, "bytes": file.bytes,
                "digest": file.digest, "content_days": _content_days(file),
            }
            for file in files
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(DUMP_FILES.columns))


def _content_days(file: DumpFile) -> str | None:
    if file.content is None:
        return None
    return json.dumps([day.isoformat() for day in file.content.days])
