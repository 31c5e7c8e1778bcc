"""Events that a team tells, deploys, outages and incidents, as rows: good ones kept, bad ones named."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import pandas as pd

from behavior_pipeline.errors import InputError
from behavior_pipeline.tables.drift import EVENTS

REQUIRED = ("at", "kind", "name")
COLUMNS = (*REQUIRED, "detail")
LONGEST = {"kind": 40, "name": 200, "detail": 2000}
DELIMITERS = (",", ";", "\t")
FIRST_YEAR = 2000  # before it a time is a slip of the keyboard


class ToldEvents(NamedTuple):
    """EVENTS rows, what is wrong with the others by line, and the lines whose time named no zone."""

    rows: pd.DataFrame
    problems: list[tuple[int, str]]
    without_zone: list[int]


def events_in_csv(text: str) -> ToldEvents:
    """Return the events of a CSV with the columns at, kind, name and maybe detail.

    `text` was decoded with surrogateescape. InputError without a header that names the first three.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    delimiter = max(DELIMITERS, key=lambda sign: lines[0].count(sign) if lines else 0)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
    except csv.Error:
        header = []
    if lacking := [name for name in REQUIRED if name not in header]:
        raise InputError(
            happened=f"the first line of the file does not name the columns {', '.join(lacking)}",
            kept="no event was added", remedy="begin it with `at,kind,name,detail`",
        )  # fmt: skip
    problems: list[tuple[int, str]] = []
    events = told_events(_records(reader, header, problems))
    return events._replace(problems=sorted([*problems, *events.problems]))


def _records(
    reader: Iterator[list[str]], header: list[str], problems: list[tuple[int, str]]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each record with its line; one that is no CSV is a problem and the next is read."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            problems.append((_line(reader), f"is no CSV: {error}"))
            continue
        if cells is None:
            return
        if len(cells) > len(header):
            problems.append((_line(reader), f"has {len(cells)} cells, the header {len(header)}"))
        elif any(cell.strip() for cell in cells):
            yield _line(reader), dict(zip(header, cells, strict=False))


def _line(reader: Iterator[list[str]]) -> int:
    return int(getattr(reader, "line_num", 0))


def told_events(records: Iterable[tuple[int, Mapping[str, str | None]]]) -> ToldEvents:
    """Return records with their lines as EVENTS rows; of two with one time, kind and name the last counts."""
    rows: dict[tuple[object, ...], dict[str, datetime | str | None]] = {}
    problems, without_zone = [], []
    for line, record in records:
        values = {name: (record.get(name) or "").strip() for name in COLUMNS}
        at = _instant(values["at"])
        if (problem := _problem(values, at)) is not None or at is None:
            problems.append((line, problem or "has no time"))
            continue
        if at.tzinfo is None:
            without_zone.append(line)
            at = at.replace(tzinfo=UTC)
        row = {"at": at.astimezone(UTC), **{name: values[name] or None for name in COLUMNS[1:]}}
        rows[tuple(row[name] for name in REQUIRED)] = row
    frame = pd.DataFrame(list(rows.values()), columns=list(COLUMNS))
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return ToldEvents(EVENTS.validate(frame), problems, without_zone)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _problem(values: Mapping[str, str], at: datetime | None) -> str | None:
    """Return what is wrong with an event, without its words: they may be anything."""
    if lacking := [name for name in REQUIRED if not values[name]]:
        return f"has no {' and no '.join(lacking)}"
    if at is None:
        return "at: is no time as 2026-03-05T14:30+01:00, or day as 2026-03-05"
    if at.year < FIRST_YEAR:
        return f"at: is before the year {FIRST_YEAR}"
    for name, longest in LONGEST.items():
        if not values[name].isprintable():
            return f"{name}: holds control signs, or bytes that are not UTF-8"
        if len(values[name]) > longest:
            return f"{name}: is longer than {longest} characters"
    return None
