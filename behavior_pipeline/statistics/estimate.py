"""Estimates that carry their error and effective size, and the Hajek mean of a weighted sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.intervals import wilson

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
SMALLEST_ERROR = 1e-9  # below it a standard error is rounding: the scores do not differ


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty; `reason` says why the value, or only its error, is missing.

    `n` counts the items, `n_kish` is (sum w)^2 / sum w^2, `n_eff` the size of a simple random sample with
    this error.
    """

    value: float | None = None
    reason: Reason | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    n_eff: float | None = None
    n_kish: float | None = None
    clusters: int | None = None


def kish(weight: npt.ArrayLike) -> float:
    """Return Kish's effective sample size, (sum w)^2 / sum w^2 (Kish 1965)."""
    weights = np.asarray(weight, dtype=float)
    return float(weights.sum() ** 2 / (weights**2).sum())


def hajek_mean(
    score: npt.ArrayLike, weight: npt.ArrayLike, *, cluster: Any = None, confidence: float = 0.95
) -> Estimate:
    """Return the weighted mean of scores in [0, 1] with its linearised error; NaN scores are unscored.

    `cluster` names whose item it is (a user's, a conversation's): errors are summed by it first, since such
    items are alike. Items without a name are their own cluster. Error: G/(G-1) sum of squared e, with
    e = w (y - mean) / sum w (Sarndal, Swensson & Wretman 1992, 5.7).
    """
    scores, weights = np.asarray(score, dtype=float), np.asarray(weight, dtype=float)
    scored = ~np.isnan(scores)
    y, w = scores[scored], weights[scored]
    if not len(y) or not w.sum() > 0:
        return Estimate(reason=Reason.NO_SCORED_TRACE)
    mean = float(np.average(y, weights=w))
    errors = _summed_by_cluster(
        w * (y - mean) / w.sum(), None if cluster is None else np.asarray(cluster)[scored]
    )
    groups = len(errors)
    n_kish = kish(w)
    if groups == 1:
        return Estimate(mean, Reason.ONE_CLUSTER, n=len(y), n_kish=n_kish, clusters=1)
    se = float(np.sqrt(groups / (groups - 1) * (errors**2).sum()))
    n_eff = mean * (1 - mean) / se**2 if se > SMALLEST_ERROR else n_kish
    low, high = mean_interval(mean, n_eff, clusters=groups, confidence=confidence)
    return Estimate(mean, None, se, low, high, len(y), n_eff, n_kish, groups)


def mean_interval(
    mean: float, n_eff: float, *, clusters: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return Wilson's interval of a weighted mean at its effective size, with Student's quantile.

    Why not mean +- 2 se: near 1, where scores live, that leaves [0, 1], and without a failure its width is 0.
    n_eff makes Wilson's variance the linearised one; few clusters give few degrees of freedom (Korn &
    Graubard 1998).
    """
    return wilson(min(max(mean, 0.0), 1.0), n_eff, confidence=confidence, degrees=clusters - 1)


def _summed_by_cluster(errors: Vector, cluster: Any) -> Vector:
    if cluster is None:
        return errors
    codes, names = pd.factorize(cluster)
    alone = codes < 0
    codes[alone] = len(names) + np.arange(alone.sum())
    return np.bincount(codes, weights=errors).astype(float)
