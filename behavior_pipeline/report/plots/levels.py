"""The plots of weekly levels in their four sizes, with marks of what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from behavior_pipeline.report.markup import Markup, element
from behavior_pipeline.report.plots.axes import Axes, bounds
from behavior_pipeline.report.plots.bands import tested_bands
from behavior_pipeline.report.plots.corrected import corrected_points, diamonds
from behavior_pipeline.report.plots.marks import Mark
from behavior_pipeline.report.plots.trend import Point, segments, series
from behavior_pipeline.report.words import interval
from behavior_pipeline.values import short

BADGE_ROOM = 20
ALERTS = ("alert", "held", "closed")


@dataclass(frozen=True)
class Size:
    """How large a plot is, how much of it is written out, and the least height of its axis (score)."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    dot: float
    values: bool = True
    dates: bool = True
    numbers: bool = False
    corrected: bool = False
    least: float = 0.1


SPARK = Size("spark", 132, 34, 3, 4, 4, 4, 1.9, values=False, dates=False, least=0.06)
SMALL = Size("small", 240, 92, 30, 8, 8, 8, 1.6, dates=False)
CARD = Size("card", 420, 150, 34, 8, 12, 22, 2.4)
LARGE = Size("large", 720, 210, 46, 10, 30, 26, 2.8, numbers=True, corrected=True)


def plot(
    rows: pd.DataFrame,
    marks: Sequence[Mark] = (),
    *,
    span: tuple[date, date],
    size: Size,
    label: str,
    limits: tuple[float, float] | None = None,
    baseline: float | None = None,
    tested: pd.DataFrame | None = None,
) -> Markup:
    """Return weekly_scores rows of one slice as a line with its intervals; `limits` fix the axis of values.

    `span` is the first and last day, `baseline` the level of a reference, `tested` are findings whose bands
    are drawn: beyond such an end a week would have been called moved. Where the size has room for them,
    marks carry their place in `marks` as a number, and corrected levels stand beside the line.
    """
    lines = segments(rows)
    beside = corrected_points(rows) if size.corrected else []
    axes = _axes(size, span, limits or _limits([*lines, beside], also=baseline, least=size.least))
    drawn = [
        axes.grid() if size.values else None,
        axes.dates() if size.dates else None,
        None if baseline is None else _baseline(axes, baseline),
        mark_lines(axes, marks, numbered=size.numbers),
        tested_bands(axes, tested),
        series(axes, lines, dot=size.dot, every=size.values),
        diamonds(axes, beside),
    ]
    return picture(axes, *drawn, label=label, class_=f"plot {size.name}")


def mark_lines(axes: Axes, marks: Sequence[Mark], *, numbered: bool) -> list[Markup]:
    """Return a vertical line for each mark; its number stands above, moved aside where two are close."""
    shown = [
        (number, mark) for number, mark in enumerate(marks, start=1) if axes.first <= mark.day <= axes.last
    ]
    lines = []
    for _, mark in shown:
        x = axes.x(mark.day)
        ends = {"y1": axes.top - 4, "y2": axes.height - axes.bottom}
        lines.append(element("line", class_=f"mark {mark.kind}", x1=x, x2=x, **ends))
    if not numbered:
        return lines
    places = _apart([axes.x(mark.day) for _, mark in shown], end=axes.width - BADGE_ROOM / 2)
    badges = [
        badge(number, mark.kind, x=x, y=axes.top - 15)
        for (number, mark), x in zip(shown, places, strict=True)
    ]
    return [*lines, *badges]


def _apart(places: Sequence[float], *, end: float) -> list[float]:
    """Return ascending pixels moved so far that badges do not cover each other or leave the picture."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + BADGE_ROOM) if moved else place)
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], end)
        end = moved[index] - BADGE_ROOM
    return moved


def badge(number: int, kind: str, *, x: float, y: float) -> Markup:
    """Return a mark's number: alerts in a disc, all else in a square, so that colour is not needed."""
    shape = (
        element("circle", cx=x, cy=y, r=8)
        if kind in ALERTS
        else element("rect", x=x - 7.5, y=y - 7.5, width=15, height=15, rx=2)
    )
    return element("g", shape, element("text", number, x=x, y=y + 3.5), class_=f"badge {kind}")


def legend(marks: Sequence[Mark]) -> Markup | None:
    """Return the marks of a plot in words, numbered as they are in it."""
    if not marks:
        return None
    rows = [
        element(
            "li",
            element(
                "svg",
                badge(number, mark.kind, x=9, y=9),
                viewBox="0 0 18 18",
                class_="key",
                aria_hidden="true",
            ),
            element("span", element("time", f"{mark.day:%a} {mark.day.day} {mark.day:%b}"), " ", mark.text),
        )
        for number, mark in enumerate(marks, start=1)
    ]
    return element("ol", rows, class_="legend")


def picture(axes: Axes, *children: Sequence[Markup] | Markup | None, label: str, class_: str) -> Markup:
    """Return an SVG image that says in words what it shows."""
    box = f"0 0 {axes.width} {axes.height}"
    return element(
        "svg", element("title", label), children, class_=class_, viewBox=box, role="img", aria_label=label
    )


def in_words(rows: pd.DataFrame, name: str) -> str:
    """Return in words what a plot of levels shows: its newest reading and its range."""
    known = rows[rows["mean"].notna()].sort_values("week")
    if known.empty:
        return f"{name}: no level in any week"
    last, lowest, highest = known.iloc[-1], short(known["mean"].min()), short(known["mean"].max())
    ends = interval(last["low"], last["high"])
    newest = f"{short(last['mean'])} ({ends}) in the week of {last['week']:%Y-%m-%d}"
    return f"{name}: {newest}; from {lowest} to {highest} over {known['week'].nunique()} weeks"


def shared_limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return one axis for several slices: all levels and most intervals; wider bands are cut off."""
    known = rows[rows["mean"].notna()]
    if known.empty:
        return 0.0, 1.0
    low, high = (known[name].dropna().astype(float) for name in ("low", "high"))
    ends = [] if low.empty else [float(low.quantile(0.25)), float(high.quantile(0.75))]
    return bounds([*known["mean"].astype(float), *ends])


def _axes(size: Size, span: tuple[date, date], limits: tuple[float, float]) -> Axes:
    return Axes(
        width=size.width, height=size.height, first=span[0], last=span[1], low=limits[0], high=limits[1],
        left=size.left, right=size.right, top=size.top, bottom=size.bottom,
    )  # fmt: skip


def _limits(lines: Sequence[list[Point]], *, also: float | None, least: float) -> tuple[float, float]:
    ends = [value for line in lines for point in line for value in (point.low, point.high)]
    return bounds([*ends, *([] if also is None else [also])], least=least)


def _baseline(axes: Axes, level: float) -> Markup:
    y = axes.y(level)
    return element("line", class_="baseline", x1=axes.left, x2=axes.width - axes.right, y1=y, y2=y)
