"""The alerts of a week: which findings may speak, and what became of those that spoke before."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from behavior_pipeline.alerts.alert import alerts_frame
from behavior_pipeline.alerts.judges import in_trouble, judge_alerts
from behavior_pipeline.alerts.scores import score_alerts
from behavior_pipeline.alerts.week_tables import WeekTables, key_of, open_alerts
from behavior_pipeline.attribution.cause import CauseTables
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import decisions_of, findings_of


def alerts_of_week(
    *,
    week: date,
    specs: Mapping[str, DimensionSpec],
    findings: pd.DataFrame,
    decisions: pd.DataFrame,
    previous: pd.DataFrame,
    weekly: pd.DataFrame,
    daily: pd.DataFrame,
    agreement: pd.DataFrame,
    tuple_shares: pd.DataFrame,
    causes: CauseTables,
) -> pd.DataFrame:
    """Return DRIFT_ALERTS rows: the state after `week` of every alert, open before it or opened by it.

    `findings`, the `decisions` on them and `weekly` (weekly_scores) are rows of the week, `previous` are
    drift_alerts rows of the week before (earlier ones are ignored where a later one exists, closed ones
    always), `agreement` and `tuple_shares` are of this and the trailing eight weeks, `daily` of this and the
    last; later rows are cut. `causes` is what the cause of the week's alarms is looked for in.

    Only a change for the worse opens an alert, one for each cause that was decided on. An alert whose
    judge may not speak is `suppressed` with the reason and keeps its id; evidence.announced says whether it
    ever spoke, and its first word is `opened`. It recovers when its level has been back in the band that was
    pinned at its opening for as many weeks as its dimension says. A closed gate opens a calibration alert,
    which lasts until the judges in use may speak again.
    """
    now = pd.Timestamp(week)
    tables = WeekTables(
        week=week,
        specs=specs,
        findings=findings_of(findings[findings["week"] == now]),
        decisions={key_of(one): one for one in decisions_of(decisions[decisions["week"] == now])},
        previous=open_alerts(previous, week=week),
        weekly=weekly[weekly["week"] == now],
        daily=daily[daily["week"] <= now],
        agreement=agreement[agreement["week"] <= now],
        tuple_shares=tuple_shares[tuple_shares["week"] <= now],
        causes=causes,
    )
    judges = judge_alerts(tables)
    return alerts_frame([*judges, *score_alerts(tables, in_trouble(judges))])
