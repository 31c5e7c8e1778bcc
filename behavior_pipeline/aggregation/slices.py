"""Which values of a slice key are watched: the top by traffic, fixed for a quarter; the rest is `other`."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.words import OTHER

HISTORY = timedelta(weeks=8)


def watched_slices(
    traffic: pd.DataFrame, *, week: date, keys: Sequence[str], top: int
) -> dict[str, list[str]]:
    """Return the watched values of each key, most traffic first.

    `traffic` is [week, slice_key, slice_value, traces]. The eight weeks before the quarter of `week`
    decide; a key without traffic in them is decided by its first week of the quarter, so that a young
    deployment keeps its slices too. Later weeks are never looked at. A value that is itself called `other`
    belongs to the rest.
    """
    start = pd.Timestamp(quarter_start(week))
    known = traffic[(traffic["week"] <= pd.Timestamp(week)) & (traffic["slice_value"] != OTHER)]
    return {key: _top(known[known["slice_key"] == key], start=start, top=top) for key in keys}


def first_deciding_day(week: date) -> date:
    """Return the first day whose traffic may decide which values are watched in a week."""
    return quarter_start(week) - HISTORY


def quarter_start(week: date) -> date:
    """Return the first day of the calendar quarter in which the week's Monday lies."""
    return date(week.year, 3 * ((week.month - 1) // 3) + 1, 1)


def _top(traffic: pd.DataFrame, *, start: pd.Timestamp, top: int) -> list[str]:
    before = traffic["week"].between(start - HISTORY, start, inclusive="left")
    deciding = traffic[before]
    if deciding.empty:
        quarter = traffic[traffic["week"] >= start]
        deciding = quarter[quarter["week"] == quarter["week"].min()]
    totals = deciding.groupby("slice_value", sort=True)["traces"].sum()
    ranked = totals.sort_values(ascending=False, kind="stable")  # equal traffic keeps the order of the names
    return [str(value) for value in ranked.index[:top]]
