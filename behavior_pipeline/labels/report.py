"""What an import did: how much was used, what was kept out and why, and what else to know."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from behavior_pipeline.labels.records import LINE, Note, Problem

MOST_PLACES = 10


@dataclass(frozen=True)
class Import:
    """What one import did; `waiting` of the kept labels name traces that are in no stored dump yet."""

    kept: int
    waiting: int
    problems: list[Problem]
    stored: Path | None
    datasets: list[tuple[str, str, date]]
    kind: str = "csv"
    digest: str = ""
    used: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def lines(done: Import) -> list[str]:
    """Return the report line by line, without the file's name."""
    used = [f"{count} labels of {dimension} used" for dimension, count in done.used.items()]
    sets = [
        f"calibration set {dataset} of {dimension} is in force from {since}"
        for dimension, dataset, since in done.datasets
    ]
    return [
        *used,
        *(f"not used: {line}" for line in summary(done.problems)),
        *(f"{'warning: ' if note.warning else ''}{note.message}" for note in done.notes),
        *sets,
    ]


def as_json(done: Import, name: str) -> dict[str, Any]:
    """Return the report as plain values; every place is named."""
    return {
        "file": name,
        "kind": done.kind,
        "digest": done.digest,
        "kept": done.kept,
        "kept_out": len(done.problems),
        "used": done.used,
        "waiting": done.waiting,
        "problems": [
            {"why": why, "count": len(places), "places": places}
            for why, places in by_reason(done.problems).items()
        ],
        "notes": [
            {"kind": note.kind, "message": note.message, "count": note.count, "warning": note.warning}
            for note in done.notes
        ],
        "datasets": [
            {"dimension": dimension, "dataset": dataset, "since": str(since)}
            for dimension, dataset, since in done.datasets
        ],
    }


def summary(problems: Iterable[Problem], *, most: int = MOST_PLACES) -> list[str]:
    """Return a line for each kind of problem with its count and the first places."""
    return [
        f"{len(places)} rows: {why} ({_together(places[:most])}{', ...' if len(places) > most else ''})"
        for why, places in by_reason(problems).items()
    ]


def by_reason(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Return the places of each kind of problem, in the order of the file."""
    places_by_reason: dict[str, list[str]] = {}
    for problem in problems:
        places_by_reason.setdefault(problem.why, []).append(problem.place)
    return places_by_reason


def _together(places: list[str]) -> str:
    if all(place.startswith(LINE) for place in places):
        numbers = ", ".join(place.removeprefix(LINE) for place in places)
        return f"lines {numbers}" if len(places) > 1 else f"{LINE}{numbers}"
    return "; ".join(places)
