"""Alerts on levels and traffic: opened, updated, recovered or held back.

A change for the better is a finding and no alert. Too good to be true is the judge's matter, and its
agreement with people is watched on its own.
"""

from collections.abc import Sequence

import msgspec

from behavior_pipeline.alerts.alert import (
    Alert,
    Member,
    ScoreEvidence,
    ScoreNumbers,
    ScorerAgreement,
    Sighting,
)
from behavior_pipeline.alerts.incidents import Incident, absorb, incidents_of, leave_to_slices, members
from behavior_pipeline.alerts.recovery import Pinned, Standing, pinned, pinned_at_opening, standing
from behavior_pipeline.alerts.week_tables import WeekTables, alert_id
from behavior_pipeline.alerts.wording import score_sentence
from behavior_pipeline.attribution.cause import cause_of
from behavior_pipeline.attribution.suspects import tuples_before_and_after
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import AlertState, Verdict


def score_alerts(tables: WeekTables, in_trouble: set[str]) -> list[Alert]:
    """Return the week's alerts on anything but judges; `in_trouble` are dimensions whose judge is."""
    before = [
        (alert, alert.evidence)
        for alert in tables.previous
        if isinstance(alert.evidence, ScoreEvidence) and alert.dimension in tables.specs
    ]
    alerts = [alert for alert, _ in before]
    taken, left = absorb(tables.alarms(calibration=False), alerts)
    stands = [
        standing(
            tables, alert, reference=_reference(tables, alert, evidence), alarms=alarms,
            judge_in_trouble=alert.dimension in in_trouble,
        )
        for (alert, evidence), alarms in zip(before, taken, strict=True)
    ]  # fmt: skip
    left = leave_to_slices(left, alerts, is_out=[now.place == "out" for now in stands], taken=taken)
    carried = [
        _carried(tables, alert, evidence, now=now, alarms=alarms, trouble=alert.dimension in in_trouble)
        for (alert, evidence), now, alarms in zip(before, stands, taken, strict=True)
    ]
    opened = [
        _opened(tables, incident, trouble=incident.lead.dimension in in_trouble)
        for incident in incidents_of(tables, left)
    ]
    return carried + opened


def _opened(tables: WeekTables, incident: Incident, *, trouble: bool) -> Alert:
    lead = incident.lead
    cause = cause_of(lead, tables.causes)
    before, after = tuples_before_and_after(tables, lead, cause.suspects)
    reference, decision = pinned(lead), tables.decision(lead)
    numbers = _numbers(tables, lead, reference)
    evidence = ScoreEvidence(
        **msgspec.structs.asdict(numbers), detector=lead.detector, band=reference.band, worse=lead.worse,
        p_value=lead.p_value, q_value=None if decision is None else decision.q_value,
        reason=None if decision is None else decision.reason, verdict=str(cause.verdict), opening=numbers,
        folded=tuple(_member(tables, fall) for fall in incident.folded), also=_also(tables, lead),
        within=None if decision is None else decision.within,
    )  # fmt: skip
    now = standing(tables, lead, reference=reference, alarms=[lead], judge_in_trouble=trouble)
    cell = {name: getattr(lead, name) for name in ("kind", "dimension", "slice_key", "slice_value")}
    alert = Alert(
        **cell, **tables.addressed(lead.dimension), alert_id=alert_id(**cell, opened=tables.opens_on),
        opened=tables.opens_on, onset=lead.onset, state=str(AlertState.OPENED), verdict=str(cause.verdict),
        verdict_evidence=cause.evidence, suspects=cause.suspects, tuple_before=before, tuple_after=after,
        evidence=evidence,
    )  # fmt: skip
    return _stated(alert, evidence, now=now, trouble=trouble, looks=tables.recover_after(lead.dimension))


