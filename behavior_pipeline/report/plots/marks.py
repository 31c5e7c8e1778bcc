"""Marks of a plot: versions that first answered, events a team told, and alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from behavior_pipeline.alerts.alert import Alert
from behavior_pipeline.report.words import cut, slice_text
from behavior_pipeline.words import CLOSED_STATES, AlertState, FindingKind

LEAST_SHARE = 0.05
NAMELESS = ("none", "unknown")
SYSTEM = ("model", "prompt")

Kind = Literal["deploy", "evaluator", "event", "alert", "held", "closed"]
KINDS: tuple[Kind, ...] = ("alert", "held", "closed", "deploy", "evaluator", "event")


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day, as text; `where` is the slice of an alert."""

    day: date
    kind: Kind
    text: str
    where: tuple[str, str] | None = None


def version_marks(versions: pd.DataFrame) -> list[Mark]:
    """Return the days on which a version first answered, of versions that carried 5 % of some week.

    Versions of the first week are where the plot starts and no change. Several on one day are one mark.
    """
    if versions.empty:
        return []
    known = versions[~versions["version"].isin(NAMELESS)]
    weekly = known.groupby(["component", "version", "week"], as_index=False)["share"].sum()
    share = weekly.groupby(["component", "version"])["share"].max()
    first = known.groupby(["component", "version"])["first_day"].min()
    new = first[(share >= LEAST_SHARE) & (first >= pd.Timestamp(versions["week"].min()) + timedelta(days=7))]
    named: dict[tuple[date, Kind], list[str]] = {}
    for (component, version), when in new.items():
        kind: Kind = "deploy" if component in SYSTEM else "evaluator"
        named.setdefault((when.date(), kind), []).append(f"{component} {cut(version)}")
    return [Mark(day, kind, f"new: {', '.join(names)}") for (day, kind), names in named.items()]


def event_marks(events: pd.DataFrame) -> list[Mark]:
    """Return what a team told."""
    return [
        Mark(row["at"].date(), "event", f"{cut(row['kind'])} {cut(row['name'])}")
        for row in events.to_dict("records")
    ]


def alert_marks(alerts: Iterable[Alert]) -> list[Mark]:
    """Return onset (else opening) of each alert, and the Monday after the week in which it closed."""
    marks = []
    for alert in alerts:
        began = alert.opened if alert.onset is None else alert.onset
        subject = "judge's agreement" if alert.kind == FindingKind.CALIBRATION else slice_text(*alert.cell)
        silent = alert.state == AlertState.SUPPRESSED
        text = f"alert (held back): {subject}" if silent else f"alert: {subject}"
        marks.append(Mark(began.date(), "held" if silent else "alert", text, alert.cell))
        if alert.state in CLOSED_STATES:
            closed = alert.week.date() + timedelta(days=7)
            marks.append(Mark(closed, "closed", f"{alert.state}: {subject}", alert.cell))
    return marks


def ordered(marks: Iterable[Mark]) -> list[Mark]:
    """Return marks by day, alerts before what may have caused them."""
    return sorted(marks, key=lambda mark: (mark.day, KINDS.index(mark.kind), mark.text))
