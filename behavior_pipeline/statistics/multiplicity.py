"""Several tests at once: Holm's adjusted p-values."""

from collections.abc import Sequence

import numpy as np

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
