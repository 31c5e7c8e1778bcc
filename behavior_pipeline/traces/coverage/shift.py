"""Which shares of a day's coverage moved against the days before, per field, slice and dialect."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from behavior_pipeline.statistics.multiplicity import holm
from behavior_pipeline.statistics.shares import History, predictive_p
from behavior_pipeline.words import ALL

TRAILING_DAYS = 28
MINIMUM_DAYS = 7
MINIMUM_EXPECTED = 5
TRAFFIC = "traces_of_dialect"
ATTRIBUTE = "traces_with_slice"  # the share of the traces that have the attribute of a slice at all
CELL = ["field", "slice_key", "slice_value", "dialect"]
COLUMNS = ["day", "what", *CELL, "before", "after", "seen", "expected", "p_value"]


class Shifts(NamedTuple):
    """What moved on a day (COLUMNS; `what` is moved, vanished or new), of how many shares.

    `absent` are rows of what was there before and is not today, where chance may explain it.
    """

    moved: pd.DataFrame
    compared: int
    absent: pd.DataFrame


def coverage_shifts(day: date, coverage: pd.DataFrame, *, floor: float, error_rate: float) -> Shifts:
    """Return the shares of a day that moved, from rows of COVERAGE of it and of the 28 days before.

    A share moved when it differs by `floor` or more from the share of those days, and lies outside of what
    they predict for one day more (beta-binomial, so that days may differ among each other as they did), at
    `error_rate` over all shares of the day (Holm). Shares of fewer than 5 expected, or with fewer than 7 days
    before, are not compared. What is gone altogether needs no floor. A dialect that was not there in all
    those days is always named, a value of a slice if it has `floor` of the day's traces. How many traces have
    the attribute of a slice at all is a share of its own.
    """
    start = pd.Timestamp(day)
    shares = _comparable(coverage)
    today = shares[shares["day"] == start].set_index(CELL)[["seen", "expected"]]
    trailing = shares[shares["day"].between(start - timedelta(days=TRAILING_DAYS), start, inclusive="left")]
    history = _histories(trailing)
    cells = today[today["expected"] >= MINIMUM_EXPECTED].join(history, how="inner")
    tested = _tested(cells, floor)
    sure = holm(tested["p_value"].to_numpy(float), tests=len(cells)) if len(tested) else np.empty(0)
    tested["p_value"], moved = sure, sure <= error_rate
    gone = tested["what"] == "vanished"
    shown = [tested[moved], _new_dialects(today, trailing), _new_values(today, trailing, floor)]
    return Shifts(_rows(pd.concat(shown), start), len(cells), _rows(tested[gone & ~moved], start))


def _rows(cells: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the rows in the order in which they are told: what concerns all traces first."""
    rows = cells.reset_index().assign(day=day)[COLUMNS]
    narrow = (rows["slice_key"] != ALL).astype(int) + (rows["dialect"] != ALL).astype(int)
    ordered = rows.assign(narrow=narrow).sort_values(["narrow", *CELL, "what"], ignore_index=True)
    return ordered[COLUMNS]


