"""A week's mean grade from a judge that grades on one line in several weeks: judge = a + b x human + error.

The line is drawn through labels of earlier weeks, `line_through(human, judge, weight) -> Line`, and read
backwards at the week's own mean of the judge, `Line.level(mean, error)`. That does not lean on how good the
earlier weeks were, as a pooled difference of people and judge does wherever b is not 1. `combined` adds the
week's own labels, and says how well they fit the line.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.corrected import Ppi
from behavior_pipeline.statistics.estimate import Estimate, Vector

FEWEST = 10  # of labels for a line with an error
STEEP = 5.0  # slope over its error: read backwards, a flatter line has no normal error (Fieller 1954)


class Line(NamedTuple):
    """Intercept and slope with their covariance."""

    intercept: float
    slope: float
    covariance: Vector

    def level(self, mean: float, error: float) -> Estimate:
        """Return the people's mean behind a judge's mean with this error, by the delta method."""
        level = (mean - self.intercept) / self.slope
        at = np.array([1.0, level])
        variance = (error**2 + float(at @ self.covariance @ at)) / self.slope**2
        return Estimate(level, None, math.sqrt(variance))


def line_through(human: Vector, judge: Vector, weight: Vector) -> Line | None:
    """Return the weighted line with its sandwich covariance; None where it is too flat to read backwards."""
    if len(human) < FEWEST or np.ptp(human) == 0:
        return None
    design = np.column_stack([np.ones(len(human)), human])
    inner = np.linalg.inv((weight[:, None] * design).T @ design)
    intercept, slope = inner @ (design.T @ (weight * judge))
    left = weight * (judge - intercept - slope * human)
    covariance = inner @ ((left[:, None] * design).T @ (left[:, None] * design)) @ inner
    covariance *= len(human) / (len(human) - design.shape[1])
    steep = slope > STEEP * math.sqrt(covariance[1, 1])
    return Line(float(intercept), float(slope), covariance) if steep else None


def combined(by_labels: Ppi, by_line: Estimate, *, slope: float, error: float) -> tuple[Estimate, float]:
    """Return the best mix of two levels, and the p-value of their being one.

    `by_labels` is PPI++ of the week's labels, `by_line` that of earlier ones; both lean on the judge's mean
    with this error, by lambda and by 1 / slope, so they vary together.
    """
    first, power = by_labels.estimate, by_labels.power
    if first.value is None or first.se is None or power is None:
        return first, math.nan
    if by_line.value is None or by_line.se is None:
        return Estimate(reason=Reason.TOO_FEW), math.nan
    ours, theirs, shared = first.se**2, by_line.se**2, power / slope * error**2
    apart = ours + theirs - 2 * shared
    if apart <= 0:
        return first, math.nan
    p_value = float(2 * stats.norm.sf(abs(first.value - by_line.value) / math.sqrt(apart)))
    share = min(max((theirs - shared) / apart, 0.0), 1.0)
    rest = 1 - share
    variance = share**2 * ours + rest**2 * theirs + 2 * share * rest * shared
    value = share * first.value + rest * by_line.value
    return Estimate(value, None, math.sqrt(variance), n=first.n), p_value
