"""Assets drift_findings and drift_alerts: what moved, and what of it may wake someone."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.alerts.week import alerts_of_week
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import previous_week, weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.drift.history import REFERENCE_WEEKS, SeriesHistory
from behavior_pipeline.drift.week import findings_of_week
from behavior_pipeline.lake.where import Between

HISTORY = timedelta(weeks=REFERENCE_WEEKS)
ONE_WEEK = timedelta(weeks=1)


@dg.asset(
    partitions_def=weekly,
    deps=["weekly_scores", "calibration_agreement", "anchor_changes"],
    group_name="drift",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def drift_findings(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """What every detector says of every series that week, alarm or not, with the reason."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = findings_of_week(history_of(pipeline, week))
            step.replace(week, {"drift_findings": rows}, metadata={"alarms": int(rows["alarm"].sum())})


def history_of(pipeline: Pipeline, week: date) -> SeriesHistory:
    """Return what detectors may look at."""
    trailing = {"week": Between(week - HISTORY, week)}
    return SeriesHistory(
        week=week,
        specs=pipeline.dimensions,
        weekly=pipeline.lake.read("weekly_scores", trailing),
        daily=pipeline.lake.read("daily_series", {"week": Between(week - ONE_WEEK, week)}),
        agreement=pipeline.lake.read("calibration_agreement", trailing),
        anchors=pipeline.lake.read("anchor_changes", {"week": week}),
    )


@dg.asset(
    partitions_def=weekly,
    deps=[
        "drift_findings",
        dg.AssetDep("drift_alerts", partition_mapping=previous_week),
    ],
    group_name="drift",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def drift_alerts(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """The state of each alert after the week: what moved, since when, because of what, and who owns it."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = alerts_of(pipeline, week)
            step.replace(week, {"drift_alerts": rows}, metadata=sentences_of(rows))
            step.flush()  # the next week carries these alerts on


def alerts_of(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the alerts of a week."""
    lake = pipeline.lake
    trailing = {"week": Between(week - HISTORY, week)}
    return alerts_of_week(
        week=week,
        specs=pipeline.dimensions,
        findings=lake.read("drift_findings", {"week": week}),
        previous=lake.read("drift_alerts", {"week": week - ONE_WEEK}),
        weekly=lake.read("weekly_scores", {"week": week}),
        daily=lake.read("daily_series", {"week": Between(week - ONE_WEEK, week)}),
        agreement=lake.read("calibration_agreement", trailing),
        tuple_shares=lake.read("weekly_tuple_shares", trailing),
        events=lake.read("events"),
    )


def sentences_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the alerts' sentences as a list, and how many are in each state."""
    counts = {str(state): int(n) for state, n in rows["state"].value_counts().items()}
    told = "\n".join(f"* **{row.state}** {row.sentence}" for row in rows.itertuples())
    return {**counts, "alerts": dg.MetadataValue.md(told or "none")}
