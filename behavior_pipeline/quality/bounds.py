"""Between which bounds a week's counts and shares are ordinary, from their own spread in the weeks before."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

HISTORY_WEEKS = 8  # before the week, out of which its bounds come
FEWEST_WEEKDAYS = 2
FEWEST_WEEKS = 4
FEWEST_OTHER_DAYS = 3
OUTAGE = OFTEN = 0.5
LARGEST_TOLERANCE = 0.95
MEDIAN_FACTOR = 10.0
NOT_RARE = 0.05
COUNTS = ("spans", "traces")


def days_with_bounds(
    days: pd.DataFrame, week: date, *, spreads: float, tolerance: float, lateness_days: int
) -> pd.DataFrame:
    """Return the days of the week that should have traffic, with the least counts that are ordinary.

    `days` are rows of days.sql of the week and HISTORY_WEEKS before. A count may lack `spreads` standard
    deviations of the median of its weekday, where the deviation is that of all days of those weeks about the
    medians of their weekdays (relative, corrected for how few there are, days at less than half left out as
    outages), and `tolerance` in any case. NULL where the weekday was there less than twice. A day should have
    traffic from the first dump on, unless its weekday has none in more than half of the weeks before. Its
    newest span may be as old as on the median day (`oldest_age_days`).
    """
    rows = days.assign(weekday=days["day"].dt.day_of_week, is_known=days["day"] >= days["first_day"])
    this_week = rows[rows["day"] >= pd.Timestamp(week)]
    history = rows[(rows["day"] < pd.Timestamp(week)) & rows["is_known"].fillna(False)]
    active = history[history["spans"] > 0]
    at_least = {f"{name}_at_least": _at_least(active, this_week, name, spreads, tolerance) for name in COUNTS}
    often = this_week["weekday"].map((history["spans"] > 0).groupby(history["weekday"]).mean()).fillna(1.0)
    due = (this_week["is_known"].fillna(False) & (often >= OFTEN)).to_numpy(bool)
    ages = [_usual_age(rows, day, lateness_days) for day in this_week["day"]]
    kept = this_week[["day", "files", *COUNTS, "newest_age_days"]].assign(**at_least, oldest_age_days=ages)
    return kept[due].reset_index(drop=True)


def _at_least(
    active: pd.DataFrame, this_week: pd.DataFrame, name: str, spreads: float, tolerance: float
) -> pd.Series:
    by_weekday = active.groupby("weekday")[name]
    counted = by_weekday.transform("size")
    ratio = active[name] / by_weekday.transform("median") - 1
    usable = (counted >= FEWEST_WEEKDAYS) & (ratio > -OUTAGE)
    squares = (ratio**2 * counted / (counted - 1))[usable]
    spread = float(np.sqrt(squares.mean())) if len(squares) else 0.0
    least = by_weekday.median() * (1 - np.clip(spreads * spread, tolerance, LARGEST_TOLERANCE))
    return this_week["weekday"].map(least[by_weekday.size() >= FEWEST_WEEKDAYS]).astype("Float64")


def _usual_age(rows: pd.DataFrame, day: pd.Timestamp, lateness_days: int) -> int:
    """Return how old the newest span of a day may be: as old as on the other days, or within the window."""
    others = rows.loc[rows["day"] != day, "newest_age_days"].dropna()
    return int(min(others.median(), lateness_days)) if len(others) >= FEWEST_OTHER_DAYS else lateness_days


def shares_with_bounds(shares: pd.DataFrame, week: date, *, spreads: float, tolerance: float) -> pd.DataFrame:
    """Return the week's shares with the bounds within which they are ordinary.

    `shares` are rows of shares.sql of the week and HISTORY_WEEKS before. A share may differ from the mean of
    those weeks by `spreads` of their standard deviations and by `tolerance` in any case, but one that was 5 %
    or more may not fall to a tenth of it; a part of a whole that is not there has share 0. A median may be
    ten times as much or as little. So what broke is told (an operation or a field gone, a unit mistaken), and
    what moved is for drift to tell. NULL with fewer than four weeks before.
    """
    start = pd.Timestamp(week)
    rows = []
    for kind, of_kind in shares.groupby("kind", sort=True):
        table = of_kind.pivot_table(index="week", columns="name", values="value", aggfunc="first")
        table = table.fillna(0.0) if kind == "part" else table
        weeks = table[(table.index < start) & (table.index >= start - timedelta(weeks=HISTORY_WEEKS))]
        this_week = table.loc[start] if start in table.index else pd.Series(np.nan, index=table.columns)
        rows += [
            (
                name,
                this_week[name],
                *_ordinary(str(kind), weeks[name].dropna(), spreads=spreads, tolerance=tolerance),
            )
            for name in table.columns
        ]
    columns = ["name", "value", "at_least", "at_most"]
    types = {"name": "string", **dict.fromkeys(columns[1:], "Float64")}
    return pd.DataFrame(rows, columns=columns).astype(types)


def _ordinary(kind: str, before: pd.Series, *, spreads: float, tolerance: float) -> tuple[float, float]:
    if len(before) < FEWEST_WEEKS:
        return np.nan, np.nan
    if kind == "median":
        return before.median() / MEDIAN_FACTOR, before.median() * MEDIAN_FACTOR
    mean = float(before.mean())
    room = max(tolerance, spreads * float(before.std(ddof=1)) * np.sqrt(1 + 1 / len(before)))
    least = mean / MEDIAN_FACTOR if mean >= NOT_RARE else 0.0
    return max(mean - room, least), mean + room
