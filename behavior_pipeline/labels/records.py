"""What a label file says before anything is checked: columns of text, and where each record stood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

FIELDS = (
    "trace_id", "dimension", "label", "labelled_at", "annotator", "role", "dataset_version", "rubric_version",
    "item_id", "stratum", "inclusion_probability", "text", "corrects", "task", "annotation",
)  # fmt: skip
REQUIRED = ("trace_id", "dimension", "label", "labelled_at")
LINE = "line "
MOST_PLACES = 10

Kind = Literal["csv", "label-studio", "label-studio-min"]


@dataclass(frozen=True)
class Problem:
    """A record that was kept out: where it stands in the file and why; never its text."""

    place: str
    why: str


@dataclass(frozen=True)
class Note:
    """Something that whoever imports should know of a file, with how many records it is about."""

    kind: str
    message: str
    count: int = 0
    warning: bool = False


@dataclass(frozen=True)
class Records:
    """The records of a file, column by column; "" is an absent value. `columns` has every one of FIELDS."""

    kind: Kind
    columns: Mapping[str, list[str]]
    places: list[str]
    named: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def by_column(kind: Kind, rows: list[dict[str, str]], places: list[str]) -> Records:
    """Return records that were read row by row; a row holds some of FIELDS."""
    columns = {name: [row.get(name, "") for row in rows] for name in FIELDS}
    return Records(kind, columns, places, frozenset(FIELDS))


def summary(problems: Iterable[Problem], *, most: int = MOST_PLACES) -> list[str]:
    """Return a line for each kind of problem with its count and the first places."""
    return [
        f"{len(places)} rows: {why} ({_together(places[:most])}{', ...' if len(places) > most else ''})"
        for why, places in by_reason(problems).items()
    ]


def by_reason(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Return the places of each kind of problem, in the order of the file."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.why, []).append(problem.place)
    return found


def _together(places: list[str]) -> str:
    if all(place.startswith(LINE) for place in places):
        numbers = ", ".join(place.removeprefix(LINE) for place in places)
        return f"lines {numbers}" if len(places) > 1 else f"{LINE}{numbers}"
    return "; ".join(places)
