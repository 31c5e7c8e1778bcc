"""Which values of a slice key are watched: the top by traffic, fixed for a quarter, and large newcomers.

All others are `other`, and traces without the attribute are `absent`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import zip_longest

import pandas as pd

from behavior_pipeline.words import ABSENT, ALL, OTHER

HISTORY = timedelta(weeks=8)
RESERVED = (OTHER, ABSENT)
# A newcomer is as large as the smallest value that is watched, at least 1 % of the key's traffic, of which
# 2,800 judged traces hold 28, and 5 % always suffice: with a few large values the smallest may hold 30 %.
SMALLEST, LARGE = 0.01, 0.05
GROWTH = 2.0  # and has at least twice its share of before: ranks below the top that swap places are not new


def watched_slices(
    traffic: pd.DataFrame, *, week: date, keys: Sequence[str], top: int
) -> dict[str, list[str]]:
    """Return the watched values of each key: the top by traffic, most first, then newcomers by their names.

    `traffic` is [week, slice_key, slice_value, traces], with a column `dimension` for each of several frames:
    a value is watched if it is in the top of any of them, since the largest categories of all traffic may
    hold nothing of a dimension. The eight weeks before the quarter of `week`
    decide; a key without traffic in them is decided by its first week of the quarter, so that a young
    deployment keeps its slices too. A value that is new and large is watched from its first such week until
    the quarter ends; so many at most as there are in the top, since keys exist that have a new value for each
    trace. Later weeks are never looked at. A value that is itself called `other` or `absent` belongs to the
    rest.
    """
    start = pd.Timestamp(quarter_start(week))
    known = traffic[(traffic["week"] <= pd.Timestamp(week)) & ~traffic["slice_value"].isin(RESERVED)]
    of_frame = known["dimension"] if "dimension" in known else pd.Series(ALL, index=known.index)
    watched = {}
    for key in keys:
        rows = known[known["slice_key"] == key]
        parts = [_watched(part, start=start, top=top) for _, part in rows.groupby(of_frame, sort=True)]
        watched[key] = list(
            dict.fromkeys(value for values in zip_longest(*parts) for value in values if value)
        )
    return watched


def live_keys(traffic: pd.DataFrame, *, week: date) -> list[str]:
    """Return the keys that some trace carries by then: of these it can be told that a trace lacks one."""
    return sorted(traffic.loc[traffic["week"] <= pd.Timestamp(week), "slice_key"].unique())


def first_deciding_day(week: date) -> date:
    """Return the first day whose traffic may decide which values are watched in a week."""
    return quarter_start(week) - HISTORY


def quarter_start(week: date) -> date:
    """Return the first day of the calendar quarter in which the week's Monday lies."""
    return date(week.year, 3 * ((week.month - 1) // 3) + 1, 1)


def _watched(traffic: pd.DataFrame, *, start: pd.Timestamp, top: int) -> list[str]:
    before = traffic["week"].between(start - HISTORY, start, inclusive="left")
    deciding, quarter = traffic[before], traffic[traffic["week"] >= start]
    if deciding.empty:
        deciding = quarter[quarter["week"] == quarter["week"].min()]
    totals = deciding.groupby("slice_value", sort=True)["traces"].sum()
    ranked = totals.sort_values(ascending=False, kind="stable")  # equal traffic keeps the order of the names
    fixed = [str(value) for value in ranked.index[:top]]
    return [*fixed, *_newcomers(quarter, totals / totals.sum(), fixed=fixed)[:top]]


def _newcomers(quarter: pd.DataFrame, before: "pd.Series[float]", *, fixed: Sequence[str]) -> list[str]:
    """Return the large new values of the quarter, the first week's first; `before` are shares by value."""
    if not fixed or quarter.empty:
        return []
    rows = quarter.groupby(["week", "slice_value"], as_index=False, sort=True)["traces"].sum()
    share = rows["traces"] / rows.groupby("week")["traces"].transform("sum")
    large = share >= min(LARGE, max(SMALLEST, float(before[fixed[-1]])))
    grown = share >= GROWTH * rows["slice_value"].map(before).fillna(0.0)
    new = rows[large & grown & ~rows["slice_value"].isin(fixed)]
    return [str(value) for value in new["slice_value"].drop_duplicates()]
