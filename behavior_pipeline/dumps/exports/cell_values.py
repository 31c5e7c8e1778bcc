"""Reads the cells of product exports: what counts as absent, times in any unit, values of any library."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from behavior_pipeline.dumps.ids import (
    EARLIEST_NANOSECONDS,
    MAX_NANOSECONDS,
    SPAN_DIGITS,
    RefusedError,
    foreign_id,
    instant_ns,
    start_ns,
)
from behavior_pipeline.reasons import Reason

# Exports write seconds, milliseconds, microseconds or nanoseconds without saying which. From March 1973 on
# the ranges do not overlap.
UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))


def moment_ns(value: Any) -> int:
    """Return nanoseconds since 1970 of an ISO text, a datetime, or a number in the unit its size shows."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value) if len(value) <= 19 else -1  # noqa: PLR2004 - digits of 2^63
    if isinstance(value, bool) or not isinstance(value, int | float):
        return instant_ns(value)
    if not math.isfinite(value) or not 0 < value <= MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    factor = next((factor for bound, factor in UNITS if value < bound), 1)
    whole = int(value)  # apart from its fraction, since a float holds no nanoseconds of today
    moment = whole * factor + round((value - whole) * factor)
    if moment > MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    return moment


def span_times(start: Any, end: Any) -> tuple[int, int]:
    """Return start and end; a span without an end gets its start as end, since it was still open."""
    began = start_ns(moment_ns(start))
    ended = began if absent(end) or end == 0 else moment_ns(end)
    return began, ended if ended >= EARLIEST_NANOSECONDS else began


def parent_id(value: Any, span_id: str) -> str | None:
    """Return a parent's id like a span's; none, zeros and the span itself are no parent."""
    if absent(value) or (isinstance(value, str) and not value.strip().removeprefix("0x").strip("0")):
        return None
    parent = foreign_id(value, SPAN_DIGITS, Reason.BAD_SPAN_ID)
    return None if parent == span_id else parent


def absent(value: Any) -> bool:
    """Return whether a cell holds nothing: null, NaN, NaT or an empty text."""
    if value is None or value == "":
        return True
    # NaN and pandas' missing time, which is a datetime, equal nothing.
    return isinstance(value, float | datetime) and bool(value != value)  # noqa: PLR0124


def present(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of a row that hold something."""
    return {key: value for key, value in row.items() if not absent(value)}


def first(row: Mapping[str, Any], *names: str) -> Any:
    """Return the first cell of these names that holds something, else None."""
    for name in names:
        if name in row and not absent(row[name]):
            return row[name]
    return None


def text(value: Any) -> str:
    """Return a text cell, or the empty text for anything else."""
    return value if isinstance(value, str) else ""


def _text_of(raw: bytes) -> str:
    """Return a binary cell as text: its own, or hex digits where it is none, as of an id."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.hex()


def plain(value: Any) -> Any:  # noqa: PLR0911 - one return a kind of value
    """Return a table's value as JSON has it; the nulls that a column of structures adds are left out."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return _text_of(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float | date) and absent(value):
        return None
    return value.isoformat() if isinstance(value, date) else value
