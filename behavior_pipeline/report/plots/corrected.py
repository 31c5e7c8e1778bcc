"""The level that people's labels give, beside the judge's own: in words and as diamonds in a plot."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.aggregation.corrected_levels import REJECTED
from behavior_pipeline.reasons import Reason
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.plots.axes import Axes, path
from behavior_pipeline.report.plots.trend import MIDWEEK, Point
from behavior_pipeline.report.words import DASH, count, interval, missing
from behavior_pipeline.values import short, spoken
from behavior_pipeline.words import ALL, STANDING_STATES

BESIDE = timedelta(days=2)  # so that two intervals of a week do not cover each other
REACH = 4.2
Row = dict[Any, Any]


ALARMED = "an alert stands on this dimension's week, so the judge's own level leads"
RATES_DIFFER = "the judge errs differently in the weeks of the labels, so its own level leads"


def stands_back(row: Row, alerts: pd.DataFrame) -> str | None:
    """Return why a week's corrected level may not lead; None where it may.

    `alerts` are the last states of the dimension's alerts: one of the slice or of the whole counts.
    """
    p_value = row["same_rates_p_value"]
    if not missing(p_value) and p_value < REJECTED:
        return RATES_DIFFER
    week = pd.Timestamp(row["week"])
    standing = alerts[alerts["state"].isin(STANDING_STATES) & (alerts["week"] >= week)]
    alarms = standing[standing["opened"] <= week + timedelta(weeks=1)]  # on the Monday after its first week
    here = (alarms["slice_key"] == row["slice_key"]) & (alarms["slice_value"] == row["slice_value"])
    return ALARMED if (here | (alarms["slice_key"] == ALL)).any() else None


def corrected(row: Row, alerts: pd.DataFrame) -> Child:
    """Return a corrected level with its interval and labels; a dash without labels, else why not."""
    if missing(row["corrected_mean"]):
        reason = row["corrected_reason"]
        if missing(reason) or reason == Reason.NO_LABELS:
            return DASH
        number = DASH if missing(row["corrected_labels"]) else f"{count(row['corrected_labels'])} labels"
        return [element("span", number, class_="missing"), " ", element("small", spoken(reason))]
    why = stands_back(row, alerts)
    labels = f"from {count(row['corrected_labels'])} labels"
    return [
        element("strong" if why is None else "span", short(row["corrected_mean"])), " ",
        element("small", interval(row["corrected_low"], row["corrected_high"]), class_="interval"), " ",
        element("small", labels if why is None else f"{labels}; {why}"),
    ]  # fmt: skip


def corrected_in_words(row: Row, alerts: pd.DataFrame) -> str:
    """Return the same in plain words, empty where there is none."""
    if missing(row["corrected_mean"]):
        return ""
    ends, why = interval(row["corrected_low"], row["corrected_high"]), stands_back(row, alerts)
    text = f"corrected by {count(row['corrected_labels'])} labels {short(row['corrected_mean'])} ({ends})"
    return text if why is None else f"{text}; {why}"


def corrected_points(rows: pd.DataFrame) -> list[Point]:
    """Return the corrected levels, each beside its week's own; they need no gate to be believed."""
    points = []
    for row in (
        rows[rows["corrected_mean"].notna()].sort_values(["week", "judge", "rubric"]).to_dict("records")
    ):
        mean = float(row["corrected_mean"])
        low, high = (
            mean if missing(row[end]) else float(row[end]) for end in ("corrected_low", "corrected_high")
        )
        day = pd.Timestamp(row["week"]).date() + MIDWEEK + BESIDE
        points.append(Point(day, mean, low, high, trusted=True))
    return points


def diamonds(axes: Axes, points: Sequence[Point]) -> list[Markup]:
    """Return a diamond and an interval for each corrected level."""
    return [part for point in points for part in _diamond(axes, point)]


def _diamond(axes: Axes, point: Point) -> list[Markup]:
    x, y = axes.x(point.day), axes.y(point.mean)
    corners = [(x, y - REACH), (x + REACH, y), (x, y + REACH), (x - REACH, y)]
    reach = element("line", class_="corrected", x1=x, x2=x, y1=axes.y(point.low), y2=axes.y(point.high))
    return [reach, element("path", class_="corrected", d=path(corners) + "Z")]
