"""Builds the traces of a day from its spans and those of the days before, with the day's coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from behavior_pipeline.datafiles.key import pseudonym_key
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.traces import build
from behavior_pipeline.traces.coverage.of_day import arrivals_sql, coverage_of_day
from behavior_pipeline.traces.trace_day import TraceDays, trace_days, trace_sql


@dataclass(frozen=True)
class Arrived:
    """What came on some days: which traces are built on which of them, and the spans of each."""

    trace_days: TraceDays
    arrivals: pd.DataFrame


@dataclass(frozen=True)
class BuiltDay:
    """The tables of a day's traces, and how many spans came too late for them."""

    frames: dict[str, pd.DataFrame]
    late_spans: int

    @property
    def orphaned(self) -> int:
        """Return how many traces have no root."""
        return int((~self.frames["traces"]["has_root"].astype(bool)).sum())


def arrived(pipeline: Pipeline, days: Sequence[date]) -> Arrived:
    """Return what came on a range of days, read once for all of them."""
    ends = {"first": days[0], "last": days[-1]}
    built = trace_days(pipeline.lake.sql, **ends, lateness_days=pipeline.settings.lateness_days)
    return Arrived(built, pipeline.lake.sql(arrivals_sql(), ends))


def build_day(pipeline: Pipeline, day: date, came: Arrived, *, with_late: bool) -> BuiltDay:
    """Return the traces of a day with their facts and coverage; `with_late` takes in later days' spans."""
    lake, window = pipeline.lake, came.trace_days.window(day, with_late=with_late)
    spans = lake.records(trace_sql("spans_of_traces"), window) if window["traces"] else []
    rows = build.build_traces(spans, day, building_of(pipeline.settings))
    late = came.trace_days.late.get(day, 0)
    read = {name: lake.read(name, {"day": day}) for name in ("ingested", "not_consented")}
    read["arrivals"] = came.arrivals[came.arrivals["day"].dt.date == day]
    key = pseudonym_key(pipeline.settings.root, pipeline.settings.privacy.key_variable)
    covered = coverage_of_day(day, traces=rows, spans=spans, late_spans=late, **read)
    return BuiltDay(
        {"traces": rows, "trace_facts": build.trace_facts(rows, key=key), "coverage": covered}, late
    )


def building_of(settings: Settings) -> build.Building:
    """Return how traces are built, from the settings."""
    names = settings.attributes
    return build.Building(
        settings.slices, names.feature, names.feature_flag_prefix, settings.prices, settings.signals
    )
