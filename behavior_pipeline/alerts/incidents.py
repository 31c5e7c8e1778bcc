"""One alert for one incident: which of several falls that came together leads, and which stand below it.

The slice that best separates what fell from what did not leads: the largest share x (1 - share) x (its
change - the change of all other traffic)^2, the between-group variance of the split. So a small slice that
fell hard comes before a large one that only contains it. Where the rest fell at least half as much as that
slice, it explains too little, and the aggregate leads if it alarmed. Everything else that alarmed is kept
as evidence of the same alert. A series falls once, however many detectors see it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from behavior_pipeline.alerts.alert import Alert, ScoreEvidence
from behavior_pipeline.alerts.week_tables import WeekTables
from behavior_pipeline.drift.detector import rank_of
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.words import ALL, FindingKind

SAME_DAY_OR_NEXT = 1


@dataclass(frozen=True)
class Incident:
    """Falls of one dimension that came together: the finding that leads, and the others."""

    lead: Finding
    folded: tuple[Finding, ...] = ()


def falls_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the alarms of falling scores, one a series: of several detectors the first by rank speaks."""
    scores = (FindingKind.SCORE, FindingKind.SLICE)
    falls = [one for one in findings if one.kind in scores and one.alarm and (one.effect or 0) < 0]
    by_series: dict[str, Finding] = {}
    for fall in sorted(falls, key=rank_of):
        by_series.setdefault(fall.series_id, fall)
    return [by_series[series_id] for series_id in sorted(by_series)]


def fold(tables: WeekTables, falls: Sequence[Finding]) -> Incident:
    """Return the falls of one dimension as one incident. `falls` are findings, at least one."""
    ordered = sorted(falls, key=lambda fall: (fall.slice_key, fall.slice_value, fall.series_id))
    slices = [fall for fall in ordered if fall.slice_key != ALL]
    aggregates = [fall for fall in ordered if fall.slice_key == ALL]
    if not slices:
        return _led_by(aggregates[0], ordered)
    lead = max(slices, key=lambda fall: separation(tables, fall))
    rest = change_of_rest(tables, lead)
    if aggregates and rest is not None and rest <= _effect(lead) / 2:
        lead = aggregates[0]
    return _led_by(lead, ordered)


def separation(tables: WeekTables, fall: Finding) -> float:
    """Return how well a slice separates the change; without the aggregate's change, its own part of it."""
    share = tables.traffic_share(fall) or 0.0
    rest = change_of_rest(tables, fall)
    contrast = _effect(fall) if rest is None else _effect(fall) - rest
    return float(share * (1 - share) * contrast**2)


def change_of_rest(tables: WeekTables, fall: Finding) -> float | None:
    """Return by how much all traffic outside the slice changed, by the same detector; None if not known."""
    share = tables.traffic_share(fall)
    whole = [
        finding.effect
        for finding in tables.findings
        if (finding.dimension, finding.slice_key, finding.kind) == (fall.dimension, ALL, FindingKind.SCORE)
        and (finding.judge, finding.rubric) == (fall.judge, fall.rubric)
        and finding.detector == fall.detector and finding.effect is not None
    ]  # fmt: skip
    if share is None or share >= 1 or not whole:
        return None
    return float((whole[0] - share * _effect(fall)) / (1 - share))


def absorb(falls: Sequence[Finding], alerts: Sequence[Alert]) -> tuple[list[list[Finding]], list[Finding]]:
    """Split falls into those of each open score alert and those of none.

    A fall belongs to an alert of its dimension when its slice already stands in it, or when it began within
    a day of the alert's onset: an incident that reaches further slices is still the same one.
    """
    taken: list[list[Finding]] = [[] for _ in alerts]
    left = []
    for fall in falls:
        same = [index for index, alert in enumerate(alerts) if alert.dimension == fall.dimension]
        known = [index for index in same if fall.cell in members(alerts[index])]
        began = [index for index in same if _began_together(fall, alerts[index])]
        owner = next(iter([*known, *began]), None)
        if owner is None:
            left.append(fall)
        else:
            taken[owner].append(fall)
    return taken, left


def members(alert: Alert) -> set[tuple[str, str]]:
    """Return the slices that stand in a score alert: its own, and those that fell with it."""
    folded = alert.evidence.folded if isinstance(alert.evidence, ScoreEvidence) else ()
    return {alert.cell, *((member.slice_key, member.slice_value) for member in folded)}


def _began_together(fall: Finding, alert: Alert) -> bool:
    if fall.onset is None or alert.onset is None:
        return False
    apart: int = (fall.onset - alert.onset).days
    return abs(apart) <= SAME_DAY_OR_NEXT


def _effect(fall: Finding) -> float:
    return fall.effect or 0.0


def _led_by(lead: Finding, falls: Sequence[Finding]) -> Incident:
    return Incident(lead, tuple(fall for fall in falls if fall is not lead))
