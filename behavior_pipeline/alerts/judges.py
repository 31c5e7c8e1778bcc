"""Calibration alerts: a judge that no longer agrees with people, until its gate is open again."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pandas as pd

from behavior_pipeline.alerts.alert import Agreement, AgreementBefore, Alert, JudgeEvidence, JudgeNumbers
from behavior_pipeline.alerts.week_tables import WeekTables, alert_id, surest_first
from behavior_pipeline.alerts.wording import calibration_sentence
from behavior_pipeline.attribution.suspects import Suspect, Versions, most_common
from behavior_pipeline.calibration.gate.sentence import drop_text
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record, first
from behavior_pipeline.words import ALL, SPEAKING, STANDING_STATES, AlertState, FindingKind, Verdict

KIND = str(FindingKind.CALIBRATION)


def judge_alerts(tables: WeekTables) -> list[Alert]:
    """Return the week's calibration alerts, at most one a dimension."""
    alerts = []
    for dimension in sorted(tables.specs):
        alarms = [finding for finding in tables.alarms(calibration=True) if finding.dimension == dimension]
        before = [
            (alert, alert.evidence)
            for alert in tables.previous
            if isinstance(alert.evidence, JudgeEvidence) and alert.dimension == dimension
        ]
        live = _live(tables, dimension)
        if before:
            alerts += [_carried(tables, alert, evidence, live, alarms=alarms) for alert, evidence in before]
        elif alarms:
            alerts.append(_opened(tables, dimension, live, alarms=alarms))
    return alerts


def in_trouble(alerts: Sequence[Alert]) -> set[str]:
    """Return the dimensions whose judge is under alert after this week; where people moved, it is not."""
    return {
        alert.dimension
        for alert in alerts
        if alert.state in STANDING_STATES and alert.verdict == Verdict.JUDGE
    }


def _live(tables: WeekTables, dimension: str) -> pd.DataFrame:
    """Return this week's agreement of the live rubric and the judges that scored, shut gates first."""
    rows = tables.agreement[tables.agreement["week"] == tables.monday]
    rows = rows[(rows["dimension"] == dimension) & (rows["rubric"] == tables.specs[dimension].rubric_id)]
    scoring = tables.weekly.loc[(tables.weekly["dimension"] == dimension) & (tables.weekly["n"] > 0), "judge"]
    if rows["judge"].isin(scoring).any():
        rows = rows[rows["judge"].isin(scoring)]
    return rows.assign(open=rows["gate_state"].isin(SPEAKING)).sort_values(["open", "judge"])


def _opened(tables: WeekTables, dimension: str, live: pd.DataFrame, *, alarms: Sequence[Finding]) -> Alert:
    """Return a new alert on the judge of the alarm that leads."""
    lead = min(alarms, key=lambda alarm: (alarm.reason != Reason.GATE_CLOSED, *surest_first(alarm)))
    agreement = tables.agreement_row(dimension, lead.judge, lead.rubric) or first(live)
    named, (before, after) = _changed(tables, agreement), _tuples(tables, agreement)
    first_days = [pd.Timestamp(suspect.first_day) for suspect in named if suspect.first_day is not None]
    numbers, earlier = _numbers(tables, agreement), _agreement_before(tables, agreement)
    shown = {name: earlier.get(name) for name in AgreementBefore.__struct_fields__}
    evidence = JudgeEvidence(
        **msgspec.structs.asdict(numbers), baseline=earlier.get("point"), opening=numbers,
        before=AgreementBefore(**shown) if earlier else None,
        detectors=tuple(sorted({alarm.detector for alarm in alarms})), anchors=_told_reasons(alarms),
        moved=_movers(alarms), dropped=_dropped(tables, alarms),
    )  # fmt: skip
    cell: dict[str, Any] = {"kind": KIND, "dimension": dimension, "slice_key": ALL, "slice_value": ALL}
    alert = Alert(
        **cell, **tables.addressed(dimension), alert_id=alert_id(**cell, opened=tables.opens_on),
        opened=tables.opens_on, state=str(AlertState.OPENED), verdict=str(Verdict.UNKNOWN),
        onset=min([day for day in first_days if day >= tables.monday], default=tables.monday),
        suspects=tuple(named), tuple_before=before, tuple_after=after, evidence=evidence,
    )  # fmt: skip
    return _stated(alert, evidence, state=AlertState.OPENED)


