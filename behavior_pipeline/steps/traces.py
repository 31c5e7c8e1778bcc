"""Builds the traces of a day from its spans and those of the days before, with the day's coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pandas as pd

from behavior_pipeline.datafiles.key import pseudonym_key
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.tables.rows import Rows
from behavior_pipeline.traces.build import Building
from behavior_pipeline.traces.coverage.of_day import arrivals_sql, coverage_of_day
from behavior_pipeline.traces.day_rows import build_day_rows
from behavior_pipeline.traces.trace_day import TraceDays, trace_days, trace_sql


@dataclass(frozen=True)
class Arrived:
    """What came on some days: which traces are built on which of them, and the spans of each."""

    trace_days: TraceDays
    arrivals: pd.DataFrame


class BuiltDay(NamedTuple):
    """The tables of a day's traces, how many spans came too late for them, and how many have no root."""

    frames: dict[str, pd.DataFrame | Rows]
    late_spans: int
    orphaned: int


def arrived(pipeline: Pipeline, days: Sequence[date]) -> Arrived:
    """Return what came on a range of days, read once for all of them."""
    ends = {"first": days[0], "last": days[-1]}
    built = trace_days(pipeline.lake.sql, **ends, lateness_days=pipeline.settings.lateness_days)
    return Arrived(built, pipeline.lake.sql(arrivals_sql(), ends))


def build_day(pipeline: Pipeline, day: date, came: Arrived, *, with_late: bool, spill: Path) -> BuiltDay:
    """Return the traces of a day with their facts and coverage; `with_late` takes in later days' spans.

    Rows lie in a folder below `spill` that goes when the last of them is let go.
    """
    lake, window = pipeline.lake, came.trace_days.window(day, with_late=with_late)
    spans = lake.stream(trace_sql("spans_of_traces"), window) if window["traces"] else iter(())
    key = pseudonym_key(pipeline.settings.root, pipeline.settings.privacy.key_variable)
    lease = TemporaryDirectory(prefix="traces-", dir=spill)
    built = build_day_rows(spans, day, Building.of(pipeline.settings), key=key, folder=Path(lease.name))
    rows = built.rows.leased(lease)
    late = came.trace_days.late.get(day, 0)
    read = {name: lake.read(name, {"day": day}) for name in ("ingested", "not_consented")}
    read["arrivals"] = came.arrivals[came.arrivals["day"].dt.date == day]
    covered = coverage_of_day(day, traces=rows, late_spans=late, **read)
    return BuiltDay({"traces": rows, "trace_facts": rows, "coverage": covered}, late, built.orphaned)
