"""What an alert's row says in parts: what moved, since when, because of what, whose, in which versions."""

from collections.abc import Sequence

from behavior_pipeline.alerts.alert import (
    Alert,
    JudgeEvidence,
    JudgeNumbers,
    Member,
    ScoreEvidence,
    ScoreNumbers,
    ScorerAgreement,
)
from behavior_pipeline.alerts.wording import level, suspect_reads
from behavior_pipeline.attribution.suspects import FIVE, Suspect
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import facts
from behavior_pipeline.report.words import day, interval, name, percent, slice_text
from behavior_pipeline.values import short, spoken
from behavior_pipeline.words import UNKNOWN

VERDICTS = {
    "system": "the system moved",
    "judge": "the judge moved, not the system",
    "traffic": "the traffic moved",
    "unknown": "cause unknown",
}


def answers(alert: Alert) -> Markup:
    """Return an alert's facts by name."""
    evidence, reason = alert.evidence, alert.suppressed_reason
    addressed = f", told by route {alert.route} ({alert.severity})"
    return facts(
        [
            ("Moved", _levels(evidence)),
            ("Since", _since(alert)),
            ("Because of", _cause(alert)),
            ("Owner", [element("strong", name(alert.owner)), addressed]),
            ("Held back", None if reason is None else spoken(reason)),
            ("Judge", _judge(evidence.agreement) if isinstance(evidence, ScoreEvidence) else None),
            ("With it", _folded(evidence.folded)),
        ]
    )


def _levels(evidence: ScoreEvidence | JudgeEvidence) -> Child:
    opening = evidence.opening or evidence
    if opening.week is None:
        return None
    reached = f" ({interval(opening.low, opening.high)}) in the week of {opening.week}"
    parts: list[Child] = [_before(evidence), " before, ", element("strong", _level(opening)), reached]
    if evidence.week != opening.week:
        now = f"{_level(evidence)} ({interval(evidence.low, evidence.high)})"
        parts.append(f"; {now} in the week of {evidence.week}")
    return parts


def _level(numbers: ScoreNumbers | JudgeNumbers) -> str:
    current = numbers.current
    return level(current, numbers) if isinstance(numbers, ScoreNumbers) else short(current)


def _before(evidence: ScoreEvidence | JudgeEvidence) -> str:
    """Return the level before, and the band that was tested where that is known."""
    if not isinstance(evidence, ScoreEvidence) or evidence.band is None:
        return short(evidence.baseline)
    low, high = (
        None if end is None else level(end, evidence) for end in (evidence.band.low, evidence.band.high)
    )
    ends = f"from {low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"
    return f"{level(evidence.baseline, evidence)} (quiet {ends})"


def _since(alert: Alert) -> str:
    opened = f"opened {day(alert.opened)}"
    return (
        f"{opened}; days do not show since when" if alert.onset is None else f"{day(alert.onset)}; {opened}"
    )


def _cause(alert: Alert) -> Child:
    verdict = element("strong", VERDICTS.get(alert.verdict, alert.verdict))
    unit = alert.evidence.unit if isinstance(alert.evidence, ScoreEvidence) else "score"
    named = [element("li", _suspect(suspect, unit)) for suspect in alert.suspects]
    return [verdict, element("ul", named) if named else "; nothing new at that time is known"]


def _suspect(suspect: Suspect, unit: str) -> Child:
    parts: list[Child] = [f"{suspect.component} ", name(suspect.after)]
    if suspect.before:
        parts += [" after ", name(suspect.before)]
    if suspect.first_day:
        parts.append(f", new on {day(suspect.first_day)}")
    if suspect.mean_after is not None and suspect.mean_before is not None:
        parts.append(f": {suspect_reads(suspect, unit)}")
    if suspect.share is not None:
        parts.append(f", {percent(suspect.share)} of the week")
    return parts


def _judge(agreement: ScorerAgreement | None) -> str | None:
    if agreement is None or agreement.point is None:
        return None
    above = agreement.probability_above_gate
    likely = "" if above is None else f", P(above the gate) {short(above)}"
    ends = interval(agreement.low, agreement.high)
    return f"agrees with people at {short(agreement.point)} ({ends}){likely}; {agreement.gate_state}"


def _folded(folded: Sequence[Member]) -> Child:
    if not folded:
        return None
    return [
        [
            ", " if index else None,
            element("bdi", slice_text(member.slice_key, member.slice_value)),
            f" {short(member.baseline)} → {short(member.current)}",
        ]
        for index, member in enumerate(folded)
    ]


def versions(alert: Alert) -> Markup | None:
    """Return the five versions, those that changed as before and after."""
    before, after = alert.tuple_before or {}, alert.tuple_after or {}
    if not after and not before:
        return None
    cells = []
    for part in FIVE:
        old, new = before.get(part), after.get(part)
        changed = old is not None and new is not None and old != new
        both = [element("s", name(old)), " ", element("ins", name(new))]
        shown = element("dd", both if changed else name(new or old or UNKNOWN))
        cells.append(element("div", element("dt", part), shown, class_="changed" if changed else None))
    return element("dl", cells, class_="tuple", aria_label="versions before and after")
