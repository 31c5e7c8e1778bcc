"""Posteriors of an agreement: probability above the gate, credible interval, probability of a drop."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from behavior_pipeline.statistics.correlation import fisher_se, to_fisher
from behavior_pipeline.statistics.estimate import Vector

PRIOR = 0.5
LOG2_POINTS = 16
LEVELS = 1024


@dataclass(frozen=True)
class Posterior:
    """An agreement as equally likely values, in any order.

    The values come from a fixed low-discrepancy set (Sobol), so that the same labels always give the same
    probabilities; they are within .001 of the exact integral.
    """

    drawn: Vector = field(repr=False)

    @cached_property
    def values(self) -> Vector:
        """The values in rising order; sorting costs half of a posterior, and only comparing two needs it."""
        return np.sort(self.drawn)

    def above(self, gate: float) -> float:
        """Return P(agreement >= gate)."""
        return float(np.mean(self.drawn >= gate))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the central credible interval."""
        tail = (1 - confidence) / 2
        low, high = np.quantile(self.drawn, [tail, 1 - tail])
        return float(low), float(high)


def mcc_posterior(table: npt.ArrayLike, *, prior: float = PRIOR) -> Posterior:
    """Return the posterior of a 2 x 2 table's MCC (rows human, pass first), cells ~ Dirichlet(count + prior).

    A Dirichlet factorises into independent Betas of prevalence, sensitivity and specificity.
    """
    (tp, fn), (fp, tn) = np.asarray(table, dtype=float) + prior
    prevalence, sensitivity, specificity = _betas([(tp + fn, fp + tn), (tp, fn), (tn, fp)])
    passed = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    return _posterior((sensitivity + specificity - 1) * _ratio(prevalence, passed))


def production_table(table: npt.ArrayLike, pass_share: float) -> Vector:
    """Return the 2 x 2 table of shares that production would show, from labels drawn per judge verdict.

    Each verdict's column is re-weighted to its production share. Without labels of a verdict its column is
    NaN.
    """
    cells = np.asarray(table, dtype=float)
    drawn = cells.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(Vector, cells / drawn * np.array([pass_share, 1 - pass_share]))


def stratified_mcc_posterior(table: npt.ArrayLike, pass_share: float, *, prior: float = PRIOR) -> Posterior:
    """Return the posterior of the production MCC, labels drawn per judge verdict (columns), pass share known.

    Predictive values ~ independent Beta(count + prior).
    """
    (pass_pass, pass_fail), (fail_pass, fail_fail) = np.asarray(table, dtype=float) + prior
    ppv, npv = _betas([(pass_pass, fail_pass), (fail_fail, pass_fail)])
    prevalence = pass_share * ppv + (1 - pass_share) * (1 - npv)
    return _posterior((ppv + npv - 1) * _ratio(np.full_like(ppv, pass_share), prevalence))


def spearman_posterior(rho: float, n: int) -> Posterior:
    """Return the distribution of Spearman's rho that Bonett & Wright's standard error implies; n > 3."""
    normal = stats.norm.ppf(_middles(2**LOG2_POINTS))
    return Posterior(np.tanh(to_fisher(rho) + fisher_se(rho, n) * normal))


def probability_of_drop(before: Posterior, after: Posterior, *, drop: float) -> float:
    """Return P(before - after > drop) of two independent posteriors, over all pairs of their values."""
    below = np.searchsorted(after.values, before.values - drop, side="left")
    return float(below.mean() / len(after.values))


def _ratio(top: Vector, bottom: Vector) -> Vector:
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(Vector, np.sqrt(top * (1 - top) / (bottom * (1 - bottom))))


def _posterior(values: Vector) -> Posterior:
    # A Beta of a near-empty cell rounds to 0 or 1: the limit of the correlation there is 0.
    return Posterior(np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), -1, 1))


def _betas(parameters: Sequence[tuple[float, float]]) -> list[Vector]:
    """Return draws of independent Betas: quantiles are computed once a level, then taken at every point."""
    return [
        _quantiles(a, b)[index] for (a, b), index in zip(parameters, _points(len(parameters)), strict=True)
    ]


@lru_cache(maxsize=1024)
def _quantiles(a: float, b: float) -> Vector:
    """Return a Beta's quantiles; one pool is asked for by the gate and by the drop rule."""
    return special.betaincinv(a, b, _middles(LEVELS))


def _middles(count: int) -> Vector:
    return (np.arange(count) + 0.5) / count


@cache
def _points(dimensions: int) -> npt.NDArray[np.int64]:
    """Return a Sobol set as levels of each dimension, dimensions x 2^k."""
    points = stats.qmc.Sobol(dimensions, scramble=False).random_base2(LOG2_POINTS)
    return (points.T * LEVELS).astype(np.int64)
