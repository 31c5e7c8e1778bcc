"""How long spans take, by operation and by tool or model: quantiles with intervals on one log axis."""

from math import log10
from typing import Any

import pandas as pd

from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import more, section, table
from behavior_pipeline.report.words import DASH, count, cut, duration, missing, name

LEAD = (
    "Durations of production spans in the week, with order-statistic intervals."
    " The bar runs from p50 over p95 to p99."
)
MOST, MOST_BELOW = 12, 200
WIDTH, HEIGHT = 150, 16
HEAD = ("Span", "n", "p50 to p99", "p50", "p95", "p99")


def latency(data: Data) -> Markup:
    """Return the spans that are called most; the others open on demand."""
    rows = data.latency
    if rows.empty:
        return section(
            "latency", "Latency", LEAD, element("p", "No span was timed this week.", class_="quiet")
        )
    scale = _scale(rows)
    shown = [_row(row, scale) for row in rows.head(MOST_BELOW).to_dict("records")]
    caption = f"Span durations in the week of {data.week.isoformat()}"
    top = table(caption, HEAD, shown[:MOST], numbers=(1, 3, 4, 5))
    rest = shown[MOST:MOST_BELOW]
    if not rest:
        return section("latency", "Latency", LEAD, top)
    below = table("Spans that are called less often", HEAD, rest, numbers=(1, 3, 4, 5))
    return section("latency", "Latency", LEAD, top, more(f"{len(rest)} more", below))


def _row(row: dict[Any, Any], scale: tuple[float, float]) -> list[Child]:
    label = [name(row["name"]), " ", element("small", row["operation"])]
    return [
        label,
        count(row["n"]),
        _bar(row, scale),
        *(_quantile(row, word) for word in ("p50", "p95", "p99")),
    ]


def _quantile(row: dict[Any, Any], word: str) -> Child:
    value, low, high = (row[f"{word}{end}"] for end in ("_ms", "_low_ms", "_high_ms"))
    if missing(value):
        return DASH
    if missing(low) and missing(high):
        return [element("span", duration(value), class_="missing"), " ", element("small", "no interval")]
    ends = f"{duration(low)}{DASH}{duration(high)}"
    if missing(high):
        ends = f"from {duration(low)}"
    elif missing(low):
        ends = f"up to {duration(high)}"
    return [duration(value), " ", element("small", ends, class_="interval")]


def _scale(rows: pd.DataFrame) -> tuple[float, float]:
    known = pd.concat([rows["p50_ms"], rows["p99_ms"]]).dropna()
    known = known[known > 0]
    if known.empty:
        return 0.0, 1.0
    low, high = log10(known.min()), log10(known.max())
    return low, max(high, low + 1)


def _bar(row: dict[Any, Any], scale: tuple[float, float]) -> Markup | None:
    values = [row[f"{word}_ms"] for word in ("p50", "p95", "p99")]
    if any(missing(value) or value <= 0 for value in values):
        return None
    low, high = scale
    x = [4 + (log10(value) - low) / (high - low) * (WIDTH - 8) for value in values]
    words = ", ".join(
        f"{word} {duration(value)}" for word, value in zip(("p50", "p95", "p99"), values, strict=True)
    )
    label = f"{cut(row['name'])}: {words}"
    middle = HEIGHT / 2
    return element(
        "svg", element("title", label),
        element("line", class_="reach", x1=x[0], x2=x[2], y1=middle, y2=middle),
        element("line", class_="reach strong", x1=x[0], x2=x[1], y1=middle, y2=middle),
        element("circle", class_="dot", cx=x[0], cy=middle, r=3.2),
        class_="bar", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label,
    )  # fmt: skip
