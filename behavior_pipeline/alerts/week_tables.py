"""What alerts of a week are made from, and small questions to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.alerts.alert import Alert, alerts_of
from behavior_pipeline.attribution.cause import CauseTables
from behavior_pipeline.attribution.suspects import Surroundings
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import Decision, Finding
from behavior_pipeline.provenance.digests import canonical_json, short_digest
from behavior_pipeline.tables.drift import DECISION_KEY
from behavior_pipeline.values import Record, first
from behavior_pipeline.words import ALL, CLOSED_STATES, SPEAKING, FindingKind

Key = tuple[Any, ...]


def key_of(row: Finding | Decision) -> Key:
    """Return the key of a finding and of the decision on it."""
    return tuple(getattr(row, name) for name in DECISION_KEY)


def surest_first(finding: Finding) -> tuple[bool, float, str, str, str]:
    """Return the place of a finding: the smallest p-value first, those without one after it."""
    p_value = finding.p_value
    return p_value is None, p_value or 0.0, finding.detector, finding.series_id, finding.metric


@dataclass(frozen=True)
class WeekTables(Surroundings):
    """Rows of the tables named; `findings` are the week's, `previous` the alerts open before it.

    `decisions` are those on the findings, by their key, `causes` what is asked because of what they moved.
    """

    specs: Mapping[str, DimensionSpec]
    causes: CauseTables
    findings: Sequence[Finding]
    decisions: Mapping[Key, Decision]
    previous: Sequence[Alert]
    weekly: pd.DataFrame
    daily: pd.DataFrame
    agreement: pd.DataFrame

    @property
    def opens_on(self) -> pd.Timestamp:
        """Return the Monday after the week, on which its alerts are told."""
        return self.monday + timedelta(weeks=1)

    def addressed(self, dimension: str) -> dict[str, Any]:
        """Return the week, the severity, the owner and the route of a dimension's alerts."""
        spec = self.specs[dimension]
        whose = {"severity": spec.drift.severity, "owner": spec.owner, "route": spec.route}
        return {"week": self.monday, **whose}

    def recover_after(self, dimension: str) -> int:
        """Return after how many looks within its band an alert of a dimension has recovered."""
        return self.specs[dimension].drift.recover_after

    def decision(self, finding: Finding) -> Decision | None:
        """Return what was decided on a finding."""
        return self.decisions.get(key_of(finding))

    def alarms(self, *, calibration: bool) -> list[Finding]:
        """Return the findings that are alarms, of judges or of everything else, the surest first."""
        alarms = [
            finding
            for finding in self.findings
            if (finding.kind == FindingKind.CALIBRATION) == calibration
            and (decision := self.decision(finding)) is not None and decision.alarm
        ]  # fmt: skip
        return sorted(alarms, key=surest_first)

    def explained_by(self, alarm: Finding) -> list[Finding]:
        """Return the findings that were decided to be explained by an alarm, one a series."""
        where = canonical_json({alarm.slice_key: alarm.slice_value}).decode()
        explained = [
            finding
            for finding in sorted(self.findings, key=surest_first)
            if finding.dimension == alarm.dimension
            and (decision := self.decision(finding)) is not None
            and not decision.alarm and decision.localised_to == where
        ]  # fmt: skip
        by_cell = {finding.cell: finding for finding in reversed(explained) if finding.cell != alarm.cell}
        return [by_cell[cell] for cell in sorted(by_cell)]

    def seen_by_others(self, alarm: Finding) -> tuple[Finding, ...]:
        """Return what else was seen of the same slice: alarms, or explained by this one, the surest first."""
        where = canonical_json({alarm.slice_key: alarm.slice_value}).decode()
        others = [
            finding
            for finding in self.findings
            if (finding.dimension, *finding.cell) == (alarm.dimension, *alarm.cell)
            and key_of(finding) != key_of(alarm) and finding.kind != FindingKind.CALIBRATION
            and (decision := self.decision(finding)) is not None
            and (decision.alarm or decision.localised_to == where)
        ]  # fmt: skip
        return tuple(sorted(others, key=surest_first))

    def weekly_row(self, series_id: str) -> Record:
        """Return the series' weekly_scores row of this week, empty when it has none."""
        return first(self.weekly[self.weekly["series_id"] == series_id])

    def may_speak(self, finding: Finding) -> bool:
        """Return whether the gate behind a finding is open; what no judge scored has none."""
        return self.weekly_row(finding.series_id).get("gate_state") in (None, *SPEAKING)

    def agreement_row(self, dimension: str, judge: str, rubric: str) -> Record:
        """Return this week's agreement of a judge and rubric, empty when there is none."""
        rows = self.agreement[self.agreement["week"] == self.monday]
        same = (rows["dimension"] == dimension) & (rows["judge"] == judge) & (rows["rubric"] == rubric)
        return first(rows[same])

    def traffic_share(self, series: Finding) -> float | None:
        """Return the share of the series' slice in the dimension's weight this week."""
        rows = self.daily[(self.daily["week"] == self.monday) & (self.daily["dimension"] == series.dimension)]
        total = rows.loc[rows["slice_key"] == ALL, "weight"].sum()
        inside = (rows["slice_key"] == series.slice_key) & (rows["slice_value"] == series.slice_value)
        return float(min(rows.loc[inside, "weight"].sum() / total, 1.0)) if total > 0 else None


def open_alerts(previous: pd.DataFrame, *, week: date) -> list[Alert]:
    """Return the last row of each alert before the week that has neither recovered nor been resolved."""
    before = previous[previous["week"] < pd.Timestamp(week)]
    last = before.sort_values(["week", "alert_id"]).drop_duplicates("alert_id", keep="last")
    still = last[~last["state"].isin(CLOSED_STATES)]
    return alerts_of(still.sort_values(["opened", "alert_id"]))


def alert_id(kind: str, dimension: str, slice_key: str, slice_value: str, *, opened: pd.Timestamp) -> str:
    """Return the id that stays with an alert: what, where and since which Monday; never which judge."""
    return short_digest([kind, dimension, slice_key, slice_value, opened.date().isoformat()])
