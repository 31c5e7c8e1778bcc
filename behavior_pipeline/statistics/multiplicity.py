"""Several tests at once: adjusted p-values of Holm and of Benjamini and Hochberg, and e-BH."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from behavior_pipeline.statistics.estimate import Vector


def holm(p_values: Sequence[float] | Vector, *, tests: int | None = None) -> Vector:
    """Return p-values adjusted so that the whole family keeps the level (Holm 1979, Scand. J. Statist. 6).

    The smallest is multiplied by the number of tests, the next by one less, and so on; none is then smaller
    than one before it, and none above 1. `tests` is the size of the family where only some of it are given:
    the others count as 1.
    """
    raw = np.asarray(p_values, dtype=float)
    family = len(raw) if tests is None else tests
    order = np.argsort(raw, kind="stable")
    steps = raw[order] * (family - np.arange(len(raw)))
    adjusted = np.empty(len(raw))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def largest_rejected(p_values: Sequence[float] | Vector, level: float) -> Vector:
    """Return for each the largest p-value that benjamini_hochberg rejects at the level, the others as given.

    It may be more than level x (rejections + 1) / tests: one more small p-value can bring others in. NaN is
    no test and stays NaN.
    """
    raw = np.asarray(p_values, dtype=float)
    largest = np.full(raw.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(raw))
    if not len(tested):
        return largest
    order = tested[np.argsort(raw[tested], kind="stable")]
    number = np.arange(1, len(order) + 1)
    step = level / len(order)
    passing = np.flatnonzero(raw[order] <= number * step)
    rejections = passing[-1] + 1 if len(passing) else 0
    # Of the others before a rank, how many are rejected once that rank's own is: each moves up by one.
    before = np.where(raw[order] <= (number + 1) * step, number, 0)
    before = np.concatenate([[0], np.maximum.accumulate(before)[:-1]])
    largest[order] = step * np.maximum(np.where(rejections >= number, rejections, 0), before + 1)
    return largest


def benjamini_hochberg(p_values: Sequence[float] | Vector) -> Vector:
    """Return p-values adjusted for the share of false among all rejections; NaN is no test and stays NaN.

    At level q at most a share q of the rejections is false; where nothing moved, any rejection has
    probability q at most (Benjamini & Hochberg 1995, also for tests that depend positively).
    """
    raw = np.asarray(p_values, dtype=float)
    adjusted = np.full(raw.shape, np.nan)
    tested = ~np.isnan(raw)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(raw[tested])
    return adjusted


def e_benjamini_hochberg(e_values: Sequence[float] | Vector, *, q: float) -> list[int]:
    """Return the places of the e-values that are rejected at level q, however they depend.

    The k largest are, for the largest k whose k-th is at least number / (k q) (Wang & Ramdas 2022).
    """
    values = np.asarray(e_values, dtype=float)
    order = np.argsort(-values, kind="stable")
    enough = np.flatnonzero(values[order] * np.arange(1, len(values) + 1) * q >= len(values))
    return sorted(order[: enough[-1] + 1].tolist()) if len(enough) else []