def _comparable(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of each day, and each dialect's share of the traces.

    Rows of dialects count only where there are several: a single one says again what all together say.
    """
    rows = coverage[["day", *CELL, "seen", "expected"]]
    rows = rows[rows["expected"].fillna(0) > 0].astype({"seen": float, "expected": float})
    rows = rows.assign(dialect=rows["dialect"].fillna(ALL))
    several = rows.loc[rows["dialect"] != ALL, "dialect"].nunique() > 1
    kept = rows if several else rows[rows["dialect"] == ALL]
    parts = [kept, *(part[rows.columns] for part in (_traffic(rows), _attributes(rows)) if len(part))]
    return pd.concat(parts, ignore_index=True)


def _traffic(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each dialect's share of the traces of a day, 0 included, for days whose dialects are known."""
    traces = rows[(rows["field"] == "texts") & (rows["slice_key"] == ALL) & (rows["dialect"] != ALL)]
    counts = traces.pivot_table(index="day", columns="dialect", values="expected", aggfunc="sum")
    shares = counts.fillna(0.0).reset_index().melt("day", var_name="dialect", value_name="seen")
    totals = counts.sum(axis=1).rename("expected").reset_index()
    return shares.merge(totals, on="day").assign(field=TRAFFIC, slice_key=ALL, slice_value=ALL)


def _attributes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return which share of a day's traces had the attribute of each slice, 0 included."""
    traces = rows[(rows["field"] == "texts") & (rows["dialect"] == ALL)]
    sliced = traces[traces["slice_key"] != ALL]
    counts = sliced.pivot_table(index="day", columns="slice_key", values="expected", aggfunc="sum")
    totals = traces[traces["slice_key"] == ALL].set_index("day")["expected"]
    shares = (
        counts.reindex(totals.index)
        .fillna(0.0)
        .reset_index()
        .melt("day", var_name="slice_key", value_name="seen")
    )
    return shares.merge(totals.reset_index(), on="day").assign(field=ATTRIBUTE, slice_value=ALL, dialect=ALL)


def _histories(trailing: pd.DataFrame) -> pd.DataFrame:
    """Return the sums over the trailing days by cell, for cells with enough days."""
    sums = trailing.assign(
        squares=trailing["seen"] ** 2 / trailing["expected"], n_squared=trailing["expected"] ** 2, days=1
    )
    columns = {"seen": "s", "expected": "n", "squares": "squares", "n_squared": "n_squared", "days": "days"}
    histories = sums.groupby(CELL)[list(columns)].sum().rename(columns=columns)
    return histories[histories["days"] >= MINIMUM_DAYS]


def _tested(cells: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Return the cells that moved far enough to be named, with what happened and the p-value of each."""
    before, after = cells["s"] / cells["n"], cells["seen"] / cells["expected"]
    gone = (cells["seen"] == 0) & (cells["s"] > 0)
    far = (gone | ((after - before).abs() >= floor)).to_numpy(bool)
    tested = cells.assign(before=before, after=after, what=np.where(gone, "vanished", "moved"))[far].copy()
    tested["p_value"] = [_p_value(row) for row in tested.to_dict("records")]
    return tested


def _p_value(row: dict[Any, Any]) -> float:
    history = History(row["s"], row["n"], row["squares"], row["n_squared"], int(row["days"]))
    return predictive_p(row["seen"], row["expected"], history)


def _new_dialects(today: pd.DataFrame, trailing: pd.DataFrame) -> pd.DataFrame:
    """Return the dialects of today that no trailing day had, if enough of those days say which they had."""
    traffic = trailing[trailing["field"] == TRAFFIC]
    known = set(traffic.loc[traffic["seen"] > 0, "dialect"])
    fields = today.index.get_level_values("field")
    rows = today[(fields == TRAFFIC) & (today["seen"] > 0)]
    new = rows[~rows.index.get_level_values("dialect").isin(known)]
    if traffic["day"].nunique() < MINIMUM_DAYS:
        new = new.iloc[:0]
    return new.assign(what="new", before=0.0, after=new["seen"] / new["expected"], p_value=np.nan)


def _new_values(today: pd.DataFrame, trailing: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Return the values of slices that no trailing day had, of slices that enough of those days knew."""
    of_slices = trailing[
        (trailing["field"] == "texts") & (trailing["slice_key"] != ALL) & (trailing["dialect"] == ALL)
    ]
    days = of_slices.groupby("slice_key")["day"].nunique()
    known = {*zip(of_slices["slice_key"], of_slices["slice_value"], strict=True)}
    field, key, _, dialect = (today.index.get_level_values(name) for name in CELL)
    rows = today[(field == "texts") & (dialect == ALL) & key.isin(days[days >= MINIMUM_DAYS].index)]
    total = today.loc[(field == "texts") & (key == ALL) & (dialect == ALL), "expected"].sum()
    cells = zip(
        rows.index.get_level_values("slice_key"), rows.index.get_level_values("slice_value"), strict=True
    )
    is_new = np.array([cell not in known for cell in cells], dtype=bool)
    large = (rows["expected"] >= max(MINIMUM_EXPECTED, floor * total)).to_numpy(bool)
    new = rows[is_new & large].reset_index().assign(field=ATTRIBUTE).set_index(CELL)
    return new.assign(
        what="new",
        before=0.0,
        after=new["expected"] / total,
        seen=new["expected"],
        expected=total,
        p_value=np.nan,
    )
