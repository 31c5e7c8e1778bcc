"""Whether shares of ordered categories are alike: Rao and Scott's chi-square, and how far they are apart."""

from typing import NamedTuple

import numpy as np

from behavior_pipeline.statistics.estimate import Vector

FEWEST_EXPECTED = 5.0  # Cochran's rule: rarer categories are taken together with their neighbours


class ChiSquare(NamedTuple):
    """The statistic and its degrees of freedom; 0 of them: nothing to compare."""

    statistic: float
    df: int


def chi_square(shares: Vector, sizes: Vector) -> ChiSquare:
    """Return Pearson's test of equal shares, at effective sizes (Rao and Scott 1984, first order).

    `shares` have a row a sample and a column a category in their order; `sizes` are those of simple random
    samples with the samples' errors.
    """
    used = sizes > 0
    counts = shares[used] * sizes[used][:, None]
    counts = _merged(counts)
    if len(counts) < 2 or counts.shape[1] < 2:  # noqa: PLR2004 - two samples, two categories
        return ChiSquare(0.0, 0)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return ChiSquare(statistic, (len(counts) - 1) * (counts.shape[1] - 1))


def wasserstein(first: Vector, second: Vector, scores: Vector) -> float:
    """Return how far shares have to be moved over the scale on average, in units of the scores."""
    apart = np.abs(np.cumsum(first - second))[:-1]
    return float(apart @ np.diff(scores))


def _merged(counts: Vector) -> Vector:
    """Take neighbouring categories together until the smallest sample expects enough in each."""
    smallest = counts.sum(axis=1).min() / counts.sum() if counts.sum() else 0.0
    columns: list[Vector] = []
    for column in counts.T:
        if columns and columns[-1].sum() * smallest < FEWEST_EXPECTED:
            columns[-1] = columns[-1] + column
        else:
            columns.append(column)
    if len(columns) > 1 and columns[-1].sum() * smallest < FEWEST_EXPECTED:
        last = columns.pop()
        columns[-1] = columns[-1] + last
    return np.array(columns).T if columns else counts[:, :0]
