"""The day on which a level moved, with an interval: the posterior over days of a change and of a dip.

Barnard (1959, JRSS B 21) and Smith (1975, Biometrika 62) on the posterior of a change point; here the level
before is known from a baseline, and the level after is integrated out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, ndtri, xlogy

from behavior_pipeline.statistics.estimate import Vector

PARTS = np.array([1.0, 0.125, 0.375, 0.625, 0.875])  # of the first day that has the new level
PART_WEIGHTS = np.array([0.5, 0.125, 0.125, 0.125, 0.125])  # a change at midnight is as likely as all others
LASTS = 0.5  # prior that the new level lasts until the last day
NODES = 7
AFTER = 81
CLIP = 1e-4

# Log likelihood of each day (rows) at levels of any shape (columns behind them).
Likelihood = Callable[[Vector], Vector]


@dataclass(frozen=True)
class Onset:
    """The most likely first day of the new level and an interval of days, as indexes; its probability."""

    day: int
    low: int
    high: int
    probability: float


def of_shares(mean: Vector, size: Vector) -> Likelihood:
    """Return the likelihood of days with a mean in [0, 1] worth `size` traces (0: a day without any).

    That of a binomial; for graded scores a quasi-likelihood with the variance of the same form.
    """
    passed, n = np.where(size > 0, mean, 0.0) * size, size

    def likelihood(level: Vector) -> Vector:
        p = np.clip(level, CLIP, 1 - CLIP)[None]
        shape = (-1, *(1,) * level.ndim)
        return np.asarray(xlogy(passed.reshape(shape), p) + xlogy((n - passed).reshape(shape), 1 - p), float)

    return likelihood


def of_values(mean: Vector, variance: Vector) -> Likelihood:
    """Return the likelihood of days with a mean and its variance (infinite: a day without any)."""
    known = np.isfinite(variance) & np.isfinite(mean)
    y, precision = np.where(known, mean, 0.0), np.where(known, 1 / np.where(known, variance, 1.0), 0.0)

    def likelihood(level: Vector) -> Vector:
        shape = (-1, *(1,) * level.ndim)
        return np.asarray(-0.5 * precision.reshape(shape) * (y.reshape(shape) - level[None]) ** 2, float)

    return likelihood


def onset(
    likelihood: Likelihood, *, baseline: tuple[float, float], levels: tuple[float, float], days: int,
    probability: float = 0.9,
) -> Onset | None:  # fmt: skip
    """Return when the level left the baseline (its mean and error), for good or for some days.

    The new level lies anywhere between `levels`, all on the side of the baseline to which the series moved;
    the first day may have it in part. Every day is as likely beforehand. None without days.
    """
    if days == 0:
        return None
    before = baseline[0] + baseline[1] * ndtri((np.arange(NODES) + 0.5) / NODES)
    after = np.linspace(*levels, AFTER)
    at_before = likelihood(before)[:, :, None]  # day x before
    at_after = likelihood(after)[:, None, :]  # day x after
    first_day = likelihood(PARTS * after[None, :, None] + (1 - PARTS) * before[:, None, None])
    first_day = logsumexp(first_day, axis=-1, b=PART_WEIGHTS)  # day x before x after
    # What each day says for the new level rather than the old one.
    gain, gain_first = at_after - at_before, first_day - at_before
    unchanged = at_before.sum(axis=0)
    evidence = logsumexp(unchanged + gain_first + _until_an_end(gain), axis=(1, 2))
    posterior = np.exp(evidence - logsumexp(evidence))
    low, high = shortest(posterior, probability)
    return Onset(int(posterior.argmax()), low, high, float(posterior[low : high + 1].sum()))


def _until_an_end(gain: Vector) -> Vector:
    """Return for each first day the log mean, over all ends, of what the days behind it gain."""
    days = len(gain)
    total = np.concatenate([np.zeros((1, *gain.shape[1:])), np.cumsum(gain, axis=0)])
    rest = np.empty_like(gain)
    for day in range(days):
        ends = total[day + 1 :] - total[day + 1]  # after its own day: the end is behind it, ..., at the last
        weights = np.full(len(ends), (1 - LASTS) / max(len(ends) - 1, 1))
        weights[-1] = LASTS if len(ends) > 1 else 1.0
        rest[day] = logsumexp(ends, axis=0, b=weights.reshape(-1, 1, 1))
    return rest


def shortest(posterior: Vector, probability: float) -> tuple[int, int]:
    """Return the first and last day of the interval around the mode that holds about the probability.

    It grows by the likelier neighbour; the last step is taken only if that brings its mass nearer, since days
    are coarse and an interval that always holds at least 90 % holds the truth in 97 %.
    """
    low = high = int(posterior.argmax())
    mass = float(posterior[low])
    while mass < probability:
        left = posterior[low - 1] if low > 0 else -1.0
        right = posterior[high + 1] if high + 1 < len(posterior) else -1.0
        step = float(max(left, right))
        if step < 0 or mass + step - probability > probability - mass:
            break
        mass += step
        low, high = (low - 1, high) if left >= right else (low, high + 1)
    return low, high
