"""One alert for one cause: which alarms belong to alerts that are open, and which open new ones.

What explains what within a week was decided before (`localised_to` of drift_decisions); here alarms are
matched with what earlier weeks opened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from behavior_pipeline.alerts.alert import Alert, ScoreEvidence
from behavior_pipeline.alerts.week_tables import WeekTables, surest_first
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.words import ALL, FindingKind

SAME_DAY_OR_NEXT = 1
# Kinds of findings that are levels of answers: what moves them together is one cause.
LEVELS = frozenset(
    {
        FindingKind.SCORE, FindingKind.SLICE, FindingKind.LATENCY, FindingKind.COST,
        FindingKind.REFUSAL, FindingKind.DISTRIBUTION,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Incident:
    """An alarm that no open alert holds, and what it explains."""

    lead: Finding
    folded: tuple[Finding, ...] = ()


def subject_of(kind: str) -> str:
    """Return what a kind of finding is about: levels of answers are one subject, others their own."""
    return "level" if kind in LEVELS else kind


def incidents_of(tables: WeekTables, alarms: Iterable[Finding]) -> list[Incident]:
    """Return one incident for each dimension, subject and slice, led by its surest alarm that may speak."""
    leads: dict[tuple[str, ...], Finding] = {}
    for alarm in sorted(alarms, key=lambda one: (not tables.may_speak(one), *surest_first(one))):
        leads.setdefault((alarm.dimension, subject_of(alarm.kind), *alarm.cell), alarm)
    return [Incident(leads[key], tuple(tables.explained_by(leads[key]))) for key in sorted(leads)]


def absorb(alarms: Sequence[Finding], alerts: Sequence[Alert]) -> tuple[list[list[Finding]], list[Finding]]:
    """Split alarms into those of each open alert and those of none.

    An alarm belongs to an alert on its dimension and subject when its slice already stands in it, or when it
    began within a day of the alert's onset: an incident that reaches further slices is still the same one.
    """
    taken: list[list[Finding]] = [[] for _ in alerts]
    left = []
    for alarm in alarms:
        same = [
            index
            for index, alert in enumerate(alerts)
            if (alert.dimension, subject_of(alert.kind)) == (alarm.dimension, subject_of(alarm.kind))
        ]
        known = [index for index in same if alarm.cell in members(alerts[index])]
        began = [index for index in same if _began_together(alarm, alerts[index])]
        owner = next(iter([*known, *began]), None)
        if owner is None:
            left.append(alarm)
        else:
            taken[owner].append(alarm)
    return taken, left


def leave_to_slices(
    left: Sequence[Finding],
    alerts: Sequence[Alert],
    *,
    is_out: Sequence[bool],
    taken: Sequence[list[Finding]],
) -> list[Finding]:
    """Add an aggregate that moved alone to an alert that is still out: it holds that slice."""
    kept = []
    for alarm in left:
        subject = alarm.dimension, subject_of(alarm.kind)
        alone = sum((other.dimension, subject_of(other.kind)) == subject for other in left) == 1
        holders = [
            alarms
            for alert, out, alarms in zip(alerts, is_out, taken, strict=True)
            if out and (alert.dimension, subject_of(alert.kind)) == subject
        ]
        if alarm.slice_key == ALL and alone and holders:
            holders[0].append(alarm)
        else:
            kept.append(alarm)
    return kept


def members(alert: Alert) -> set[tuple[str, str]]:
    """Return the slices that stand in an alert: its own, and those that moved with it."""
    folded = alert.evidence.folded if isinstance(alert.evidence, ScoreEvidence) else ()
    return {alert.cell, *((member.slice_key, member.slice_value) for member in folded)}


def _began_together(alarm: Finding, alert: Alert) -> bool:
    if alarm.onset is None or alert.onset is None:
        return False
    apart: int = (alarm.onset - alert.onset).days
    return abs(apart) <= SAME_DAY_OR_NEXT
