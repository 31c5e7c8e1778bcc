"""The alerts of a week: which findings may speak, and what became of those that spoke before."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from behavior_pipeline.alerts.alert import alerts_frame
from behavior_pipeline.alerts.judges import in_trouble, judge_alerts
from behavior_pipeline.alerts.scores import score_alerts
from behavior_pipeline.alerts.week_tables import WeekTables, open_alerts
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import findings_of


def alerts_of_week(
    *,
    week: date,
    specs: Mapping[str, DimensionSpec],
    findings: pd.DataFrame,
    previous: pd.DataFrame,
    weekly: pd.DataFrame,
    daily: pd.DataFrame,
    agreement: pd.DataFrame,
    tuple_shares: pd.DataFrame,
    events: pd.DataFrame,
) -> pd.DataFrame:
    """Return DRIFT_ALERTS rows: the state after `week` of every alert, open before it or opened by it.

    `findings` and `weekly` (weekly_scores) are rows of the week, `previous` are drift_alerts rows of the week
    before (earlier ones are ignored where a later one exists, closed ones always), `agreement` and
    `tuple_shares` are of this and the trailing eight weeks, `daily` of this and the last; later rows are cut.

    Only a fall of a score opens an alert; falls of one dimension in one week are one alert. An alert whose
    judge may not speak is `suppressed` with the reason and keeps its id; evidence.announced says whether it
    ever spoke, and its first word is `opened`. It recovers when its level is back in the band that was
    pinned at its opening. A closed gate opens a calibration alert, which lasts until the judges in use may
    speak again.
    """
    now = pd.Timestamp(week)
    tables = WeekTables(
        week=week,
        specs=specs,
        findings=findings_of(findings[findings["week"] == now]),
        previous=open_alerts(previous, week=week),
        weekly=weekly[weekly["week"] == now],
        daily=daily[daily["week"] <= now],
        agreement=agreement[agreement["week"] <= now],
        tuple_shares=tuple_shares[tuple_shares["week"] <= now],
        events=events,
    )
    judges = judge_alerts(tables)
    return alerts_frame([*judges, *score_alerts(tables, in_trouble(judges))])
