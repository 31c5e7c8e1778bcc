"""A change of a mean, split into a change of the mix and one within its cells (Kitagawa 1955)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector


@dataclass(frozen=True)
class Decomposition:
    """A change of a mean over cells as mix + within, each also by cell; errors are NaN where a cell's is."""

    total: float
    mix: float
    within: float
    mix_by_cell: Vector
    within_by_cell: Vector
    within_se: float
    within_se_by_cell: Vector


@dataclass(frozen=True)
class Side:
    """Cells of a period: shares (they are made to sum to 1), means, and the variances of the means.

    A cell without a share has no mean: NaN.
    """

    share: npt.ArrayLike
    mean: npt.ArrayLike
    variance: npt.ArrayLike | None = None


def kitagawa(before: Side, after: Side) -> Decomposition:
    """Return what of the change of a weighted mean is mix, and what happened within the cells.

    mix = sum (c - b)(m0 + m1) / 2, within = sum (m1 - m0)(b + c) / 2 (Kitagawa 1955, JASA 50). A cell that
    only one side has did not change within: its whole contribution is mix.
    """
    b, m0, v0 = _cells(before)
    c, m1, v1 = _cells(after)
    one_sided = np.isnan(m0) | np.isnan(m1)
    m0, m1 = np.where(np.isnan(m0), m1, m0), np.where(np.isnan(m1), m0, m1)
    mix, weight = (c - b) * (m0 + m1) / 2, np.where(one_sided, 0.0, (b + c) / 2)
    within = (m1 - m0) * weight
    variance = np.where(one_sided, 0.0, weight**2 * (v0 + v1))
    return Decomposition(
        total=float(c @ m1 - b @ m0), mix=float(mix.sum()), within=float(within.sum()), mix_by_cell=mix,
        within_by_cell=within, within_se=float(np.sqrt(variance.sum())), within_se_by_cell=np.sqrt(variance),
    )  # fmt: skip


def _cells(side: Side) -> tuple[Vector, Vector, Vector]:
    share, mean = np.asarray(side.share, dtype=float), np.asarray(side.mean, dtype=float)
    variance = np.full(len(mean), np.nan) if side.variance is None else np.asarray(side.variance, dtype=float)
    return share / share.sum(), np.where(share > 0, mean, np.nan), variance
