"""The scorecard in a few lines of Markdown, with sparklines as images, for the Dagster UI."""

from base64 import b64encode
from typing import Any

from behavior_pipeline.lake.published import Published
from behavior_pipeline.report.data import Data, read
from behavior_pipeline.report.markup import Markup
from behavior_pipeline.report.plots.levels import SPARK, in_words, plot
from behavior_pipeline.report.sections.moved import headline, recent
from behavior_pipeline.report.sections.scorecard import may_speak
from behavior_pipeline.report.words import GATES, interval, missing, title_of
from behavior_pipeline.values import short, spoken

# An image has no style sheet around it: mid tones that can be seen on light and dark.
STYLE = (
    "<style>.band{fill:#4a86c540}.level{fill:none;stroke:#4a86c5;stroke-width:1.8}.dot{fill:#4a86c5}"
    ".band.untrusted{fill:#8a919a40}.level.untrusted{stroke:#8a919a;stroke-dasharray:4 3}"
    ".dot.untrusted{fill:none;stroke:#8a919a}.whisker{stroke:#8a919a}</style>"
)
HEAD = ["| dimension | level | gate | trend |", "| --- | --- | --- | --- |"]


def summary(published: Published) -> str:
    """Return one row a dimension of the newest week, below what its alerts say in number."""
    data = read(published)
    if data is None:
        return "No week has a scorecard yet."
    rows = [_row(data, row) for row in data.scorecard.to_dict("records")]
    return "\n".join([headline(recent(data)), "", *HEAD, *rows])


def image(picture: Markup) -> str:
    """Return an SVG as a data URI with its own style."""
    opening, rest = picture.split(">", 1)
    size = f'width="{SPARK.width}" height="{SPARK.height}"'
    alone = f'{opening} xmlns="http://www.w3.org/2000/svg" {size}>{STYLE}{rest}'
    return f"data:image/svg+xml;base64,{b64encode(alone.encode()).decode()}"


def _row(data: Data, row: dict[Any, Any]) -> str:
    dimension = str(row["dimension"])
    weekly = data.of("weekly", dimension)
    weekly = weekly[weekly["slice_key"] == "all"]
    label = in_words(weekly, title_of(dimension))
    drawn = plot(weekly, span=(data.first, data.last_day), size=SPARK, label=label)
    number, ends = short(row["mean"]), interval(row["low"], row["high"])
    level = f"{number} {ends}" if may_speak(row) else f"({number}) {ends}"
    shown = spoken(row["missing_reason"]) if missing(row["mean"]) else level
    return f"| {title_of(dimension)} | {shown} | {GATES[str(row['gate_state'])]} | ![trend]({image(drawn)}) |"
