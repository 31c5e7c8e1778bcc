"""How well each judge agrees with people over weeks, against its gate, and every opening and closing."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from behavior_pipeline.alerts.inputs import SPEAKING_STATES
from behavior_pipeline.alerts.wording import short
from behavior_pipeline.report.axes import Axes, bounds, path
from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.plots import picture
from behavior_pipeline.report.tables import facts, section, table
from behavior_pipeline.report.words import (
    DASH,
    GATES,
    count,
    day,
    gate_chip,
    heading_of,
    interval,
    missing,
    name,
    spoken,
    title_of,
)

LEAD = (
    "A judge drives alerts only while its agreement with human labels holds. Each week's estimate has its"
    " 95 % interval; the line across is the gate; the strip below is thin while the gate was open."
)
METRICS = {"mcc": "Matthews correlation", "spearman": "Spearman's rho", "none": "agreement"}
STRIP = 12.0
MIDWEEK = timedelta(days=3)


def agreement(data: Data) -> Markup:
    """Return a panel for each judged dimension, and the list of gates that opened or closed."""
    judged = data.agreement
    if judged.empty:
        return section(
            "agreement", "Agreement", LEAD, element("p", "No judge has been measured yet.", class_="quiet")
        )
    panels = [
        _panel(data, str(dimension), rows) for dimension, rows in judged.groupby("dimension", sort=True)
    ]
    return section("agreement", "Agreement", LEAD, element("div", panels, class_="panels"), _changes(judged))


def _panel(data: Data, dimension: str, rows: pd.DataFrame) -> Markup:
    ordered = _by_use(data.of("weekly", dimension), rows)
    last = ordered.to_dict("records")[-1]
    head = element("h3", heading_of(dimension), " ", gate_chip(last["gate_state"]))
    return element("article", head, _plot(data, ordered, title_of(dimension)), _facts(last), class_="panel")


def _by_use(weekly: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return agreement by week; of several judges in one week the one that scored most traces comes last."""
    keys = ["week", "judge", "rubric"]
    used = weekly.loc[weekly["slice_key"] == "all", [*keys, "n"]].rename(columns={"n": "scored"})
    joined = rows.merge(used, on=keys, how="left").fillna({"scored": 0})
    return joined.sort_values(["week", "scored", "judge", "rubric"])


def _facts(row: dict[Any, Any]) -> Markup:
    if missing(row["point"]):
        measured: Child = [element("span", "not measured", class_="missing"), f" {spoken(row['reason'])}"]
    else:
        pooled = f"{row['weeks_pooled']} week{'s' if row['weeks_pooled'] != 1 else ''}"
        ends = interval(row["low"], row["high"])
        size = f" ({ends}), {METRICS[row['metric']]}, {count(row['n'])} labels of {pooled}"
        measured = [element("strong", short(row["point"])), size]
    above = row["probability_above_gate"]
    rates = f"sensitivity {short(row['sensitivity'])}, specificity {short(row['specificity'])}"
    ceiling = row["human_ceiling"]
    return facts(
        [
            ("Agreement", measured),
            (
                "P(above gate)",
                None if missing(above) else f"{short(above)} for a gate at {short(row['minimum'])}",
            ),
            ("Rates", None if missing(row["sensitivity"]) else rates),
            ("Ceiling", None if missing(ceiling) else f"people agree with each other at {short(ceiling)}"),
            (
                "Judge",
                [name(row["judge"]), ", rubric ", name(row["rubric"]), ", labels ", name(row["dataset"])],
            ),
        ]
    )


def _plot(data: Data, rows: pd.DataFrame, title: str) -> Markup:
    known = rows[rows["point"].notna()]
    minimum = rows["minimum"].dropna()
    low, high = bounds([*known["low"].dropna(), *known["high"].dropna(), *known["point"], *minimum])
    axes = Axes(
        width=420,
        height=190,
        first=data.first,
        last=data.last_day,
        low=low,
        high=high,
        left=34,
        right=8,
        top=12,
        bottom=38,
    )
    lines = [_line(axes, own) for _, own in known.groupby(["judge", "rubric"], sort=True)]
    gate = None if minimum.empty else _gate(axes, float(minimum.iloc[-1]))
    drawn = [axes.grid(), axes.dates(), gate, *lines, _handovers(axes, rows), _strip(axes, rows)]
    return picture(axes, *drawn, label=_told(known, title), class_="plot card")


