"""Weeks start on Monday and are named by it."""

from datetime import date, timedelta

ONE_WEEK = timedelta(weeks=1)


def sunday_of(week: date) -> date:
    """Return the last day of the week that starts on a Monday."""
    return week + timedelta(days=6)


def window_of(week: date, *, weeks: int = 1) -> dict[str, date]:
    """Return `first` and `last` day of a week and those before it, `weeks` in all, as SQL takes them."""
    return {"first": week - timedelta(weeks=weeks - 1), "last": sunday_of(week)}
