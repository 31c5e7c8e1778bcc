"""Days and weeks of the pipeline: days are days of arrival, weeks start on Monday."""

from datetime import date, timedelta

import dagster as dg

from behavior_pipeline.settings.model import settings

DAYS_A_WEEK = 7

daily = dg.DailyPartitionsDefinition(start_date=settings().start_day, end_offset=0)
weekly = dg.WeeklyPartitionsDefinition(start_date=settings().start_day, day_offset=1)
week_of_days = dg.TimeWindowPartitionMapping()
previous_week = dg.TimeWindowPartitionMapping(
    start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
)


def trailing_days(days: int) -> dg.TimeWindowPartitionMapping:
    """Return the mapping of a day to itself and the days before it."""
    return dg.TimeWindowPartitionMapping(start_offset=-days, allow_nonexistent_upstream_partitions=True)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def days_of(week: date) -> list[date]:
    """Return the seven days of the week that starts on a Monday."""
    return [week + timedelta(days=number) for number in range(DAYS_A_WEEK)]
