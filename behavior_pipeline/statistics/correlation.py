"""Intervals of Spearman's rho: Bonett and Wright's formula and the BCa bootstrap."""

import math
from dataclasses import dataclass
from typing import Any, cast

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
ROUNDING = 1e-12
CHUNK = 1_000  # resamples held at a time


def to_fisher(rho: float) -> float:
    """Return atanh(rho), finite at a perfect correlation."""
    return math.atanh(min(max(rho, -NEAREST_TO_ONE), NEAREST_TO_ONE))


def fisher_se(rho: float, n: float) -> float:
    """Return the error of atanh(rho), sqrt((1 + rho^2 / 2) / (n - 3)) (Bonett & Wright 2000); n > 3."""
    return math.sqrt((1 + rho**2 / 2) / (n - 3))


def bonett_wright(rho: float, n: float, *, confidence: float = 0.95) -> Interval:
    """Return the interval of Spearman's rho (Bonett & Wright 2000, Psychometrika 65); n > 3."""
    half = two_sided_quantile(confidence) * fisher_se(rho, n)
    return math.tanh(to_fisher(rho) - half), math.tanh(to_fisher(rho) + half)


def probability_rho_above(rho: float, n: float, gate: float) -> float:
    """Return P(rho >= gate) = Phi((atanh rho - atanh gate) / se); n > 3."""
    return float(stats.norm.cdf((to_fisher(rho) - to_fisher(gate)) / fisher_se(rho, n)))


def weighted_spearman(x: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike) -> float | None:
    """Return Spearman's rho of what weighted items stand for; None where a side is constant."""
    pairs = _distinct(x, y, weight)
    rho = float(_rho(pairs, pairs.counts[None])[0])
    return None if math.isnan(rho) else rho


def spearman_bca(
    x: npt.ArrayLike, y: npt.ArrayLike, *, confidence: float = 0.95, resamples: int = RESAMPLES
) -> Interval | None:
    """Return the BCa bootstrap interval of Spearman's rho, pairs resampled from a fixed seed.

    None where it is not defined: a constant side, a perfect order, over 1 % of resamples without an order.
    Written out, since scipy.stats.bootstrap gives up at the first resample without an order (a rare class has
    some), does not show the acceleration that the golden numbers fix, and ranks every resample anew: minutes
    for a thousand items.
    """
    pairs = _distinct(x, y)
    n = int(pairs.counts.sum())
    if n < FEWEST:
        return None
    generator = np.random.default_rng(SEED)
    chunks = [
        _rho(pairs, generator.multinomial(n, pairs.counts / n, size=min(CHUNK, resamples - done)))
        for done in range(0, resamples, CHUNK)
    ]
    replicates = np.concatenate(chunks)
    defined = replicates[~np.isnan(replicates)]
    acceleration = _acceleration(pairs)
    if acceleration is None or len(defined) < (1 - UNDEFINED_SHARE) * resamples:
        return None
    point = float(_rho(pairs, pairs.counts[None])[0])
    # Resamples equal to the point, up to rounding, count half, as in scipy.
    below, not_above = np.mean(defined < point - ROUNDING), np.mean(defined <= point + ROUNDING)
    bias = stats.norm.ppf((below + not_above) / 2)
    tail = two_sided_quantile(confidence)
    shifted = bias + np.array([-tail, tail])
    shares = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
    if not np.all(np.isfinite(shares)):
        return None
    low, high = np.quantile(defined, shares)
    return float(low), float(high)


def jackknife_acceleration(x: npt.ArrayLike, y: npt.ArrayLike) -> float | None:
    """Return sum d^3 / (6 (sum d^2)^1.5), d = mean of leave-one-out rho - that of the item (Efron 1987)."""
    return _acceleration(_distinct(x, y))


@dataclass(frozen=True)
class _Pairs:
    """The distinct pairs of a sample: how often each occurs, its level on either side (pairs x levels)."""

    counts: Vector
    first: Vector
    second: Vector


def _distinct(x: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> _Pairs:
    pairs, place = np.unique(np.column_stack([x, y]).astype(float), axis=0, return_inverse=True)
    weights = None if weight is None else np.asarray(weight, dtype=float)
    counts = np.bincount(place.ravel(), weights=weights, minlength=len(pairs))
    first, second = ((side[:, None] == np.unique(side)).astype(float) for side in pairs.T)
    return _Pairs(counts.astype(float), first, second)


def _acceleration(pairs: _Pairs) -> float | None:
    """Items of one pair share their leave-one-out value."""
    values = _rho(pairs, pairs.counts - np.eye(len(pairs.counts)))
    d = np.average(values, weights=pairs.counts) - values
    spread = float(pairs.counts @ d**2)
    if np.isnan(spread) or spread < ROUNDING**2:
        return None
    return float((pairs.counts @ d**3) / (6 * spread**1.5))


def _rho(pairs: _Pairs, counts: npt.NDArray[Any]) -> Vector:
    """Return Spearman's rho of each row of counts: Pearson of mid-ranks; NaN where a side is constant."""
    centre = (counts.sum(axis=1, keepdims=True) + 1) / 2
    sides = []
    for levels in (pairs.first, pairs.second):
        margin = counts @ levels
        sides.append((np.cumsum(margin, axis=1) - (margin - 1) / 2) @ levels.T - centre)
    first, second = sides
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(
            Vector,
            (counts * first * second).sum(axis=1)
            / np.sqrt((counts * first**2).sum(axis=1) * (counts * second**2).sum(axis=1)),
        )
