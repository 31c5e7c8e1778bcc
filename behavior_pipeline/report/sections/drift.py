"""How each dimension and its watched slices moved over weeks, with marks of deploys and alerts."""

from typing import Any

import orjson
import pandas as pd

from behavior_pipeline.alerts.alert import alerts_of
from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.plots.corrected import corrected_in_words
from behavior_pipeline.report.plots.levels import LARGE, SMALL, in_words, legend, plot, shared_limits
from behavior_pipeline.report.plots.marks import Mark, alert_marks, event_marks, ordered, version_marks
from behavior_pipeline.report.sections.nearest import nearest
from behavior_pipeline.report.sections.scorecard import level
from behavior_pipeline.report.tables import more, section
from behavior_pipeline.report.words import count, cut, heading_of, name, percent, slice_text, title_of
from behavior_pipeline.values import spoken
from behavior_pipeline.words import ALL, STANDING_STATES

LEAD = (
    "Weekly means with 95 % intervals; a line ends where another judge or rubric takes over, and is dashed"
    " and hollow while the judge's gate is not open. Squares mark versions that first answered that day,"
    " discs mark alerts, short lines the level below which a week would have been called moved, diamonds the"
    " level corrected by people's labels, with its 95 % interval."
)
MOST_MARKS = 12


def drift(data: Data) -> Markup:
    """Return a plot of each dimension, with its slices to open below it."""
    shown = [_dimension(data, str(name_)) for name_ in data.scorecard["dimension"]]
    return section("drift", "Drift", LEAD, shown)


def marks_of(data: Data, dimension: str) -> list[Mark]:
    """Return a dimension's marks by day; beyond a dozen, alerts and the newest are kept."""
    alerts = alert_marks(alerts_of(data.of("alerts", dimension)))
    others = ordered([*version_marks(data.of("versions", dimension)), *event_marks(data.events)])
    inside = [mark for mark in [*alerts, *others] if data.first <= mark.day <= data.last_day]
    return ordered(
        inside
        if len(inside) <= MOST_MARKS
        else [*inside[: len(alerts)], *inside[len(alerts) :][-MOST_MARKS:]]
    )


def _dimension(data: Data, dimension: str) -> Markup:
    rows, title = data.of("weekly", dimension), title_of(dimension)
    whole = rows[rows["slice_key"] == "all"]
    marks = marks_of(data, dimension)
    overall = [mark for mark in marks if mark.where in (None, ("all", "all"))]
    span = (data.first, data.last_day)
    alerts = data.of("alerts", dimension)
    beside = [corrected_in_words(row, alerts) for row in whole.sort_values("week").to_dict("records")]
    newest = next((f"; newest level {text}" for text in reversed(beside) if text), "")
    tested = data.of("tested", dimension)
    picture = plot(
        whole, marks, span=span, size=LARGE, label=in_words(whole, title) + newest,
        tested=tested[tested["slice_key"] == ALL],
    )  # fmt: skip
    figure = element("figure", picture, element("figcaption", legend(marks)))
    slices = rows[rows["slice_key"] != "all"]
    moving = data.of("alerts", dimension)
    opened = bool((moving["state"].isin(STANDING_STATES) & (moving["slice_key"] != "all")).any())
    below = (
        more(_count_of(slices), _slices(data, slices, marks, overall=overall), opened=opened)
        if len(slices)
        else None
    )
    head = element("h3", heading_of(dimension))
    return element(
        "article", head, _reading(data, whole), figure, nearest(data, dimension), below,
        id=f"drift-{dimension}", class_="dimension",
    )  # fmt: skip


def _count_of(slices: pd.DataFrame) -> str:
    pairs = slices[["slice_key", "slice_value"]].drop_duplicates()
    return f"{len(pairs)} watched slices of {', '.join(cut(key) for key in pairs['slice_key'].unique())}"


def _reading(data: Data, whole: pd.DataFrame) -> Markup:
    now = whole[whole["week"].dt.date == data.week].sort_values("n", ascending=False).to_dict("records")
    if not now:
        return element("p", "No score this week.", class_="reading")
    row = now[0]
    beside = corrected_in_words(row, data.of("alerts", str(row["dimension"])))
    frame = f"{_frame(row)}; {beside}" if beside else _frame(row)
    return element("p", level(row), " ", element("small", frame), class_="reading")


def _frame(row: dict[Any, Any]) -> str:
    excluded = orjson.loads(row["excluded"])
    frame = f"a mean over {percent(row['eligible_share'])} of the traffic, {count(row['n'])} scores"
    if not excluded:
        return frame
    most = sorted(excluded.items(), key=lambda pair: (-pair[1], pair[0]))
    return f"{frame}; left out: " + "; ".join(
        f"{count(number)} because {spoken(reason)}" for reason, number in most
    )


def _slices(data: Data, slices: pd.DataFrame, marks: list[Mark], *, overall: list[Mark]) -> Child:
    limits, span = shared_limits(slices), (data.first, data.last_day)
    deploys = [mark for mark in overall if mark.where is None]
    grids: list[Child] = []
    for key, rows_of_key in slices.groupby("slice_key", sort=True):
        cells = []
        for (_, value), rows in rows_of_key.groupby(["slice_key", "slice_value"], sort=True):
            here = [mark for mark in marks if mark.where == (key, value)]
            label = in_words(rows, slice_text(key, value))
            picture = plot(rows, [*deploys, *here], span=span, size=SMALL, label=label, limits=limits)
            head = element("figcaption", element("strong", name(value)), _newest(data, rows))
            cells.append(element("figure", head, picture, class_="alerted" if here else None))
        grids += [element("h4", name(key)), element("div", cells, class_="grid")]
    return grids


def _newest(data: Data, rows: pd.DataFrame) -> Child:
    now = rows[rows["week"].dt.date == data.week].sort_values("n", ascending=False).to_dict("records")
    return level(now[0]) if now else element("span", "no score this week", class_="missing")
