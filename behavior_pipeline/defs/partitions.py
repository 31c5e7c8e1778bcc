"""Days and weeks of the pipeline: days are days of arrival, weeks start on Monday."""

import dagster as dg

from behavior_pipeline.settings.model import settings

daily = dg.DailyPartitionsDefinition(start_date=settings().start_day, end_offset=0)
weekly = dg.WeeklyPartitionsDefinition(start_date=settings().start_day, day_offset=1)
previous_week = dg.TimeWindowPartitionMapping(
    start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
)


def trailing_days(days: int) -> dg.TimeWindowPartitionMapping:
    """Return the mapping of a day to itself and the days before it."""
    return dg.TimeWindowPartitionMapping(start_offset=-days, allow_nonexistent_upstream_partitions=True)
