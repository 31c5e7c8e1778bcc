"""Posteriors of an agreement: probability above the gate, credible interval, probability of a drop."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from behavior_pipeline.statistics.correlation import fisher_se, to_fisher
from behavior_pipeline.statistics.estimate import Vector

PRIOR = 0.5
LOG2_POINTS = 16
LEVELS = 1024
SEED = 20_002


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


class Stratum(NamedTuple):
    """Labels that stand for a share of the traffic: counts by human and judge, pass first, and what is added.

    A cell of `prior` that is 0 cannot occur, as where a stratum is one verdict of the judge. `share_n` is the
    number of draws from which the stratum's total was estimated.
    """

    table: Vector
    share: float
    prior: Vector
    share_n: float = np.inf


def mcc_posterior(table: npt.ArrayLike, *, prior: float = PRIOR) -> Posterior:
    """Return the posterior of a table's MCC (rows human, pass first), cells ~ Dirichlet(count + prior)."""
    return strata_mcc_posterior([Stratum(np.asarray(table, dtype=float), 1.0, np.full((2, 2), prior))])


def strata_mcc_posterior(strata: Sequence[Stratum], *, prevalence: float | None = None) -> Posterior:
    """Return the posterior of the MCC of all strata together, or of a judge that errs so at a prevalence.

    The cells of a stratum ~ Dirichlet(count + prior), which factorises into independent Betas: one where the
    judge's verdict is given, else those of prevalence, sensitivity and specificity. A stratum's total
    ~ Gamma(share_n), unless it is known.
    """
    good_passed, good, passed = _drawn_shares(strata)
    with np.errstate(invalid="ignore", divide="ignore"):
        if prevalence is not None:
            sensitivity, fall_out = good_passed / good, (passed - good_passed) / (1 - good)
            good_passed, good = prevalence * sensitivity, np.full_like(good, prevalence)
            passed = good_passed + (1 - prevalence) * fall_out
        values = (good_passed - good * passed) / np.sqrt(good * (1 - good) * passed * (1 - passed))
    # A Beta of a near-empty cell rounds to 0 or 1: the limit of the correlation there is 0.
    return Posterior(np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), -1, 1))


def _drawn_shares(strata: Sequence[Stratum]) -> tuple[Vector, Vector, Vector]:
    """Return draws of the shares of the traffic that are good and passed, good, and passed."""
    kinds = [_columns(stratum.prior) for stratum in strata]
    parameters = [
        pair for stratum, kind in zip(strata, kinds, strict=True) for pair in _factors(stratum, kind)
    ]
    shares, betas = _shares(strata), iter(_betas(parameters))
    good_passed = good = passed = np.zeros(2**LOG2_POINTS)
    for share, kind in zip(shares, kinds, strict=True):
        is_good = next(betas)
        both = is_good * (next(betas) if kind is None else kind)
        bad_passed = (1 - is_good) * (1 - next(betas) if kind is None else kind)
        good_passed = good_passed + share * both
        passed = passed + share * (both + bad_passed)
        good = good + share * is_good
    return good_passed, good, passed


def _shares(strata: Sequence[Stratum]) -> list[Vector | float]:
    """Return the strata's shares, draw by draw where they were estimated."""
    if all(np.isinf(stratum.share_n) for stratum in strata):
        return [stratum.share for stratum in strata]
    generator = np.random.default_rng(SEED)
    totals = [
        stratum.share * generator.standard_gamma(stratum.share_n, size=2**LOG2_POINTS) / stratum.share_n
        if np.isfinite(stratum.share_n)
        else np.full(2**LOG2_POINTS, stratum.share)
        for stratum in strata
    ]
    return [total / np.sum(totals, axis=0) for total in totals]


def _columns(prior: Vector) -> int | None:
    """Return 1 where the judge always passes, 0 where it always fails, None where it may do either."""
    passes, fails = (bool(column.any()) for column in prior.T)
    return None if passes and fails else int(passes)


def _factors(stratum: Stratum, kind: int | None) -> list[tuple[float, float]]:
    cells = stratum.table + stratum.prior
    (tp, fn), (fp, tn) = (tuple(float(cell) for cell in row) for row in cells)
    if kind is None:
        return [(tp + fn, fp + tn), (tp, fn), (tn, fp)]
    return [(tp, fp) if kind else (fn, tn)]


def production_table(table: npt.ArrayLike, pass_share: float) -> Vector:
    """Return the 2 x 2 table of shares that production would show, from labels drawn per judge verdict.

    Each verdict's column is re-weighted to its production share. Without labels of a verdict its column is
    NaN.
    """
    cells = np.asarray(table, dtype=float)
    drawn = cells.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(Vector, cells / drawn * np.array([pass_share, 1 - pass_share]))


def production_shares(strata: Sequence[Stratum]) -> Vector:
    """Return the 2 x 2 table of shares of the traffic that the strata's labels show."""
    return cast(Vector, sum(stratum.share * stratum.table / stratum.table.sum() for stratum in strata))


def spearman_posterior(rho: float, n: float) -> Posterior:
    """Return the distribution of Spearman's rho that Bonett & Wright's standard error implies; n > 3."""
    normal = stats.norm.ppf(_middles(2**LOG2_POINTS))
    return Posterior(np.tanh(to_fisher(rho) + fisher_se(rho, n) * normal))


def probability_of_drop(before: Posterior, after: Posterior, *, drop: float) -> float:
    """Return P(before - after > drop) of two independent posteriors, over all pairs of their values."""
    below = np.searchsorted(after.values, before.values - drop, side="left")
    return float(below.mean() / len(after.values))


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
