"""How often a judge that did not change would show such a fall of its agreement: a predictive p-value.

A posterior probability of a drop says how likely the drop is, given the labels; it does not say how often the
same probability comes up by chance, which depends on how many labels there are and how rare failures are.
"""

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import stats

from behavior_pipeline.statistics.correlation import fisher_se, to_fisher
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.posterior import PRIOR

DRAWS = 10_000
SEED = 20_001
ROUNDING = 1e-12


@dataclass(frozen=True)
class Sample:
    """A 2 x 2 table of counts (rows human, pass first), and the pass share if drawn per judge verdict."""

    table: Vector
    pass_share: float | None = None


def p_of_fall(before: Sample, after: Sample) -> float | None:
    """Return P(a fall of MCC as large as the seen one) if both samples had one truth, posterior predictive.

    The truth is drawn from both samples together (Dirichlet or Betas, count + 1/2), then either sample anew
    (Rubin 1984; Gelman, Meng & Stern 1996). The seed is fixed, so equal labels give equal values. None where
    an MCC is not defined, or where one sample was drawn per verdict and the other was not.
    """
    if (before.pass_share is None) is not (after.pass_share is None):
        return None
    seen = float(_mcc(after, after.table[None])[0] - _mcc(before, before.table[None])[0])
    if math.isnan(seen):
        return None
    generator = np.random.default_rng(SEED)
    redraw = _by_verdict if before.pass_share is not None else _at_random
    again = redraw(before.table, after.table, generator)
    fall = _mcc(after, again[1]) - _mcc(before, again[0])
    return float(np.mean(fall[~np.isnan(fall)] <= seen + ROUNDING))


def p_of_rho_fall(before: tuple[float, int], after: tuple[float, int]) -> float:
    """Return the one-sided p-value of a fall of Spearman's rho, given (rho, n) of either; n > 3."""
    (was, n_was), (now, n_now) = before, after
    weight = n_was - 3, n_now - 3
    common = math.tanh((weight[0] * to_fisher(was) + weight[1] * to_fisher(now)) / sum(weight))
    error = math.hypot(fisher_se(common, n_was), fisher_se(common, n_now))
    return float(stats.norm.cdf((to_fisher(now) - to_fisher(was)) / error))


def _by_verdict(before: Vector, after: Vector, generator: np.random.Generator) -> tuple[Vector, Vector]:
    """Return tables, draws x 2 x 2, with the columns' numbers of labels as they were."""
    together = before + after + PRIOR
    good = generator.beta(together[0], together[1], size=(DRAWS, 2))
    drawn = []
    for table in (before, after):
        n = table.sum(axis=0).astype(np.int64)
        hits = generator.binomial(n, good)
        drawn.append(np.stack([hits, n - hits], axis=1).astype(float))
    return drawn[0], drawn[1]


def _at_random(before: Vector, after: Vector, generator: np.random.Generator) -> tuple[Vector, Vector]:
    shares = generator.dirichlet((before + after + PRIOR).ravel(), size=DRAWS)
    first, second = (
        generator.multinomial(int(table.sum()), shares).reshape(DRAWS, 2, 2).astype(float)
        for table in (before, after)
    )
    return first, second


def _mcc(sample: Sample, tables: Vector) -> Vector:
    """Return the MCC of each table, re-weighted to production if drawn per verdict; NaN if not defined."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if sample.pass_share is not None:
            q = np.array([sample.pass_share, 1 - sample.pass_share])
            tables = tables / tables.sum(axis=1, keepdims=True) * q
        rows, columns = tables.sum(axis=2), tables.sum(axis=1)
        determinant = tables[:, 0, 0] * tables[:, 1, 1] - tables[:, 0, 1] * tables[:, 1, 0]
        return cast(Vector, determinant / np.sqrt(rows.prod(axis=1) * columns.prod(axis=1)))
