"""How far levels wander between quiet weeks beyond sampling, and how alike neighbouring weeks are."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.statistics.estimate import Vector

LONGEST_LAG = 12
MEDIAN_SQUARE = float(stats.chi2.ppf(0.5, 1))
BOUND = 2.0  # standard errors
MEAN_BOUNDED = float(stats.chi2.cdf(BOUND**2, 3) + BOUND**2 * stats.chi2.sf(BOUND**2, 1))
Pairs = tuple[Vector, Vector, Vector]
CORRELATIONS = np.arange(0.0, 1.0, 0.05)


@dataclass(frozen=True)
class Wander:
    """An AR(1) process that all series of a pool have: its variance, and the correlation of two weeks."""

    variance: float = 0.0
    correlation: float = 0.0

    def of_contrast(self, weights: Vector) -> float:
        """Return what it adds to the variance of a weighted sum of consecutive weeks."""
        weeks = np.arange(len(weights))
        return float(self.variance * (weights @ self.alike(weeks) @ weights))

    def alike(self, weeks: npt.NDArray[Any]) -> Vector:
        """Return the correlations of weeks, given their numbers."""
        return cast(Vector, self.correlation ** np.abs(np.subtract.outer(weeks, weeks)))


def wander(levels: Vector, variances: Vector) -> Wander:
    """Return the common process of series x weeks of levels, given their sampling variances; NaN: no week.

    Half the mean square of two weeks' difference, less what sampling explains, is a variogram (Matheron
    1963); the process whose variance x (1 - correlation^lag) is nearest to it is returned. Series count by
    how well they are known. The variogram needs no mean, so that few weeks give no bias. A difference
    counts as two standard errors at most of what medians expect (one step of Huber's proposal 2): one
    series that is about to be told apart must not make all others look restless.
    """
    known = np.isfinite(levels) & np.isfinite(variances)
    number = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, variances, 0.0).sum(axis=1, keepdims=True) / number
    weight = np.where(mean > 0, 1 / np.where(mean > 0, mean, 1.0), 0.0)
    lags = range(1, 1 + min(LONGEST_LAG, levels.shape[1] - 1))
    pairs = [_pairs(levels, variances, weight, lag) for lag in lags]
    counted = np.array([float(len(weights)) for *_, weights in pairs])
    usual = _nearest(np.array([_by_median(pair) for pair in pairs]), counted)
    return _nearest(np.array([_excess(*one, usual) for one in zip(pairs, lags, strict=True)]), counted)


def bounded_squares(squares: Vector) -> Vector:
    """Return squares of standard errors, none above four, and larger by what keeps their mean at 1."""
    return np.minimum(squares, BOUND**2) / MEAN_BOUNDED


def _pairs(levels: Vector, variances: Vector, weight: Vector, lag: int) -> Pairs:
    """Return half squared differences of weeks so far apart, their sampling variances and weights."""
    half_square = (levels[:, lag:] - levels[:, :-lag]) ** 2 / 2
    sampling = (variances[:, lag:] + variances[:, :-lag]) / 2
    seen = np.isfinite(half_square) & np.isfinite(sampling) & (levels[:, lag:] > levels[:, :-lag])
    return half_square[seen], sampling[seen], np.broadcast_to(weight, seen.shape)[seen]


def _by_median(pairs: Pairs) -> float:
    """Return a variogram's value beyond sampling that half of the differences cannot move."""
    half_square, sampling, weights = pairs
    if not weights.sum() > 0:
        return 0.0
    ratio = float(np.median(half_square / sampling)) / MEDIAN_SQUARE
    return (ratio - 1) * float(np.average(sampling, weights=weights))


def _excess(pairs: Pairs, lag: int, usual: Wander) -> float:
    """Return the variogram's value beyond sampling, of differences bounded by what is usual."""
    half_square, sampling, weights = pairs
    if not weights.sum() > 0:
        return 0.0
    expected = sampling + usual.variance * (1 - usual.correlation**lag)
    return float(np.average(bounded_squares(half_square / expected) * expected - sampling, weights=weights))


def _nearest(variogram: Vector, counted: Vector) -> Wander:
    """Return the process whose variogram is nearest, by weighted least squares over a grid."""
    if not counted.sum() > 0:
        return Wander()
    lags = np.arange(1, len(variogram) + 1)
    shapes = 1 - CORRELATIONS[:, None] ** lags
    variances = np.maximum((shapes * variogram * counted).sum(1) / (shapes**2 * counted).sum(1), 0.0)
    misses = ((variogram - variances[:, None] * shapes) ** 2 * counted).sum(1)
    best = int(np.argmin(misses))
    return Wander(float(variances[best]), float(CORRELATIONS[best]) if variances[best] > 0 else 0.0)
