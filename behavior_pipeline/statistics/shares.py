"""Whether a share fits those of earlier days: a beta-binomial prediction."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Vector = npt.NDArray[np.float64]


class History(NamedTuple):
    """Sums over earlier days of a share: seen, expected, squares, and how many days there were."""

    seen: float
    expected: float
    seen_squared_by_expected: float
    expected_squared: float
    days: int

    @classmethod
    def of(cls, seen: Vector, expected: Vector) -> "History":
        """Return the sums of days with something expected."""
        known = expected > 0
        s, n = seen[known], expected[known]
        return cls(float(s.sum()), float(n.sum()), float((s**2 / n).sum()), float((n**2).sum()), len(n))

    @property
    def share(self) -> float:
        """Return the share over all days."""
        return self.seen / self.expected


def intraclass_correlation(history: History) -> float:
    """Return how much days differ beyond chance, in [0, 1): the moment estimator of one-way ANOVA.

    0 means that all days share one level; 1 that each day is all or nothing.
    """
    s, n, squares, n_squared, days = history
    if days < 2 or n <= days:  # noqa: PLR2004 - a variance needs two
        return 0.0
    between = (squares - s**2 / n) / (days - 1)
    within = (s - squares) / (n - days)
    size = (n - n_squared / n) / (days - 1)
    total = between + (size - 1) * within
    return float(np.clip((between - within) / total, 0.0, 0.99)) if total > 0 else 0.0


def predictive_p(seen: float, expected: float, history: History) -> float:
    """Return the two-sided p-value of a day's count, given earlier days.

    The day's count is beta-binomial about their share; its extra variance is that of a new day and that of
    the share's own estimate. It is exact for small counts, where a normal approximation would warn of single
    traces.
    """
    counts = predicted(expected, history, correlation=intraclass_correlation(history))
    if counts is None:
        return 1.0
    low, high = float(counts.cdf(seen)), float(counts.sf(seen - 1))
    return min(1.0, 2 * min(low, high))


def predicted(expected: float, history: History, *, correlation: float) -> Any:
    """Return the beta-binomial distribution of a new count; None: days differ so much that any may come."""
    of_share = correlation * history.expected_squared / history.expected**2 + 1 / (history.expected + 1)
    spread = correlation + of_share
    if spread >= 1:
        return None
    size, share = 1 / spread - 1, (history.seen + 0.5) / (history.expected + 1)
    return stats.betabinom(int(expected), share * size, (1 - share) * size)


def pooled_correlations(histories: Sequence[History], *, weight: float) -> list[float]:
    """Return each history's intraclass correlation, mixed with that of all as if that came of `weight` days.

    A few days tell their own spread badly; that of all is the mean by degrees of freedom.
    """
    alone = np.array([intraclass_correlation(history) for history in histories])
    df = np.array([max(history.days - 1, 0) for history in histories], dtype=float)
    common = float(alone @ df / df.sum()) if df.sum() else 0.0
    return list((alone * df + common * weight) / (df + weight))