def _carried(
    tables: WeekTables,
    alert: Alert,
    evidence: ScoreEvidence,
    *,
    now: Standing,
    alarms: Sequence[Finding],
    trouble: bool,
) -> Alert:
    """Return an alert of the week before as it stands now; what was pinned at its opening stays."""
    known = members(alert)
    moved = [*alarms, *(one for alarm in alarms for one in tables.explained_by(alarm))]
    joined = {one.cell: one for one in reversed(moved) if one.cell not in known}
    numbers = _numbers(tables, now.finding, _reference(tables, alert, evidence))
    looks = {"back": evidence.quiet_looks + 1, "out": 0, "unknown": evidence.quiet_looks}
    evidence = msgspec.structs.replace(
        evidence, **msgspec.structs.asdict(numbers), quiet_looks=looks[now.place],
        folded=(*evidence.folded, *(_member(tables, joined[cell]) for cell in sorted(joined))),
    )  # fmt: skip
    alert = msgspec.structs.replace(alert, **tables.addressed(alert.dimension))
    return _stated(alert, evidence, now=now, trouble=trouble, looks=tables.recover_after(alert.dimension))


def _reference(tables: WeekTables, alert: Alert, evidence: ScoreEvidence) -> Pinned:
    return pinned_at_opening(evidence, tables.specs[alert.dimension].drift)


def _stated(alert: Alert, evidence: ScoreEvidence, *, now: Standing, trouble: bool, looks: int) -> Alert:
    """Return an alert with its state: recovered after so many looks in a row within its band."""
    reason = now.suppressed_reason
    if reason is None and not now.finding and alert.suppressed_reason is not None:
        reason = Reason(alert.suppressed_reason)  # a week without traffic gives no judge its voice back
    if reason is not None:
        state = AlertState.SUPPRESSED
    elif now.place == "back" and evidence.quiet_looks >= looks:
        state = AlertState.RECOVERED
    else:
        state = AlertState.UPDATED if evidence.announced else AlertState.OPENED
    announced = evidence.announced or state == AlertState.OPENED
    alert = msgspec.structs.replace(
        alert, state=str(state), suppressed_reason=None if reason is None else str(reason),
        verdict=str(Verdict.JUDGE) if trouble else evidence.verdict or alert.verdict,
        evidence=msgspec.structs.replace(evidence, announced=announced),
    )  # fmt: skip
    return msgspec.structs.replace(alert, sentence=score_sentence(alert, evidence))


def _numbers(tables: WeekTables, finding: Finding | None, reference: Pinned) -> ScoreNumbers:
    """Return the week's numbers against the pinned reference; a week without a level has none."""
    numbers = ScoreNumbers(
        week=tables.week.isoformat(), metric=reference.metric, baseline=reference.baseline,
        judge=reference.judge, rubric=reference.rubric,
    )  # fmt: skip
    if finding is None:
        return numbers
    comparable = (finding.judge, finding.rubric) == reference.versions and finding.current is not None
    known = comparable and reference.baseline is not None and finding.current is not None
    effect = (finding.current or 0.0) - (reference.baseline or 0.0) if known else None
    weekly = tables.weekly_row(finding.series_id)
    agreement = tables.agreement_row(finding.dimension, finding.judge, finding.rubric)
    shown = {name: agreement.get(name) for name in ScorerAgreement.__struct_fields__}
    return msgspec.structs.replace(
        numbers, unit=finding.unit, current_judge=finding.judge, current=finding.current, effect=effect,
        effect_se=finding.effect_se,
        **{name: weekly.get(name) for name in ("n", "n_eff", "low", "high", "eligible_share")},
        traffic_share=tables.traffic_share(finding),
        agreement=ScorerAgreement(**shown) if agreement else None,
    )  # fmt: skip


def _member(tables: WeekTables, fall: Finding) -> Member:
    """Return what a folded finding contributes as evidence."""
    same = ("slice_key", "slice_value", "judge", "rubric", "baseline", "current", "effect", "statistic")
    return Member(
        **{name: getattr(fall, name) for name in same},
        week=tables.week.isoformat(),
        onset=None if fall.onset is None else fall.onset.date().isoformat(),
        traffic_share=tables.traffic_share(fall),
        also=_also(tables, fall),
    )


def _also(tables: WeekTables, fall: Finding) -> tuple[Sighting, ...]:
    return tuple(
        Sighting(**{name: getattr(other, name) for name in Sighting.__struct_fields__})
        for other in tables.seen_by_others(fall)
    )
