"""What the page shows, read from the published copy alone: no table in it holds text of users."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.lake.published import Published

HISTORY_WEEKS = 26
RECENT_WEEKS = 8


@dataclass(frozen=True)
class Data:
    """Rows of the last `HISTORY_WEEKS` weeks up to the newest scorecard; frames as the tables' contracts say.

    `latency`, `cost`, `refusals`, `anchors` and `agreement_slices` are of the newest week, `findings` counts
    its decisions by reason, `tested` are findings with the decision on each, those of judges left out,
    `alerts` the last state of each alert, `coverage` is summed by week and field over all traffic,
    `dialects` the newest week by dialect and field, `traces` counts the newest week's production traces.
    """

    week: date
    first: date
    alerts: pd.DataFrame
    scorecard: pd.DataFrame
    refusals: pd.DataFrame
    weekly: pd.DataFrame
    agreement: pd.DataFrame
    anchors: pd.DataFrame
    transitions: pd.DataFrame
    agreement_slices: pd.DataFrame
    versions: pd.DataFrame
    events: pd.DataFrame
    findings: pd.DataFrame
    tested: pd.DataFrame
    traces: pd.DataFrame
    coverage: pd.DataFrame
    dialects: pd.DataFrame
    ingested: pd.DataFrame
    quarantine: pd.DataFrame
    quality: pd.DataFrame
    latency: pd.DataFrame
    cost: pd.DataFrame
    cost_weeks: pd.DataFrame
    made_by: dict[Any, Any]
    quality_pages: str | None = None

    @property
    def last_day(self) -> date:
        """Return the newest week's Sunday."""
        return self.week + timedelta(days=6)

    def of(self, frame: str, dimension: str) -> pd.DataFrame:
        """Return one dimension's rows of a frame."""
        rows: pd.DataFrame = getattr(self, frame)
        return rows[rows["dimension"] == dimension]


