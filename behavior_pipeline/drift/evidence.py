"""What a drift detector may look at: tables up to the end of a period, a week or a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline.values import Record

Grain = Literal["week", "day"]
REFERENCE_WEEKS = 8  # how far back a week is compared
LENGTH = {"week": timedelta(weeks=1), "day": timedelta(days=1)}
WHEN = ("day", "week")  # columns that say when a row is of, the finer one first


def floor_size(weekly: Record) -> float | None:
    """Return the size that floors compare, of a row of weekly_scores; older rows have n_eff only."""
    size = weekly.get("n_floor")
    return weekly.get("n_eff") if size is None else size


@dataclass(frozen=True)
class Evidence:
    """Rows of tables, by their names in the lake, of `period` (its first day) and of periods before it.

    `budget` is that of false alarms, which says how small a change is told. What several detectors make of
    the same tables is made once and kept in `derived`.
    """

    period: date
    grain: Grain
    specs: Mapping[str, DimensionSpec]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    derived: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def start(self) -> pd.Timestamp:
        """Return the period's first day as frames hold it."""
        return pd.Timestamp(self.period)

    @property
    def monday(self) -> pd.Timestamp:
        """Return the Monday of the week in which the period lies."""
        return self.start - timedelta(days=self.start.day_of_week)

    @property
    def end(self) -> pd.Timestamp:
        """Return the first day after the period."""
        return pd.Timestamp(self.period + LENGTH[self.grain])

    def has(self, name: str) -> bool:
        """Return whether the table was given, with or without rows."""
        return name in self.tables

    def table(self, name: str) -> pd.DataFrame:
        """Return a table's rows; one that was not given has none."""
        return self.tables[name] if name in self.tables else _empty(name)

    def now(self, name: str) -> pd.DataFrame:
        """Return a table's rows of the period itself."""
        rows = self.table(name)
        return rows[rows[self.grain] == self.start]

    def before(self, name: str, periods: int | None = None) -> pd.DataFrame:
        """Return a table's rows of the periods before, all or so many."""
        rows = self.table(name)
        earlier = rows[self.grain] < self.start
        if periods is not None:
            earlier &= rows[self.grain] >= self.start - periods * LENGTH[self.grain]
        return rows[earlier]

    def cut(self) -> "Evidence":
        """Return the evidence without later rows: a re-run in a year says what was said at the time."""
        return replace(
            self, tables={name: self._until(rows) for name, rows in self.tables.items()}, derived={}
        )

    def of(self, dimensions: Mapping[str, DimensionSpec]) -> "Evidence":
        """Return the evidence of some dimensions."""
        if dimensions.keys() == self.specs.keys():
            return self
        tables = {
            name: rows[rows["dimension"].isin(list(dimensions))] if "dimension" in rows else rows
            for name, rows in self.tables.items()
        }
        return replace(self, specs=dimensions, tables=tables, derived={})

    def _until(self, rows: pd.DataFrame) -> pd.DataFrame:
        for name in WHEN:
            if name in rows:
                return rows[rows[name] < self.end]
        return rows


@cache
def _empty(name: str) -> pd.DataFrame:
    return lake_tables(())[name].empty()
