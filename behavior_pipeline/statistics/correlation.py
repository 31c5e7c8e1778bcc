"""Intervals of Spearman's rho: Bonett and Wright's formula and the BCa bootstrap."""

import math
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.intervals import Interval, two_sided_quantile

FEWEST = 4  # Bonett and Wright's error has n - 3 below the line
RESAMPLES = 10_000
SEED = 20_000
NEAREST_TO_ONE = 1 - 1e-9
UNDEFINED_SHARE = 0.01


def to_fisher(rho: float) -> float:
    """Return atanh(rho), finite at a perfect correlation."""
    return math.atanh(min(max(rho, -NEAREST_TO_ONE), NEAREST_TO_ONE))


def fisher_se(rho: float, n: int) -> float:
    """Return the error of atanh(rho), sqrt((1 + rho^2 / 2) / (n - 3)) (Bonett & Wright 2000); n > 3."""
    return math.sqrt((1 + rho**2 / 2) / (n - 3))


def bonett_wright(rho: float, n: int, *, confidence: float = 0.95) -> Interval:
    """Return the interval of Spearman's rho (Bonett & Wright 2000, Psychometrika 65); n > 3."""
    half = two_sided_quantile(confidence) * fisher_se(rho, n)
    return math.tanh(to_fisher(rho) - half), math.tanh(to_fisher(rho) + half)


def probability_rho_above(rho: float, n: int, gate: float) -> float:
    """Return P(rho >= gate) = Phi((atanh rho - atanh gate) / se); n > 3."""
    return float(stats.norm.cdf((to_fisher(rho) - to_fisher(gate)) / fisher_se(rho, n)))


def spearman_bca(
    x: npt.ArrayLike, y: npt.ArrayLike, *, confidence: float = 0.95, resamples: int = RESAMPLES
) -> Interval | None:
    """Return the BCa bootstrap interval of Spearman's rho, pairs resampled from a fixed seed.

    None where it is not defined: a constant side, a perfect order, over 1 % of resamples without an order.
    Written out, since scipy.stats.bootstrap gives up at the first resample without an order (a rare class has
    some) and does not show the acceleration that the golden numbers fix.
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(first) < FEWEST:
        return None
    point = float(_rho(first[None], second[None])[0])
    acceleration = jackknife_acceleration(first, second)
    drawn = np.random.default_rng(SEED).integers(len(first), size=(resamples, len(first)))
    replicates = _rho(first[drawn], second[drawn])
    defined = replicates[~np.isnan(replicates)]
    if acceleration is None or len(defined) < (1 - UNDEFINED_SHARE) * resamples:
        return None
    # Ties with the point count half, as in scipy.
    bias = stats.norm.ppf((np.mean(defined < point) + np.mean(defined <= point)) / 2)
    tail = two_sided_quantile(confidence)
    shifted = bias + np.array([-tail, tail])
    shares = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
    if not np.all(np.isfinite(shares)):
        return None
    low, high = np.quantile(defined, shares)
    return float(low), float(high)


def jackknife_acceleration(x: npt.ArrayLike, y: npt.ArrayLike) -> float | None:
    """Return sum d^3 / (6 (sum d^2)^1.5), d = mean of leave-one-out rho - leave-one-out rho (Efron 1987)."""
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    kept = np.array([np.delete(np.arange(len(first)), left_out) for left_out in range(len(first))])
    values = _rho(first[kept], second[kept])
    d = values.mean() - values
    spread = (d**2).sum()
    if np.isnan(spread) or spread == 0:
        return None
    return float((d**3).sum() / (6 * spread**1.5))


def _rho(x: Vector, y: Vector) -> Vector:
    """Return Spearman's rho of each row: Pearson of mid-ranks; NaN where a row is constant."""
    first, second = (stats.rankdata(side, axis=1) for side in (x, y))
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(
            Vector,
            (first * second).sum(axis=1) / np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1)),
        )
