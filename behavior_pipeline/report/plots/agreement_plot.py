"""The plot of a judge's agreement over weeks: estimates with intervals, the gate, its states, handovers."""

from base64 import b64encode
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from behavior_pipeline.report.markup import Markup, element
from behavior_pipeline.report.plots.axes import Axes, bounds, path
from behavior_pipeline.report.plots.levels import picture
from behavior_pipeline.report.words import GATES, interval, missing
from behavior_pipeline.values import scorer, short
from behavior_pipeline.words import SPEAKING

STRIP = 12.0
MIDWEEK = timedelta(days=3)
ALONE = Markup(
    "<style>svg{background:#fff;font:11px system-ui,sans-serif}text{fill:#565d66}.gridline{stroke:#e3e2dc}"
    ".level{fill:none;stroke:#24598f}.dot,.whisker{fill:#24598f;stroke:#24598f}"
    ".untrusted{fill:#fff;stroke:#8a919a}.gate{stroke:#b3261e;stroke-dasharray:6 3}"
    "text.gate{fill:#b3261e;stroke:none}"
    ".mark{stroke:#565d66;stroke-dasharray:1 3}.state{fill:#8a919a}.open,.exempt{fill:#2a6a43}"
    ".suspended,.blocked{fill:#b3261e}</style>"
)


def agreement_plot(rows: pd.DataFrame, title: str, *, first: date, last: date) -> Markup:
    """Return calibration_agreement rows of one dimension, in the order of weeks, between two days."""
    known = rows[rows["point"].notna()]
    minimum = rows["minimum"].dropna()
    low, high = bounds([*known["low"].dropna(), *known["high"].dropna(), *known["point"], *minimum])
    axes = Axes(
        width=420,
        height=190,
        first=first,
        last=last,
        low=low,
        high=high,
        left=34,
        right=8,
        top=12,
        bottom=38,
    )
    lines = [_line(axes, rows_of_judge) for _, rows_of_judge in known.groupby(["judge", "rubric"], sort=True)]
    gate = None if minimum.empty else _gate(axes, float(minimum.iloc[-1]))
    drawn = [axes.grid(), axes.dates(), gate, *lines, _handovers(axes, rows), _strip(axes, rows)]
    return picture(axes, *drawn, label=_in_words(known, title), class_="plot card")


def _in_words(known: pd.DataFrame, title: str) -> str:
    if known.empty:
        return f"{title}: agreement with people was never measured"
    last = known.iloc[-1]
    newest = f"{short(last['point'])} ({interval(last['low'], last['high'])})"
    when = f"in the week of {last['week']:%Y-%m-%d}, {GATES[last['gate_state']]}"
    return f"{title}: agreement with people {newest} {when}, over {known['week'].nunique()} weeks"


def _line(axes: Axes, rows: pd.DataFrame) -> list[Markup]:
    shapes = []
    pixels = [(axes.x(_middle(row["week"])), row) for row in rows.to_dict("records")]
    if len(pixels) > 1:
        shapes.append(
            element("path", class_="level thin", d=path([(x, axes.y(row["point"])) for x, row in pixels]))
        )
    for x, row in pixels:
        trusted = "" if row["gate_state"] in SPEAKING else " untrusted"
        if not missing(row["low"]) and not missing(row["high"]):
            ends = {"y1": axes.y(row["low"]), "y2": axes.y(row["high"])}
            shapes.append(element("line", class_=f"whisker{trusted}", x1=x, x2=x, **ends))
        shapes.append(element("circle", class_=f"dot{trusted}", cx=x, cy=axes.y(row["point"]), r=3))
    return shapes


def _gate(axes: Axes, minimum: float) -> list[Markup]:
    y, end = axes.y(minimum), axes.width - axes.right
    return [
        element("line", class_="gate", x1=axes.left, x2=end, y1=y, y2=y),
        element("text", f"gate {short(minimum)}", class_="tick gate", x=end, y=y + 12, text_anchor="end"),
    ]


def _handovers(axes: Axes, rows: pd.DataFrame) -> list[Markup]:
    """Return a line at each week in which another judge or another set of labels took over."""
    weeks = rows.drop_duplicates("week", keep="last").to_dict("records")
    changed = [
        now
        for was, now in pairwise(weeks)
        if (was["judge"], was["dataset"]) != (now["judge"], now["dataset"])
    ]
    lines = []
    for row in changed:
        x = axes.x(pd.Timestamp(row["week"]).date())
        label = (
            f"from {row['week']:%Y-%m-%d}: {scorer(row['judge'], judged='judge ')}, labels {row['dataset']}"
        )
        line = element(
            "line",
            element("title", label),
            class_="mark evaluator",
            x1=x,
            x2=x,
            y1=4,
            y2=axes.height - axes.bottom,
        )
        lines.append(line)
    return lines


def _strip(axes: Axes, rows: pd.DataFrame) -> list[Markup]:
    boxes = []
    for row in rows.drop_duplicates("week", keep="last").to_dict("records"):
        monday = pd.Timestamp(row["week"]).date()
        x, end = axes.x(monday), axes.x(min(monday + timedelta(days=7), axes.last))
        label = f"week of {monday.isoformat()}: {GATES[row['gate_state']]}"
        box = {"x": x + 0.5, "y": float(axes.height - 34), "width": max(end - x - 1, 1.0)}
        speaks = row["gate_state"] in SPEAKING
        box["height"] = STRIP / 3 if speaks else STRIP  # told apart without colours, too
        boxes.append(element("rect", element("title", label), class_=f"state {row['gate_state']}", **box))
    return boxes


def _middle(week: Any) -> date:
    return pd.Timestamp(week).date() + MIDWEEK


def as_image(plot: Markup) -> str:
    """Return a plot as the address of an image that needs no style sheet, for pages that are not ours."""
    opening, inside = plot.split(">", 1)
    alone = f'{opening} xmlns="http://www.w3.org/2000/svg">{ALONE}{inside}'
    return f"data:image/svg+xml;base64,{b64encode(alone.encode()).decode()}"
