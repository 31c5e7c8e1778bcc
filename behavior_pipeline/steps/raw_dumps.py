"""Which dump files a day has, in all configured sources."""

from dataclasses import asdict
from datetime import date

import pandas as pd

from behavior_pipeline.datafiles.buckets.sources import store_of
from behavior_pipeline.dumps.day_files import Dumps, list_dumps
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.traces import DUMP_FILES

FIRST_SEEN = "SELECT digest, min(day) AS day FROM analysis.dump_files GROUP BY digest"


def open_dumps(settings: Settings, lake: Lake) -> Dumps:
    """List all sources, undated files by the day of their first sight or, new ones, of their content."""
    known = lake.sql(FIRST_SEEN)
    days: dict[str, date] = {row["digest"]: row["day"].date() for row in known.to_dict("records")}
    stores = [(source, store_of(source, settings.root)) for source in settings.sources]
    return list_dumps(stores, known=days, max_line_bytes=settings.max_line_bytes)


def dump_files(dumps: Dumps, day: date) -> pd.DataFrame:
    """Return the rows of dump_files of a day."""
    with dumps.of(day) as files:
        rows = [{**asdict(file), "file": file.name, "day": day} for file in files]
    return pd.DataFrame(rows, columns=list(DUMP_FILES.columns))
