"""Agreement of two raters: Matthews correlation, Cohen's kappa, Spearman's rho and Kendall's tau-b."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Estimate, Vector

Weights = Literal["quadratic"] | None


def confusion(
    human: npt.ArrayLike,
    judge: npt.ArrayLike,
    classes: Sequence[float] | Vector,
    *,
    weights: npt.ArrayLike | None = None,
) -> Vector:
    """Return the table of counts or summed weights, rows human and columns judge, in the classes' order."""
    rows, columns = (
        np.asarray(human)[:, None] == classes,
        (np.asarray(judge)[:, None] == classes).astype(float),
    )
    counted = columns if weights is None else columns * np.asarray(weights, dtype=float)[:, None]
    return cast(Vector, rows.astype(float).T @ counted)


def mcc(table: npt.ArrayLike) -> Estimate:
    """Return the Matthews correlation of a k x k table (rows human); beyond two classes R_K (Gorodkin 2004).

    Cells are counts or shares. A side that uses one class only has no correlation; the human side is named
    first.
    """
    cells = np.asarray(table, dtype=float)
    total = cells.sum()
    if total <= 0:
        return Estimate(reason=Reason.NO_LABELS)
    cells = cells / total
    human, judge = cells.sum(axis=1), cells.sum(axis=0)
    for margin, reason in ((human, Reason.HUMAN_ONE_CLASS), (judge, Reason.JUDGE_ONE_CLASS)):
        if np.count_nonzero(margin) == 1:
            return Estimate(reason=reason, n=round(total))
    covariance = np.trace(cells) - human @ judge
    return Estimate(float(covariance / np.sqrt((1 - human @ human) * (1 - judge @ judge))), n=round(total))


def cohen_kappa(table: npt.ArrayLike, *, weights: Weights = None) -> Estimate:
    """Return Cohen's kappa; quadratic weights charge a miss by two steps four times (Cohen 1968)."""
    cells = np.asarray(table, dtype=float)
    total = cells.sum()
    if total <= 0:
        return Estimate(reason=Reason.NO_LABELS)
    steps = np.subtract.outer(np.arange(len(cells)), np.arange(len(cells)))
    cost = steps**2 if weights == "quadratic" else steps != 0
    observed = (cost * cells).sum() / total
    expected = (cost * np.outer(cells.sum(axis=1), cells.sum(axis=0))).sum() / total**2
    if expected <= 0:
        return Estimate(reason=Reason.ONE_CLASS, n=round(total))
    return Estimate(float(1 - observed / expected), n=round(total))


def mean_of_pairs(
    ratings: Vector, agreement: Callable[[Vector, Vector], float | None], *, fewest: int = 1
) -> float | None:
    """Return the mean agreement of two raters, weighted by the items that they share; None without any.

    `ratings` are raters x items, NaN where a rater did not rate. Pairs that share fewer than `fewest` items,
    and those whose agreement is not defined, stay out.
    """
    total, items = 0.0, 0
    for one, other in combinations(ratings, 2):
        both = ~np.isnan(one) & ~np.isnan(other)
        shared = int(both.sum())
        value = agreement(one[both], other[both]) if shared >= fewest else None
        if value is not None:
            total, items = total + value * shared, items + shared
    return total / items if items else None


def spearman(x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    """Return Spearman's rank correlation, ties at mid-ranks."""
    return _of_ranks(x, y, lambda first, second: float(stats.spearmanr(first, second).statistic))


def kendall_tau_b(x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    """Return Kendall's tau-b, which allows for ties."""
    return _of_ranks(x, y, lambda first, second: float(stats.kendalltau(first, second).statistic))


def _of_ranks(x: npt.ArrayLike, y: npt.ArrayLike, statistic: Callable[[Vector, Vector], float]) -> Estimate:
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not len(first):
        return Estimate(reason=Reason.NO_LABELS)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return Estimate(reason=Reason.CONSTANT, n=len(first))
    return Estimate(statistic(first, second), n=len(first))
