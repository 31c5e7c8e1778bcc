"""The alerts of a week, and their delivery."""

from datetime import UTC, date, datetime

import pandas as pd

from behavior_pipeline.alerts import week as alerts
from behavior_pipeline.delivery.deliver import Delivery, deliver
from behavior_pipeline.delivery.ledger import Ledger
from behavior_pipeline.drift.finding import alarms_of
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.causes import cause_tables
from behavior_pipeline.steps.drift import HISTORY
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import ONE_WEEK


def alerts_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the alerts of a week."""
    lake, trailing = pipeline.lake, {"week": Between(week - HISTORY, week)}
    findings, decisions = (lake.read(name, {"week": week}) for name in ("drift_findings", "drift_decisions"))
    return alerts.alerts_of_week(
        week=week,
        specs=pipeline.dimensions,
        findings=findings,
        decisions=decisions,
        previous=lake.read("drift_alerts", {"week": week - ONE_WEEK}),
        weekly=lake.read("weekly_scores", {"week": week}),
        daily=lake.read("daily_series", {"week": Between(week - ONE_WEEK, week)}),
        agreement=lake.read("calibration_agreement", trailing),
        tuple_shares=lake.read("weekly_tuple_shares", trailing),
        causes=cause_tables(lake, week, alarms_of(findings, decisions)),
    )


def deliver_week(pipeline: Pipeline, week: date) -> list[Delivery]:
    """Deliver the alerts of a week by their routes, each change of state once."""
    return deliver(
        pipeline.lake.read("drift_alerts", {"week": week}),
        pipeline.settings.routes,
        ledger=Ledger(pipeline.lake.server.connect),
        root=pipeline.settings.root,
        clock=lambda: datetime.now(UTC),
    )


def undelivered(lake: Lake, weeks: list[date]) -> int:
    """Return how many deliveries of some weeks failed and were not made good since."""
    ledger = Ledger(lake.server.connect).frame()
    of_weeks = ledger[pd.to_datetime(ledger["week"]).isin(pd.to_datetime(weeks))]
    last = of_weeks.sort_values("attempt").drop_duplicates(["alert_id", "state", "target"], keep="last")
    return int((last["status"] != "sent").sum())