def _carried(
    tables: WeekTables,
    alert: Alert,
    evidence: JudgeEvidence,
    live: pd.DataFrame,
    *,
    alarms: Sequence[Finding],
) -> Alert:
    """Return last week's alert: recovered once every judge in use may speak and nothing alarms."""
    numbers = {} if live.empty else msgspec.structs.asdict(_numbers(tables, first(live)))
    names = {*evidence.detectors, *(alarm.detector for alarm in alarms)}
    evidence = msgspec.structs.replace(
        evidence, **numbers, detectors=tuple(sorted(names)), anchors=_told_reasons(alarms),
        moved=tuple(sorted({*evidence.moved, *_movers(alarms)})),
        dropped=_dropped(tables, alarms),
    )  # fmt: skip
    back = not live.empty and bool(live["open"].all()) and not alarms
    alert = msgspec.structs.replace(alert, **tables.addressed(alert.dimension))
    return _stated(alert, evidence, state=AlertState.RECOVERED if back else AlertState.UPDATED)


def _stated(alert: Alert, evidence: JudgeEvidence, *, state: AlertState) -> Alert:
    alert = msgspec.structs.replace(
        alert, state=str(state), suppressed_reason=None, verdict=str(_verdict(evidence)),
        evidence=msgspec.structs.replace(evidence, announced=True),
    )  # fmt: skip
    return msgspec.structs.replace(alert, sentence=calibration_sentence(alert, evidence))


def _verdict(evidence: JudgeEvidence) -> Verdict:
    """Return `judge`, unless people are seen to have moved, and the judge is not."""
    return Verdict.UNKNOWN if evidence.moved == ("people",) else Verdict.JUDGE


def _movers(alarms: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(sorted({alarm.moved for alarm in alarms if alarm.moved is not None}))


def _told_reasons(alarms: Sequence[Finding]) -> tuple[str, ...]:
    """Return what this week's alarms say of who moved, whose words belong into the sentence."""
    return tuple(sorted({alarm.reason for alarm in alarms if alarm.moved is not None}))


def _dropped(tables: WeekTables, alarms: Sequence[Finding]) -> str | None:
    """Return which pools this week's first alarm of a fall compared; None where none is one."""
    for alarm in alarms:
        if alarm.reason == Reason.AGREEMENT_DROPPED:
            return drop_text(tables.agreement_row(alarm.dimension, alarm.judge, alarm.rubric) or {}) or None
    return None


def _numbers(tables: WeekTables, agreement: Record) -> JudgeNumbers:
    shown = {name: agreement.get(name) for name in Agreement.__struct_fields__}
    return JudgeNumbers(week=tables.week.isoformat(), current=agreement.get("point"), **shown)


def _agreement_before(tables: WeekTables, agreement: Record) -> Record:
    """Return the last agreement before this week of the judge that was in force then."""
    rows = tables.agreement
    earlier = rows[
        (rows["week"] < tables.monday) & rows["point"].notna()
        & (rows["dimension"] == agreement["dimension"]) & (rows["rubric"] == agreement["rubric"])
        & (rows["judge"] == (agreement["previous_judge"] or agreement["judge"]))
    ]  # fmt: skip
    return first(earlier.sort_values("week", ascending=False))


def _changed(tables: WeekTables, agreement: Record) -> list[Suspect]:
    """Return which versions changed with the agreement: the judge, or the set it is measured on."""
    shares = tables.tuple_shares[tables.tuple_shares["dimension"] == agreement["dimension"]]
    suspects = []
    for component in ("judge", "dataset"):
        before, after = agreement[f"previous_{component}"], agreement[component]
        if before is None or before == after:
            continue
        seen = shares.loc[shares[component] == after, "first_day"].min()
        first_day = None if pd.isna(seen) else seen.date().isoformat()
        suspects.append(Suspect(component=component, before=before, after=after, first_day=first_day))
    return suspects


def _tuples(tables: WeekTables, agreement: Record) -> tuple[Versions | None, Versions | None]:
    """Return the dimension's most common tuple under the judge before and under the judge of the alert."""
    rows = tables.tuple_shares
    rows = rows[(rows["dimension"] == agreement["dimension"]) & (rows["slice_key"] == ALL)]
    now = rows[(rows["judge"] == agreement["judge"]) & (rows["week"] == tables.monday)]
    earlier = rows[(rows["week"] < tables.monday)]
    predecessor = earlier[earlier["judge"] == (agreement["previous_judge"] or agreement["judge"])]
    return most_common(predecessor), most_common(now)
