"""The scorecard: each dimension's level, how sure it is, and whether its judge may be believed."""

from datetime import timedelta
from math import hypot
from typing import Any

import pandas as pd

from behavior_pipeline.aggregation.unjudged import bounds_matter
from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.plots.corrected import corrected
from behavior_pipeline.report.plots.levels import SPARK, in_words, plot
from behavior_pipeline.report.sections.refusals import refusals
from behavior_pipeline.report.tables import section
from behavior_pipeline.report.words import (
    DASH,
    change,
    count,
    gate_chip,
    heading_of,
    interval,
    missing,
    name,
    percent,
    title_of,
)
from behavior_pipeline.values import short, spoken
from behavior_pipeline.words import SPEAKING

COLUMNS = (
    "Dimension",
    "Level",
    "Change in a week",
    "Trend",
    "Agreement with people",
    "Corrected by labels",
    "Scores",
    "Share in frame",
)
LEAD = (
    "Share of good behavior in the week, 1 is best, with its 95 % interval. A level behind a shut or"
    " unmeasured gate is set in brackets: its judge was not shown to agree with people. Where enough was"
    " labelled, the corrected level says what people would have given the same traffic. What a judge did not"
    " answer is shown where it could bias a level by more than its interval forgives."
)
Z_95 = 1.96
Row = dict[Any, Any]


def scorecard(data: Data) -> Markup:
    """Return one row a dimension."""
    rows = [_row(data, row) for row in data.scorecard.to_dict("records")]
    head = element("tr", [element("th", title, scope="col") for title in COLUMNS])
    body = element(
        "table",
        element("caption", f"Scorecard of the week of {data.week.isoformat()}"),
        element("thead", head),
        element("tbody", rows),
        class_="scorecard",
    )
    return section("scorecard", "Scorecard", LEAD, body, refusals(data.refusals))


def may_speak(row: Row) -> bool:
    """Return whether a row's level may be believed."""
    return str(row["gate_state"]) in SPEAKING


def level(row: Row) -> Child:
    """Return a level with its interval; NULL gives its reason, an untrusted one stands in brackets."""
    if missing(row["mean"]):
        return [
            element("span", "no level", class_="missing"),
            " ",
            element("small", spoken(row["missing_reason"])),
        ]
    number = short(row["mean"])
    ends = element("small", _ends(row), class_="interval")
    bounds = [" ", element("small", _unjudged(row), class_="interval")] if bounds_matter(row) else []
    if may_speak(row):
        return [element("strong", number), " ", ends, bounds]
    return [
        element("span", f"({number})", class_="untrusted", title="its judge's gate is not open"),
        " ",
        ends,
        bounds,
    ]


def _ends(row: Row) -> str:
    return spoken(row["missing_reason"]) if missing(row["low"]) else interval(row["low"], row["high"])


def _unjudged(row: Row) -> str:
    """Return what the level may be, where the judge left out more than chance would hide."""
    left_out = percent(1 - row["scored_share"])
    return (
        f"{left_out} not judged: {short(row['bound_low'])} if all bad, {short(row['bound_high'])} if all good"
    )


def _row(data: Data, row: Row) -> Markup:
    dimension = str(row["dimension"])
    weekly = data.of("weekly", dimension)
    weekly = weekly[weekly["slice_key"] == "all"]
    trend = plot(
        weekly, span=(data.first, data.last_day), size=SPARK, label=in_words(weekly, title_of(dimension))
    )
    owner = element("small", name(row["owner"]))
    cells: list[Child] = [
        level(row),
        _change(weekly, row) if may_speak(row) else DASH,
        trend,
        _agreement(data, row),
        _corrected(data, weekly, row),
        _sizes(row),
        percent(row["eligible_share"]),
    ]
    labelled = [
        element("td", element("span", title, class_="label"), element("div", cell))
        for title, cell in zip(COLUMNS[1:], cells, strict=True)
    ]
    head = element("th", element("a", heading_of(dimension), href=f"#drift-{dimension}"), owner, scope="row")
    return element("tr", head, labelled, class_=None if may_speak(row) else "shut")


def _change(weekly: pd.DataFrame, row: Row) -> Child:
    """Return the change with an interval from the errors of both weeks, taken as independent."""
    pair = weekly[
        (weekly["series_id"] == row["series_id"]) & (weekly["week"] >= row["week"] - timedelta(weeks=1))
    ]
    errors = pair["se"].dropna()
    if missing(row["change"]) or len(errors) < 2:  # noqa: PLR2004 - this week and the one before
        return change(row["change"])
    reach = Z_95 * hypot(*errors.astype(float))
    ends = f"{change(row['change'] - reach)} to {change(row['change'] + reach)}"
    return [change(row["change"]), " ", element("small", ends, class_="interval")]


def _corrected(data: Data, weekly: pd.DataFrame, row: Row) -> Child:
    newest = weekly[(weekly["series_id"] == row["series_id"]) & (weekly["week"] == row["week"])]
    alerts = data.of("alerts", str(row["dimension"]))
    return corrected(newest.to_dict("records")[0], alerts) if len(newest) else DASH


def _sizes(row: Row) -> Child:
    effective = spoken(row["missing_reason"]) if missing(row["n_eff"]) else f"n_eff {count(row['n_eff'])}"
    return [count(row["n"]), " ", element("small", effective)]


def _agreement(data: Data, row: Row) -> Child:
    chip = gate_chip(row["gate_state"])
    if row["gate_state"] == "exempt":
        return [chip, " ", element("small", "checks a declared fact")]
    rows = data.of("agreement", str(row["dimension"]))
    rows = rows[
        (rows["week"].dt.date == data.week)
        & (rows["judge"] == row["judge"])
        & (rows["rubric"] == row["rubric"])
    ]
    if rows.empty or missing(rows["point"].iloc[0]):
        reason = "never measured" if rows.empty else spoken(rows["reason"].iloc[0])
        return [chip, " ", element("small", reason)]
    measured = rows.to_dict("records")[0]
    above = f"P(above {short(measured['minimum'])}) = {short(measured['probability_above_gate'])}"
    return [
        element("strong", short(measured["point"])), " ",
        element("small", interval(measured["low"], measured["high"]), class_="interval"), " ", chip, " ",
        element("small", above),
    ]  # fmt: skip