def _told(known: pd.DataFrame, title: str) -> str:
    if known.empty:
        return f"{title}: agreement with people was never measured"
    last = known.iloc[-1]
    newest = f"{short(last['point'])} ({interval(last['low'], last['high'])})"
    when = f"in the week of {last['week']:%Y-%m-%d}, {GATES[last['gate_state']]}"
    return f"{title}: agreement with people {newest} {when}, over {known['week'].nunique()} weeks"


def _line(axes: Axes, rows: pd.DataFrame) -> list[Markup]:
    found = []
    pixels = [(axes.x(_middle(row["week"])), row) for row in rows.to_dict("records")]
    if len(pixels) > 1:
        found.append(
            element("path", class_="level thin", d=path([(x, axes.y(row["point"])) for x, row in pixels]))
        )
    for x, row in pixels:
        trusted = "" if row["gate_state"] in SPEAKING_STATES else " untrusted"
        if not missing(row["low"]) and not missing(row["high"]):
            ends = {"y1": axes.y(row["low"]), "y2": axes.y(row["high"])}
            found.append(element("line", class_=f"whisker{trusted}", x1=x, x2=x, **ends))
        found.append(element("circle", class_=f"dot{trusted}", cx=x, cy=axes.y(row["point"]), r=3))
    return found


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
    found = []
    for row in changed:
        x = axes.x(pd.Timestamp(row["week"]).date())
        label = f"from {row['week']:%Y-%m-%d}: judge {row['judge']}, labels {row['dataset']}"
        line = element(
            "line",
            element("title", label),
            class_="mark evaluator",
            x1=x,
            x2=x,
            y1=4,
            y2=axes.height - axes.bottom,
        )
        found.append(line)
    return found


def _strip(axes: Axes, rows: pd.DataFrame) -> list[Markup]:
    found = []
    for row in rows.drop_duplicates("week", keep="last").to_dict("records"):
        monday = pd.Timestamp(row["week"]).date()
        x, end = axes.x(monday), axes.x(min(monday + timedelta(days=7), axes.last))
        label = f"week of {monday.isoformat()}: {GATES[row['gate_state']]}"
        box = {"x": x + 0.5, "y": float(axes.height - 34), "width": max(end - x - 1, 1.0)}
        speaks = row["gate_state"] in SPEAKING_STATES
        box["height"] = STRIP / 3 if speaks else STRIP  # told apart without colours, too
        found.append(element("rect", element("title", label), class_=f"state {row['gate_state']}", **box))
    return found


def _middle(week: Any) -> date:
    return pd.Timestamp(week).date() + MIDWEEK


def _changes(rows: pd.DataFrame) -> Markup | None:
    moved = rows[rows["gate_state"] != rows["previous_state"]].sort_values(
        ["week", "dimension"], ascending=[False, True]
    )
    if moved.empty:
        return None
    shown = [_moved(row) for row in moved.to_dict("records")]
    head = ("Week of", "Dimension", "Gate", "Agreement", "P(above gate)", "Why")
    return table("Every gate that opened or closed, newest first", head, shown)


def _moved(row: dict[Any, Any]) -> list[Child]:
    gate = [gate_chip(row["previous_state"]), " → ", gate_chip(row["gate_state"])]
    known = not missing(row["point"])
    level = f"{short(row['point'])} ({interval(row['low'], row['high'])})" if known else DASH
    above = DASH if missing(row["probability_above_gate"]) else short(row["probability_above_gate"])
    return [day(row["week"]), title_of(row["dimension"]), gate, level, above, spoken(row["reason"])]
