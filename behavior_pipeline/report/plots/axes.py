"""Axes of a plot: days and values to pixels, ticks and grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from behavior_pipeline.report.markup import Markup, element
from behavior_pipeline.report.words import short_day
from behavior_pipeline.values import short

STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
MOST_LINES = 4
MOST_DATES = 6
ROOM = 0.1
DATE_WIDTH = 58


@dataclass(frozen=True)
class Axes:
    """A rectangle of pixels with margins, over days `first` to `last` and values `low` to `high`."""

    width: int
    height: int
    first: date
    last: date
    low: float
    high: float
    left: int
    right: int
    top: int
    bottom: int

    def x(self, day: date) -> float:
        """Return a day's pixel."""
        span = max((self.last - self.first).days, 1)
        return self.left + (day - self.first).days / span * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return a value's pixel; values beyond the axis end at its edge."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.height - self.bottom - part * (self.height - self.top - self.bottom)

    def grid(self) -> list[Markup]:
        """Return horizontal lines with their values."""
        end = self.width - self.right
        return [
            part
            for value in ticks(self.low, self.high)
            for part in (
                element("line", class_="gridline", x1=self.left, x2=end, y1=self.y(value), y2=self.y(value)),
                element(
                    "text",
                    short(value),
                    class_="tick",
                    x=self.left - 6,
                    y=self.y(value) + 4,
                    text_anchor="end",
                ),
            )
        ]

    def dates(self) -> list[Markup]:
        """Return the Mondays below the axis, at most six."""
        weeks = ((self.last - self.first).days + 1) // 7
        every = max(-(-weeks // MOST_DATES), 1)
        mondays = [self.first + timedelta(weeks=number) for number in range(0, weeks, every)]
        return [
            element("text", short_day(monday), class_="tick", x=self.x(monday), y=self.height - 6)
            for monday in mondays
            if self.x(monday) <= self.width - DATE_WIDTH
        ]


def bounds(values: Sequence[float], *, least: float = 0.1) -> tuple[float, float]:
    """Return round limits in [0, 1] around values, at least `least` apart."""
    if not len(values):
        return 0.0, 1.0
    low, high = float(np.min(values)), float(np.max(values))
    padding = max((least - (high - low)) / 2, ROOM * (high - low))
    low, high = max(low - padding, 0.0), min(high + padding, 1.0)
    low, high = min(low, 1.0 - least), max(high, least)  # an end of the scale cut the padding
    step = _step(low, high)
    return max(float(np.floor(low / step + 1e-9) * step), 0.0), min(
        float(np.ceil(high / step - 1e-9) * step), 1.0
    )


def ticks(low: float, high: float) -> list[float]:
    """Return round values within limits."""
    step = _step(low, high)
    return [float(value) for value in np.arange(np.ceil(low / step - 1e-9), high / step + 1e-9) * step]


def _step(low: float, high: float) -> float:
    return next((step for step in STEPS if (high - low) / step <= MOST_LINES), STEPS[-1])


def path(points: Sequence[tuple[float, float]]) -> str:
    """Return a path through pixels."""
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
