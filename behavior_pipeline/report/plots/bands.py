"""The band within which each week would have been quiet, as the week was tested: short lines at its ends."""

from datetime import timedelta

import pandas as pd

from behavior_pipeline.report.markup import Markup, element
from behavior_pipeline.report.plots.axes import Axes
from behavior_pipeline.report.words import missing

WEEK = timedelta(days=6)
ENDS = ("band_low", "band_high")


def tested_bands(axes: Axes, tested: pd.DataFrame | None) -> list[Markup]:
    """Return a line over each week at the ends of its band, of the mean with the smallest p-value."""
    if tested is None or tested.empty:
        return []
    means = tested[(tested["metric"] == "mean") & (tested["unit"] == "score")]
    surest = means.sort_values(["week", "p_value"], kind="stable").drop_duplicates("week")
    lines = []
    for row in surest.to_dict("records"):
        first = row["week"].date()
        for end in ENDS:
            if not missing(row[end]) and axes.low <= float(row[end]) <= axes.high:
                x = {"x1": axes.x(first), "x2": axes.x(first + WEEK)}
                y = axes.y(float(row[end]))
                lines.append(element("line", class_="tested", **x, y1=y, y2=y))
    return lines
