"""Krippendorff's alpha: agreement of any number of annotators, with labels missing."""

from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Estimate, Vector

Level = Literal["nominal", "ordinal", "interval", "ratio"]
PAIR = 2


def krippendorff_alpha(ratings: npt.ArrayLike, *, level: Level) -> Estimate:
    """Return alpha, 1 - observed / expected disagreement, of annotators x items; NaN is no rating.

    From coincidences (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability). Items with fewer than
    two ratings say nothing and are left out; `n` counts the others. `ratio` wants numbers >= 0.
    """
    given = np.asarray(ratings, dtype=float)
    given = given[:, (~np.isnan(given)).sum(axis=0) >= PAIR] if given.size else given.reshape(0, 0)
    items = given.shape[1]
    if not items:
        return Estimate(reason=Reason.NO_LABELS)
    values = np.unique(given[~np.isnan(given)])
    counts = (given[:, :, None] == values).sum(axis=0).astype(float)  # items x values
    raters = counts.sum(axis=1, keepdims=True)
    coincidences = (counts / (raters - 1)).T @ counts - np.diag((counts / (raters - 1)).sum(axis=0))
    margin = coincidences.sum(axis=0)
    total = margin.sum()
    distance = _distances(values, margin, level)
    expected = (np.outer(margin, margin) * distance).sum() / (total - 1)
    if expected <= 0:
        return Estimate(reason=Reason.ONE_CLASS, n=items)
    return Estimate(float(1 - (coincidences * distance).sum() / expected), n=items)


def _distances(values: Vector, margin: Vector, level: Level) -> Vector:
    """Return squared differences of values; ordinal ones count the ratings that lie between, ends by half."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "ordinal":
        middles = np.cumsum(margin) - margin / 2
        return cast(Vector, np.subtract.outer(middles, middles) ** 2)
    apart = np.subtract.outer(values, values)
    if level == "interval":
        return cast(Vector, apart**2)
    sums = np.add.outer(values, values)
    return cast(Vector, np.divide(apart, sums, out=np.zeros_like(apart), where=sums != 0) ** 2)
