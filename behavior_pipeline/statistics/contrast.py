"""Changes of shares and of means: on the logit scale, with the variance where current and baseline meet."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector

HALF = 0.5  # a pass and a fail that are half seen: a level of 0 or 1 has a logit, too


class Change(NamedTuple):
    """Changes and their variances, elementwise."""

    value: Vector
    variance: Vector

    @property
    def z(self) -> Vector:
        """Return the changes in standard errors."""
        return self.value / np.sqrt(self.variance)

    def minus(self, other: "Change") -> "Change":
        """Return the difference of two independent changes."""
        return Change(self.value - other.value, self.variance + other.variance)


def logit(share: npt.ArrayLike) -> Vector:
    """Return log odds of shares in (0, 1)."""
    shares = np.asarray(share, dtype=float)
    return cast(Vector, np.log(shares) - np.log1p(-shares))


def smoothed(share: npt.ArrayLike, n_eff: npt.ArrayLike) -> Vector:
    """Return shares with half a pass and half a fail more, which is never 0 or 1 (Haldane 1956)."""
    shares, sizes = np.asarray(share, dtype=float), np.asarray(n_eff, dtype=float)
    return cast(Vector, (shares * sizes + HALF) / (sizes + 2 * HALF))


def drawn_to(share: npt.ArrayLike, n_eff: npt.ArrayLike, *, level: npt.ArrayLike) -> Vector:
    """Return shares with one item more that is like `level`: never 0 or 1, and no change by itself.

    With half a pass and half a fail instead, a small sample at a high level falls by being small.
    """
    shares, sizes = np.asarray(share, dtype=float), np.asarray(n_eff, dtype=float)
    return cast(Vector, (shares * sizes + np.asarray(level, dtype=float)) / (sizes + 1))


def logit_variance(share: npt.ArrayLike, n_eff: npt.ArrayLike) -> Vector:
    """Return the variance of the logit of a share that was seen in n_eff items (Woolf 1955)."""
    shares = np.asarray(share, dtype=float)
    return cast(Vector, 1 / (np.asarray(n_eff, dtype=float) * shares * (1 - shares)))


def logit_change(
    current: tuple[npt.ArrayLike, npt.ArrayLike],
    baseline: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    midpoint: bool = True,
) -> Change:
    """Return the change of the logit, given (share, n_eff) now and before.

    With `midpoint` both variances are taken at the mean of the two levels: each at its own level says of a
    fall that it is more certain than it is, and of a rise less.
    """
    (now, n_now), (before, n_before) = current, baseline
    now, before = np.asarray(now, dtype=float), np.asarray(before, dtype=float)
    middle = (now + before) / 2
    at_now, at_before = (middle, middle) if midpoint else (now, before)
    return Change(
        logit(now) - logit(before), logit_variance(at_now, n_now) + logit_variance(at_before, n_before)
    )


def mean_change(
    current: tuple[npt.ArrayLike, npt.ArrayLike],
    baseline: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    variance: npt.ArrayLike,
) -> Change:
    """Return the change of a mean on its own scale, given (mean, n_eff) and the variance of one item."""
    (now, n_now), (before, n_before) = current, baseline
    inverse = 1 / np.asarray(n_now, dtype=float) + 1 / np.asarray(n_before, dtype=float)
    return Change(
        np.asarray(now, dtype=float) - np.asarray(before, dtype=float),
        cast(Vector, np.asarray(variance, dtype=float) * inverse),
    )
