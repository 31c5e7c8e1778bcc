"""What a label file says before anything is checked: columns of text, and where each record stood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FIELDS = (
    "trace_id", "dimension", "label", "labelled_at", "annotator", "role", "dataset_version", "rubric_version",
    "item_id", "stratum", "inclusion_probability", "text", "corrects", "task", "annotation",
)  # fmt: skip
REQUIRED = ("trace_id", "dimension", "label", "labelled_at")
LINE = "line "

Kind = Literal["csv", "label-studio", "label-studio-min", "label-studio-csv"]


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
