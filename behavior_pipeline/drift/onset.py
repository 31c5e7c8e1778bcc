"""When a series began to move: the change point of its days."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.statistics.change_point import change_point

WINDOW_WEEKS = 2


def onset(daily: pd.DataFrame, series_id: str, *, week: date) -> pd.Timestamp | None:
    """Return the first day of the new level in `week` and the week before it; None with fewer than two days.

    `daily` are daily_series rows; each day weighs as many traces as were scored on it.
    """
    first = pd.Timestamp(week) - timedelta(weeks=WINDOW_WEEKS - 1)
    last = pd.Timestamp(week) + timedelta(weeks=1)
    days = daily[(daily["series_id"] == series_id) & (daily["day"] >= first) & (daily["day"] < last)]
    days = days.sort_values("day")
    change = change_point(days["mean"].to_numpy(dtype=float), days["n"].to_numpy(dtype=float))
    return None if change is None else pd.Timestamp(days["day"].iloc[change.onset_index])
