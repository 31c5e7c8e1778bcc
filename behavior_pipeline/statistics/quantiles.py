"""Weighted quantiles, and intervals of quantiles from order statistics."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Estimate, Vector, kish

Z95 = float(stats.norm.ppf(0.975))
ROUNDING = 1e-12  # of a cumulative sum


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


class Sorted(NamedTuple):
    """Numbers from small to large with their weights and, as integers, the clusters that they belong to."""

    values: Vector
    weights: Vector
    clusters: npt.NDArray[np.int64]

    @classmethod
    def of(cls, values: npt.ArrayLike, weights: npt.ArrayLike, clusters: npt.ArrayLike) -> "Sorted":
        """Sort numbers; equal ones keep their order."""
        numbers = np.asarray(values, dtype=np.float64)
        order = np.argsort(numbers, kind="stable")
        _, codes = np.unique(np.asarray(clusters)[order], return_inverse=True)
        return cls(numbers[order], np.asarray(weights, dtype=np.float64)[order], codes.astype(np.int64))

    def at(self, shares: npt.ArrayLike) -> Vector:
        """Return the smallest numbers whose cumulative weight reaches each share, as weighted_quantiles."""
        cumulative = np.cumsum(self.weights)
        places = np.searchsorted(cumulative, np.asarray(shares) * cumulative[-1] * (1 - ROUNDING))
        return np.asarray(self.values[np.clip(places, 0, len(self.values) - 1)], dtype=np.float64)


def clustered_quantile(numbers: Sorted, probability: float) -> Estimate:
    """Return a weighted type-1 quantile with its standard error from whole clusters (Woodruff 1952).

    The share of weight up to the quantile has a linearised error, summed by cluster; the quantiles at both
    ends of that share's 95 % interval are 2 x 1.96 errors apart. TOO_FEW where the interval leaves the
    sample: about where fewer than four clusters lie beyond the quantile.
    """
    if not len(numbers.values):
        return Estimate(reason=Reason.NO_SCORED_TRACE)
    value, n = float(numbers.at([probability])[0]), len(numbers.values)
    total, clusters = float(numbers.weights.sum()), int(numbers.clusters.max()) + 1
    if clusters < 2:  # noqa: PLR2004 - a variance needs two
        return Estimate(value, Reason.ONE_CLUSTER, n=n)
    beyond = numbers.weights * ((numbers.values <= value) - probability)
    sums = np.bincount(numbers.clusters, beyond, minlength=clusters)
    linearised = float(np.sqrt(clusters / (clusters - 1) * np.sum(sums**2))) / total
    simple = float(np.sqrt(probability * (1 - probability) / kish(numbers.weights)))
    reach = Z95 * max(linearised, simple)  # with nothing beyond it a quantile's own share varies too little
    if probability - reach <= 0 or probability + reach >= 1:
        return Estimate(value, Reason.TOO_FEW, n=n)
    low, high = numbers.at([probability - reach, probability + reach])
    return Estimate(value, None, se=float(high - low) / (2 * Z95), low=float(low), high=float(high), n=n)
