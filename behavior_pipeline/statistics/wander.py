"""How far levels wander between quiet weeks beyond sampling, and how alike neighbouring weeks are."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector

LONGEST_LAG = 12
CORRELATIONS = np.arange(0.0, 1.0, 0.05)


@dataclass(frozen=True)
class Wander:
    """An AR(1) process that all series of a pool have: its variance, and the correlation of two weeks."""

    variance: float = 0.0
    correlation: float = 0.0

    def of_contrast(self, weights: Vector) -> float:
        """Return what it adds to the variance of a weighted sum of consecutive weeks."""
        weeks = np.arange(len(weights))
        return float(self.variance * (weights @ self.alike(weeks) @ weights))

    def alike(self, weeks: npt.NDArray[Any]) -> Vector:
        """Return the correlations of weeks, given their numbers."""
        return cast(Vector, self.correlation ** np.abs(np.subtract.outer(weeks, weeks)))


def wander(levels: Vector, variances: Vector) -> Wander:
    """Return the common process of series x weeks of levels, given their sampling variances; NaN: no week.

    Half the mean square of two weeks' difference, less what sampling explains, is a variogram (Matheron
    1963); the process whose variance x (1 - correlation^lag) is nearest to it is returned. Series count by
    how well they are known. The variogram needs no mean, so that few weeks give no bias.
    """
    known = np.isfinite(levels) & np.isfinite(variances)
    number = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, variances, 0.0).sum(axis=1, keepdims=True) / number
    weight = np.where(mean > 0, 1 / np.where(mean > 0, mean, 1.0), 0.0)
    beyond, counted = [], []
    for lag in range(1, min(LONGEST_LAG, levels.shape[1] - 1) + 1):
        half_square = (levels[:, lag:] - levels[:, :-lag]) ** 2 / 2
        excess = half_square - (variances[:, lag:] + variances[:, :-lag]) / 2
        seen = np.isfinite(excess)
        total = float((seen * weight).sum())
        counted.append(float(seen.sum()))
        beyond.append(float(np.where(seen, excess * weight, 0.0).sum()) / total if total > 0 else 0.0)
    return _nearest(np.array(beyond), np.array(counted))


def _nearest(variogram: Vector, counted: Vector) -> Wander:
    """Return the process whose variogram is nearest, by weighted least squares over a grid."""
    if not counted.sum() > 0:
        return Wander()
    lags = np.arange(1, len(variogram) + 1)
    shapes = 1 - CORRELATIONS[:, None] ** lags
    variances = np.maximum((shapes * variogram * counted).sum(1) / (shapes**2 * counted).sum(1), 0.0)
    misses = ((variogram - variances[:, None] * shapes) ** 2 * counted).sum(1)
    best = int(np.argmin(misses))
    return Wander(float(variances[best]), float(CORRELATIONS[best]) if variances[best] > 0 else 0.0)
