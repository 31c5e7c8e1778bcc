"""Jobs and schedules: one run a day, one run a week."""

from datetime import timedelta

import dagster as dg

from behavior_pipeline.defs.partitions import daily, weekly

DAILY_GROUPS = ("ingest", "sampling", "scores", "recalibration", "fast")
WEEKLY_GROUPS = ("calibration", "weekly", "drift", "publish")

freshness = dg.build_time_partition_freshness_checks(
    assets=["traces"], deadline_cron="0 8 * * *", timezone="UTC", severity=dg.AssetCheckSeverity.WARN
)
daily_pipeline = dg.define_asset_job(
    "daily_pipeline",
    # a sensor asks for the freshness checks
    selection=dg.AssetSelection.groups(*DAILY_GROUPS) - dg.AssetSelection.checks(*freshness),
    partitions_def=daily,
    description="Everything from a day's dumps to its scores, and what moved by its end.",
)
weekly_pipeline = dg.define_asset_job(
    "weekly_pipeline",
    selection=dg.AssetSelection.groups(*WEEKLY_GROUPS),
    partitions_def=weekly,
    description="Labels, agreement, weekly scores, findings, alerts and what is published.",
)
daily_schedule = dg.build_schedule_from_partitioned_job(daily_pipeline, hour_of_day=2, name="daily_schedule")
weekly_schedule = dg.build_schedule_from_partitioned_job(
    weekly_pipeline, hour_of_day=6, day_of_week=1, name="weekly_schedule"
)
freshness_sensor = dg.build_sensor_for_freshness_checks(
    freshness_checks=freshness, minimum_interval_seconds=int(timedelta(hours=1).total_seconds())
)
