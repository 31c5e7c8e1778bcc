"""Weighted quantiles, and intervals of quantiles from order statistics."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Estimate, Vector


def weighted_quantiles(
    values: npt.ArrayLike, probabilities: Sequence[float], *, weights: npt.ArrayLike | None = None
) -> Vector:
    """Return the smallest values whose cumulative weight reaches each share (Hyndman & Fan 1996, type 1)."""
    numbers = np.asarray(values, dtype=np.float64)
    shares = None if weights is None else np.asarray(weights, dtype=np.float64)
    quantiles = np.quantile(numbers, np.asarray(probabilities), method="inverted_cdf", weights=shares)
    return np.asarray(quantiles, dtype=np.float64)


def quantile(values: npt.ArrayLike, probability: float, *, confidence: float = 0.95) -> Estimate:
    """Return an unweighted type-1 quantile with its binomial order-statistic interval, NaN left out.

    No assumption on the distribution; an end is missing where the sample is too small to hold it.
    """
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return Estimate(reason=Reason.NO_SCORED_TRACE)
    point = float(weighted_quantiles(numbers, [probability])[0])
    interval: Any = stats.quantile_test(numbers, p=probability).confidence_interval(confidence)
    low, high = (None if math.isnan(end) else float(end) for end in (interval.low, interval.high))
    short = Reason.TOO_FEW if low is None or high is None else None
    return Estimate(point, short, low=low, high=high, n=len(numbers))