QUERIES = {
    "alerts": "FROM alerts WHERE week BETWEEN $first AND $week ORDER BY opened DESC, dimension, alert_id",
    "scorecard": "FROM scorecard WHERE week = $week ORDER BY dimension",
    "refusals": "FROM refusal_balance WHERE week = $week ORDER BY dimension, judge, rubric",
    "weekly": """
        FROM weekly_scores WHERE week BETWEEN $first AND $week
        ORDER BY dimension, slice_key, slice_value, judge, rubric, week""",
    "agreement": """
        FROM calibration_agreement WHERE week BETWEEN $first AND $week
        ORDER BY dimension, week, judge, rubric""",
    "anchors": "FROM anchor_changes WHERE week = $week ORDER BY dimension, subject, judge, rubric",
    "transitions": """
        FROM gate_transitions WHERE week BETWEEN $first AND $week
        ORDER BY week DESC, dimension, judge, rubric""",
    "agreement_slices": """
        FROM calibration_slices WHERE week = $week
        ORDER BY dimension, slice_key, slice_value, judge, rubric""",
    "versions": """
        UNPIVOT (
            SELECT dimension, week, first_day, share, model, prompt, judge, dataset, rubric
            FROM weekly_tuple_shares WHERE slice_key = 'all' AND week BETWEEN $first AND $week
        ) ON model, prompt, judge, dataset, rubric INTO NAME component VALUE version""",
    "events": """
        FROM events WHERE "at"::DATE BETWEEN $first AND $week::DATE + 6 ORDER BY "at", kind, name""",
    "findings": """
        SELECT reason, count(*) AS series FROM drift_decisions
        WHERE week = $week AND kind <> 'calibration' GROUP BY ALL ORDER BY series DESC, reason""",
    "tested": """
        SELECT f.week, dimension, slice_key, slice_value, f.detector, f.kind, f.metric, f.unit, f.worse,
               f.window, f.baseline, f.current, f.effect, f.effect_se, f.band_low, f.band_high, f.p_value,
               f.least_detectable_effect, d.q_value, d.threshold, d.alarm, d.localised_to, d.reason
        FROM drift_findings AS f
        JOIN drift_decisions AS d
            USING (week, detector, kind, series_id, metric, dimension, slice_key, slice_value)
        WHERE week BETWEEN $first AND $week AND f.kind <> 'calibration'
        ORDER BY week, dimension, f.p_value, f.detector, slice_key, slice_value, f.metric""",
    "traces": """
        SELECT count(*) AS traces, count(*) FILTER (unmeasurable LIKE '%"sampling_weight"%') AS trimmed
        FROM trace_facts
        WHERE role = 'production' AND day BETWEEN $week AND $week::DATE + 6""",
    "coverage": """
        SELECT date_trunc('week', day)::DATE AS week, field, sum(expected) AS expected, sum(seen) AS seen,
               sum(late) AS late, sum(orphaned) AS orphaned, sum(text_free) AS text_free
        FROM coverage WHERE slice_key = 'all' AND coalesce(dialect, 'all') = 'all'
        AND day BETWEEN $first AND $week::DATE + 6
        GROUP BY ALL ORDER BY field, week""",
    "dialects": """
        SELECT dialect, field, sum(expected) AS expected, sum(seen) AS seen
        FROM coverage WHERE slice_key = 'all' AND dialect <> 'all' AND day BETWEEN $week AND $week::DATE + 6
        GROUP BY ALL ORDER BY ALL""",
    "ingested": """
        SELECT count(*) AS files, sum(present) AS present, sum(stored) AS stored,
               sum(duplicated) AS duplicated, sum(not_consented) AS not_consented,
               sum(logs_attached) + sum(logs_unmatched) AS logs, sum(quarantined) AS quarantined
        FROM ingested WHERE day BETWEEN $week AND $week::DATE + 6""",
    "quarantine": """
        SELECT reason, count(*) AS records, count(*) FILTER (day >= $week) AS this_week,
               count(DISTINCT file) AS files, max(day) AS last_day
        FROM quarantine WHERE day BETWEEN $first AND $week::DATE + 6
        GROUP BY reason ORDER BY records DESC, reason""",
    "quality": "FROM quality_results WHERE week = $week ORDER BY passed, kind, name",
    "latency": "FROM latency_spans WHERE week = $week ORDER BY n DESC, operation, name",
    "cost": "FROM cost_breakdown WHERE week = $week ORDER BY cost_usd DESC NULLS LAST, group_value, model",
    "cost_weeks": """
        SELECT week, sum(cost_usd) AS cost_usd FROM cost_breakdown
        WHERE group_key = 'all' AND week BETWEEN $first AND $week GROUP BY week ORDER BY week""",
}
MADE_BY = "SELECT package_version, git_revision FROM analysis_runs ORDER BY finished_at DESC, run_id LIMIT 1"


def read(published: Published, *, quality_pages: str | None = None) -> Data | None:
    """Return what the page shows, None as long as no week has a scorecard.

    `quality_pages` is where the pages of the quality suite lie, seen from the page.
    """
    newest = published.sql("SELECT max(week) AS week FROM scorecard")["week"].iloc[0]
    if pd.isna(newest):
        return None
    week = pd.Timestamp(newest).date()
    first = week - timedelta(weeks=HISTORY_WEEKS - 1)
    given = {"week": week, "first": first}
    frames = {key: _rows(published, query, given) for key, query in QUERIES.items()}
    made_by = published.sql(MADE_BY).astype(object).to_dict("records")
    started = min([*pd.to_datetime(frames["weekly"]["week"]), pd.Timestamp(week)]).date()
    latest_run = made_by[0] if made_by else {}
    return Data(week=week, first=started, **frames, made_by=latest_run, quality_pages=quality_pages)


def _rows(published: Published, query: str, given: dict[str, Any]) -> pd.DataFrame:
    used = {key: value for key, value in given.items() if f"${key}" in query}
    return published.sql(query, used)
