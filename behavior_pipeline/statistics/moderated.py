"""Variances of many series that learn from each other: Smyth's empirical Bayes (limma)."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import special

from behavior_pipeline.statistics.estimate import Vector

STEPS = 50
ENOUGH = 1e-8
LEAST_OF_MEDIAN = 1e-5  # a variance of 0 has no logarithm; limma's fitFDist lifts it like this


@dataclass(frozen=True)
class Moderated:
    """Prior (degrees of freedom, may be infinite, and variance) and each series' squeezed variance."""

    prior_df: float
    prior_variance: float
    posterior: Vector
    df: Vector


def trigamma_inverse(y: float) -> float:
    """Return x > 0 with trigamma(x) = y > 0, by Newton's method on 1 / trigamma (Smyth 2004, appendix)."""
    if y > 1e7:  # noqa: PLR2004 - limma: the series of trigamma at 0 and at infinity
        return float(1 / np.sqrt(y))
    if y < 1e-6:  # noqa: PLR2004
        return 1 / y
    x = 0.5 + 1 / y
    for _ in range(STEPS):
        value = float(special.polygamma(1, x))
        step = value * (1 - value / y) / float(special.polygamma(2, x))
        x += step
        if -step / x < ENOUGH:
            break
    return x


def moderated_variance(variance: npt.ArrayLike, df: npt.ArrayLike) -> Moderated:
    """Return variances squeezed to their common prior, by how alike they are (Smyth 2004, section 6.2).

    `df` are the degrees of freedom of each, one number or as many. Where the variances differ by less than
    chance the prior has infinite degrees of freedom and all have the pooled mean. `df` of the result are
    those of a t statistic, never more than all series have together (limma's eBayes). At least one series.
    """
    values = np.asarray(variance, dtype=float)
    degrees = np.broadcast_to(np.asarray(df, dtype=float), values.shape)
    total = float(degrees.sum())
    prior_df, prior_variance = _prior(values, degrees)
    if np.isinf(prior_df):
        posterior = np.full(values.shape, prior_variance)
    else:
        posterior = (prior_df * prior_variance + degrees * values) / (prior_df + degrees)
    return Moderated(prior_df, prior_variance, posterior, np.minimum(prior_df + degrees, total))


def _prior(values: Vector, degrees: Vector) -> tuple[float, float]:
    """Return degrees of freedom and variance of the prior by the moments of log F."""
    mean = float(np.average(values, weights=degrees))
    if len(values) < 2 or not mean > 0:  # noqa: PLR2004
        return np.inf, mean
    lifted = np.maximum(values, LEAST_OF_MEDIAN * (np.median(values) or mean))
    logs = np.log(lifted) - special.digamma(degrees / 2) + np.log(degrees / 2)
    beyond = float(np.var(logs, ddof=1) - np.mean(special.polygamma(1, degrees / 2)))
    if beyond <= 0:
        return np.inf, mean
    half = trigamma_inverse(beyond)
    centre = cast(float, np.mean(logs) + special.digamma(half) - np.log(half))
    return 2 * half, float(np.exp(centre))
