"""Globs with {day} over names, so that the files of a bucket are chosen as those of a directory are."""

import re
from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase

from behavior_pipeline.errors import ConfigError

DAY = "{day}"
SPELT_DAY = re.compile(r"(?=(\d{4}-\d{2}-\d{2}))")


def days_in(name: str, globs: Sequence[str]) -> list[date]:
    """Return the days whose globs match a name, rarely more than one.

    Only a day that the name spells out can be one: a glob without {day} gives a file no day.
    """
    dated = [glob for glob in globs if DAY in glob]
    spelt = {day for text in SPELT_DAY.findall(name) if (day := _day_or_none(text))}
    return sorted(day for day in spelt if any(matches(name, _of_day(glob, day)) for glob in dated))


def day_named(name: str) -> date | None:
    """Return the first day that a name spells out, or None."""
    return next((day for text in SPELT_DAY.findall(name) if (day := _day_or_none(text))), None)


def matches(name: str, glob: str) -> bool:
    """Return whether a glob means a name: `*` stays within a part, `**` is any parts, last it is any file."""
    patterns = [part for part in glob.split("/") if part not in ("", ".")]
    if glob.startswith("/") or ".." in patterns:
        raise ConfigError(
            happened=f"the glob '{glob}' of a source leads out of its root",
            kept="nothing was run",
            remedy="write globs relative to sources[].root, and set the root higher if need be",
        )
    return _match(name.split("/"), patterns)


def _match(parts: list[str], patterns: list[str]) -> bool:
    if not patterns or not parts:
        return not patterns and not parts
    if patterns == ["**"]:
        return True
    if patterns[0] == "**":
        return any(_match(parts[skipped:], patterns[1:]) for skipped in range(len(parts)))
    return fnmatchcase(parts[0], patterns[0]) and _match(parts[1:], patterns[1:])


def _of_day(glob: str, day: date) -> str:
    return glob.replace(DAY, day.isoformat())


def _day_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
