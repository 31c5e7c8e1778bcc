"""Days and weeks of the pipeline, and the heads of the assets that are split by them.

Days are days of arrival, weeks start on Monday.
"""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from behavior_pipeline.settings.model import settings

daily = dg.DailyPartitionsDefinition(start_date=settings().start_day, end_offset=0)
weekly = dg.WeeklyPartitionsDefinition(start_date=settings().start_day, day_offset=1)
previous = dg.TimeWindowPartitionMapping(
    start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
)
Asset = Callable[[Callable[..., Any]], dg.AssetsDefinition]


def trailing_days(days: int) -> dg.TimeWindowPartitionMapping:
    """Return the mapping of a day to itself and the days before it."""
    return dg.TimeWindowPartitionMapping(start_offset=-days, allow_nonexistent_upstream_partitions=True)


def weeks_before(weeks: int) -> dg.TimeWindowPartitionMapping:
    """Return the mapping of a week to the weeks before it."""
    return dg.TimeWindowPartitionMapping(
        start_offset=-weeks, end_offset=-1, allow_nonexistent_upstream_partitions=True
    )


def daily_asset(
    group: str, *, kinds: set[str], deps: Sequence[str | dg.AssetDep] = (), owner: str = "team:behavior"
) -> Asset:
    """Return the decorator of an asset of days; a range of them is one run."""
    return _asset(daily, group, kinds=kinds, deps=deps, owner=owner)


def weekly_asset(
    group: str, *, kinds: set[str], deps: Sequence[str | dg.AssetDep] = (), owner: str = "team:behavior"
) -> Asset:
    """Return the decorator of an asset of weeks; a range of them is one run."""
    return _asset(weekly, group, kinds=kinds, deps=deps, owner=owner)


def _asset(
    partitions: dg.PartitionsDefinition, group: str, *,
    kinds: set[str], deps: Sequence[str | dg.AssetDep], owner: str,
) -> Asset:  # fmt: skip
    return dg.asset(
        partitions_def=partitions,
        deps=list(deps),
        group_name=group,
        kinds=kinds,
        owners=[owner],
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
