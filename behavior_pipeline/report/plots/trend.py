"""Weekly levels as a line with its interval band; behind a shut gate it is drawn hollow and dashed."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from behavior_pipeline.report.markup import Markup, element
from behavior_pipeline.report.plots.axes import Axes, path
from behavior_pipeline.words import SPEAKING

MIDWEEK = timedelta(days=3)
WEEK = timedelta(days=7)


class Point(NamedTuple):
    """A week's level, drawn at the middle of the week."""

    day: date
    mean: float
    low: float
    high: float
    trusted: bool


def segments(rows: pd.DataFrame) -> list[list[Point]]:
    """Return the unbroken lines of one slice: another judge or rubric, or a week without a level, cuts."""
    lines: list[list[Point]] = []
    known = rows[rows["mean"].notna()].sort_values("week")
    for _, rows_of_judge in known.groupby(["judge", "rubric"], sort=True):
        line: list[Point] = []
        for row in rows_of_judge.to_dict("records"):
            point = _point(row)
            if line and point.day - line[-1].day > WEEK:
                lines.append(line)
                line = []
            line.append(point)
        lines.append(line)
    return lines


def _point(row: dict[Any, Any]) -> Point:
    mean = float(row["mean"])
    low, high = (mean if pd.isna(row[name]) else float(row[name]) for name in ("low", "high"))
    return Point(pd.Timestamp(row["week"]).date() + MIDWEEK, mean, low, high, row["gate_state"] in SPEAKING)


def series(axes: Axes, lines: Sequence[list[Point]], *, dot: float, every: bool = True) -> list[Markup]:
    """Return bands, lines and dots; without `every` only the newest point has a dot."""
    bands = [_band(axes, run, trusted=trusted) for line in lines for run, trusted in _runs(line)]
    strokes = [_stroke(axes, run, trusted=trusted) for line in lines for run, trusted in _runs(line)]
    points = [point for line in lines for point in line]
    newest = max(points, key=lambda point: point.day, default=None)
    dots = [_dot(axes, point, dot) for point in points if every or point is newest]
    alone = [_whisker(axes, line[0]) for line in lines if len(line) == 1]
    return [*bands, *alone, *strokes, *dots]


def _runs(line: list[Point]) -> list[tuple[list[Point], bool]]:
    """Return stretches whose steps are trusted at both ends, or not; neighbours share a point."""
    runs: list[tuple[list[Point], bool]] = []
    for before, after in pairwise(line):
        trusted = before.trusted and after.trusted
        if runs and runs[-1][1] == trusted:
            runs[-1][0].append(after)
        else:
            runs.append(([before, after], trusted))
    return runs


def _band(axes: Axes, run: list[Point], *, trusted: bool) -> Markup:
    upper = [(axes.x(point.day), axes.y(point.high)) for point in run]
    lower = [(axes.x(point.day), axes.y(point.low)) for point in reversed(run)]
    return element("path", class_=_class("band", trusted=trusted), d=path([*upper, *lower]) + "Z")


def _stroke(axes: Axes, run: list[Point], *, trusted: bool) -> Markup:
    pixels = [(axes.x(point.day), axes.y(point.mean)) for point in run]
    return element("path", class_=_class("level", trusted=trusted), d=path(pixels))


def _dot(axes: Axes, point: Point, size: float) -> Markup:
    return element(
        "circle",
        class_=_class("dot", trusted=point.trusted),
        cx=axes.x(point.day),
        cy=axes.y(point.mean),
        r=size,
    )


def _whisker(axes: Axes, point: Point) -> Markup:
    x = axes.x(point.day)
    y1, y2 = axes.y(point.low), axes.y(point.high)
    return element("line", class_=_class("whisker", trusted=point.trusted), x1=x, x2=x, y1=y1, y2=y2)


def _class(name: str, *, trusted: bool) -> str:
    return name if trusted else f"{name} untrusted"
