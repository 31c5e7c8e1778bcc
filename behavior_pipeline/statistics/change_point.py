"""The onset of a single shift of a weighted mean."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector


@dataclass(frozen=True)
class ChangePoint:
    """A shift: the first index after it, the means on both sides, the weighted squared error that is left."""

    onset_index: int
    before: float
    after: float
    ssr: float


def change_point(y: npt.ArrayLike, weight: npt.ArrayLike) -> ChangePoint | None:
    """Return the single mean shift that leaves the least weighted squared error, ties to the earliest.

    Points without a value (NaN) or weight take no part but keep their place; fewer than two others: None.
    """
    values, weights = np.asarray(y, dtype=float), np.asarray(weight, dtype=float).copy()
    weights[np.isnan(values)] = 0.0
    values = np.nan_to_num(values)
    present = np.flatnonzero(weights > 0)
    if len(present) < 2:  # noqa: PLR2004 - a shift has two sides
        return None
    splits = [_split(values, weights, int(onset)) for onset in present[1:]]
    least = min(split.ssr for split in splits)
    return next(split for split in splits if split.ssr <= least + 1e-12 * weights.sum())


def _split(values: Vector, weights: Vector, onset: int) -> ChangePoint:
    sides = [(values[part], weights[part]) for part in (slice(None, onset), slice(onset, None))]
    means = [float(np.average(side, weights=weight)) for side, weight in sides]
    ssr = sum(float(weight @ (side - mean) ** 2) for (side, weight), mean in zip(sides, means, strict=True))
    return ChangePoint(onset, means[0], means[1], ssr)
