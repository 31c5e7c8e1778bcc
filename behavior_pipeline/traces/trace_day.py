"""Which day a trace belongs to, decided from spans alone, and which spans came after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.values import sql_beside

FOREVER = date(9999, 12, 31)
Query = Callable[[str, Mapping[str, Any]], pd.DataFrame]


def trace_sql(name: str) -> str:
    """Return one of the queries that lie beside this module."""
    return sql_beside(__file__, name)


@dataclass(frozen=True)
class TraceDays:
    """The traces that are built on each day of a range, and how many late spans each day brought."""

    traces: Mapping[date, list[str]]
    late: Mapping[date, int]
    lateness_days: int

    def window(self, day: date, *, with_late: bool) -> dict[str, Any]:
        """Return the parameters of spans_of_traces.sql for a day."""
        return {
            "first": day - timedelta(days=self.lateness_days),
            "last": FOREVER if with_late else day,
            "traces": self.traces.get(day, []),
        }


def trace_days(query: Query, *, first: date, last: date, lateness_days: int) -> TraceDays:
    """Return which traces are built on each day of a range; `query` runs SQL against the lake."""
    window = {"first": first, "last": last}
    built = query(trace_sql("trace_days"), {**window, "lateness": lateness_days})
    arrived = query(trace_sql("spans_by_trace"), window).merge(built, on="trace_id")
    late = arrived[arrived["day"] > arrived["trace_day"]].groupby("day")["spans"].sum()
    return TraceDays(
        traces={_date(day): sorted(group) for day, group in built.groupby("trace_day")["trace_id"]},
        late={_date(day): int(count) for day, count in late.items()},
        lateness_days=lateness_days,
    )


def _date(day: Any) -> date:
    return pd.Timestamp(day).date()
