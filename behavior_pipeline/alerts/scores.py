"""Score alerts: falls of an aggregate or a slice, opened, updated, recovered or held back.

A rise is a finding and no alert: on every dimension 1 is good. Too good to be true is the judge's matter,
and its agreement with people is watched on its own.
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
from behavior_pipeline.alerts.incidents import Incident, absorb, falls_of, fold, members
from behavior_pipeline.alerts.recovery import Pinned, Standing, pinned, pinned_at_opening, standing
from behavior_pipeline.alerts.week_tables import WeekTables, alert_id
from behavior_pipeline.alerts.wording import score_sentence
from behavior_pipeline.attribution.suspects import (
    SYSTEM_COMPONENTS,
    Suspect,
    suspects,
    tuples_before_and_after,
)
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import ALL, AlertState, Verdict

EXPLAINS = 0.5


def score_alerts(tables: WeekTables, in_trouble: set[str]) -> list[Alert]:
    """Return the week's score alerts; `in_trouble` are dimensions under a calibration alert."""
    before = [
        (alert, alert.evidence)
        for alert in tables.previous
        if isinstance(alert.evidence, ScoreEvidence) and alert.dimension in tables.specs
    ]
    taken, left = absorb(falls_of(tables.findings), [alert for alert, _ in before])
    stands = [
        standing(
            tables, alert, reference=_reference(tables, alert, evidence), falls=falls,
            judge_in_trouble=alert.dimension in in_trouble,
        )
        for (alert, evidence), falls in zip(before, taken, strict=True)
    ]  # fmt: skip
    left = _leave_to_slices(left, [alert for alert, _ in before], stands=stands, taken=taken)
    alerts = [
        _carried(tables, alert, evidence, now=now, falls=falls, trouble=alert.dimension in in_trouble)
        for (alert, evidence), now, falls in zip(before, stands, taken, strict=True)
    ]
    for dimension in sorted({fall.dimension for fall in left}):
        incident = fold(tables, [fall for fall in left if fall.dimension == dimension])
        alerts.append(_opened(tables, incident, trouble=dimension in in_trouble))
    return alerts


def _leave_to_slices(
    left: list[Finding],
    alerts: Sequence[Alert],
    *,
    stands: Sequence[Standing],
    taken: Sequence[list[Finding]],
) -> list[Finding]:
    """Add an aggregate that fell alone to an alert of its dimension that is still out: it holds the slice."""
    kept = []
    for fall in left:
        alone = sum(other.dimension == fall.dimension for other in left) == 1
        holders = [
            falls
            for alert, now, falls in zip(alerts, stands, taken, strict=True)
            if alert.dimension == fall.dimension and now.place == "out"
        ]
        if fall.slice_key == ALL and alone and holders:
            holders[0].append(fall)
        else:
            kept.append(fall)
    return kept


def _opened(tables: WeekTables, incident: Incident, *, trouble: bool) -> Alert:
    lead = incident.lead
    named = suspects(tables, lead, lead.onset)
    before, after = tuples_before_and_after(tables, lead, named)
    reference = pinned(lead, tables.specs[lead.dimension].drift)
    numbers = _numbers(tables, lead, reference)
    evidence = ScoreEvidence(
        **msgspec.structs.asdict(numbers), detector=lead.detector, band=reference.band, opening=numbers,
        folded=tuple(_member(tables, fall) for fall in incident.folded), also=_also(tables, lead),
    )  # fmt: skip
    now = standing(tables, lead, reference=reference, falls=[lead], judge_in_trouble=trouble)
    cell = {name: getattr(lead, name) for name in ("kind", "dimension", "slice_key", "slice_value")}
    alert = Alert(
        **cell, **tables.addressed(lead.dimension), alert_id=alert_id(**cell, opened=tables.opens_on),
        opened=tables.opens_on, onset=lead.onset, state=str(AlertState.OPENED), verdict=str(Verdict.UNKNOWN),
        suspects=tuple(named), tuple_before=before, tuple_after=after, evidence=evidence,
    )  # fmt: skip
    return _stated(alert, evidence, now=now, trouble=trouble)


def _carried(
    tables: WeekTables,
    alert: Alert,
    evidence: ScoreEvidence,
    *,
    now: Standing,
    falls: Sequence[Finding],
    trouble: bool,
) -> Alert:
    """Return an alert of the week before as it stands now; what was pinned at its opening stays."""
    known = members(alert)
    joined = [_member(tables, fall) for fall in falls if fall.cell not in known]
    numbers = _numbers(tables, now.finding, _reference(tables, alert, evidence))
    evidence = msgspec.structs.replace(
        evidence, **msgspec.structs.asdict(numbers), folded=(*evidence.folded, *joined)
    )
    alert = msgspec.structs.replace(alert, **tables.addressed(alert.dimension))
    return _stated(alert, evidence, now=now, trouble=trouble)


def _reference(tables: WeekTables, alert: Alert, evidence: ScoreEvidence) -> Pinned:
    return pinned_at_opening(evidence, tables.specs[alert.dimension].drift)


def _stated(alert: Alert, evidence: ScoreEvidence, *, now: Standing, trouble: bool) -> Alert:
    reason = now.suppressed_reason
    if reason is None and not now.finding and alert.suppressed_reason is not None:
        reason = Reason(alert.suppressed_reason)  # a week without traffic gives no judge its voice back
    if reason is not None:
        state = AlertState.SUPPRESSED
    elif now.place == "back":
        state = AlertState.RECOVERED
    else:
        state = AlertState.UPDATED if evidence.announced else AlertState.OPENED
    announced = evidence.announced or state == AlertState.OPENED
    alert = msgspec.structs.replace(
        alert, state=str(state), suppressed_reason=None if reason is None else str(reason),
        verdict=str(_verdict(alert.suspects, evidence, trouble=trouble)),
        evidence=msgspec.structs.replace(evidence, announced=announced),
    )  # fmt: skip
    return msgspec.structs.replace(alert, sentence=score_sentence(alert, evidence))


def _verdict(named: Sequence[Suspect], evidence: ScoreEvidence, *, trouble: bool) -> Verdict:
    """Return `judge` under a calibration alert, `system` where a new model or prompt explains half.

    Anything else is `unknown`: a shift of traffic takes a decomposition to tell.
    """
    if trouble:
        return Verdict.JUDGE
    fell = (evidence.opening or evidence).effect
    if not named or named[0].component not in SYSTEM_COMPONENTS or named[0].explained is None or fell is None:
        return Verdict.UNKNOWN
    return Verdict.SYSTEM if named[0].explained <= EXPLAINS * fell else Verdict.UNKNOWN


def _numbers(tables: WeekTables, finding: Finding | None, reference: Pinned) -> ScoreNumbers:
    """Return the week's numbers against the pinned reference; a week without a level has none."""
    numbers = ScoreNumbers(
        week=tables.week.isoformat(), baseline=reference.baseline, sd=reference.band.sd,
        judge=reference.judge, rubric=reference.rubric,
    )  # fmt: skip
    if finding is None:
        return numbers
    comparable = (finding.judge, finding.rubric) == reference.versions and finding.current is not None
    effect = (finding.current or 0.0) - reference.baseline if comparable else None
    weekly = tables.weekly_row(finding.series_id)
    agreement = tables.agreement_row(finding.dimension, finding.judge, finding.rubric)
    shown = {name: agreement.get(name) for name in ScorerAgreement.__struct_fields__}
    return msgspec.structs.replace(
        numbers, current_judge=finding.judge, current=finding.current, effect=effect,
        z=effect / reference.band.sd if effect is not None and reference.band.sd else None,
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
