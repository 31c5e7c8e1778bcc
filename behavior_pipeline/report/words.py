"""How numbers, days and versions are written: with their uncertainty, or the reason why there are none."""

from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.report.markup import Markup, element
from behavior_pipeline.values import bounded, short
from behavior_pipeline.words import ALL

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
MAX_NAME = 60
SHORT_KEY = 8
MS_PER_SECOND = 1000
CENT = 0.01
GATES = {
    "open": "gate open",
    "exempt": "exempt",
    "unmeasured": "gate unmeasured",
    "blocked": "gate shut: blocked",
    "suspended": "gate shut: suspended",
}


def missing(value: Any) -> bool:
    """Return whether a value of a frame is NULL."""
    return bool(pd.isna(value))


def interval(low: Any, high: Any) -> str:
    """Return both ends with a dash between, or that there is none."""
    if missing(low) or missing(high):
        return "no interval"
    return f"{short(low)}{DASH}{short(high)}"


def change(value: Any) -> str:
    """Return a difference of scores with its sign, as +.01 or ±.00; a dash when unknown."""
    if missing(value):
        return DASH
    size = short(abs(round(float(value), 2)))
    if size == ".00":
        return "±.00"
    return f"{'+' if value > 0 else MINUS}{size}"


def count(value: Any) -> str:
    """Return a whole number with thousands separated; a dash when unknown."""
    return DASH if missing(value) else f"{float(value):,.0f}"


def percent(value: Any) -> str:
    """Return a share as per cent; the ends are kept for exactly none and all."""
    if missing(value):
        return DASH
    digits = 0 if value in (0, 1) else 1 if value > 0.99 or value < 0.01 else 0  # noqa: PLR2004 - near an end
    return f"{100 * float(value):.{digits}f} %"


def money(value: Any) -> str:
    """Return US dollars; small amounts keep two significant digits."""
    if missing(value):
        return "unknown"
    return f"${value:,.2f}" if value >= CENT or value == 0 else f"${value:.2g}"


def duration(ms: Any) -> str:
    """Return milliseconds below a second, else seconds."""
    if missing(ms):
        return DASH
    return f"{ms:,.0f} ms" if ms < MS_PER_SECOND else f"{ms / MS_PER_SECOND:,.1f} s"


def day(value: Any) -> str:
    """Return `Fri 13 Mar 2026`."""
    if missing(value):
        return "unknown"
    moment = pd.Timestamp(value)
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def short_day(value: date) -> str:
    """Return `13 Mar`."""
    return f"{value.day} {value:%b}"


def name(value: Any) -> Markup:
    """Return what came with the traces as isolated text of bounded length; the whole of it as its title."""
    text = str(value)
    whole = text if len(text) > MAX_NAME else None
    return element("bdi", cut(text), title=whole)


def cut(value: Any) -> str:
    """Return text of bounded length."""
    return bounded(str(value), MAX_NAME)


def slice_text(key: Any, value: Any) -> str:
    """Return `all traffic` or `customer.segment = consumer`."""
    return "all traffic" if key == ALL else f"{cut(key)} = {cut(value)}"


def title_of(dimension: Any) -> str:
    """Return a dimension's name as words."""
    return cut(str(dimension).replace("_", " "))


def heading_of(dimension: Any) -> str:
    """Return a dimension's name as words that start a line."""
    words = title_of(dimension)
    return words[:1].upper() + words[1:]


def gate_chip(state: Any) -> Markup:
    """Return the state of a gate as a chip; the shape of its mark tells it apart without colour."""
    shown = str(state)
    return element(
        "span", GATES.get(shown, shown), class_=f"chip gate-{shown if shown in GATES else 'unmeasured'}"
    )
