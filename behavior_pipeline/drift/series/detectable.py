"""How small a change for the worse is told by a test of a family, given what it is compared with."""

from typing import cast

import numpy as np
from scipy import stats

from behavior_pipeline.drift.series.windows import Level
from behavior_pipeline.statistics.contrast import logit, smoothed
from behavior_pipeline.statistics.estimate import Flags, Vector

POWER = 0.8
HALVINGS = 24  # to a ten-millionth of a point


def least_detectable(
    current: Level,
    baseline: Level,
    *,
    shares: Flags,
    beyond: Vector,
    df: Vector,
    level: Vector,
    floor: Vector,
    tolerated: Vector | float = 0.0,
) -> Vector:
    """Return the smallest fall of the window's level that alarms with power .8; NaN where none does.

    `beyond` is the variance of a change that sampling does not explain, on the scale of the test, `level`
    the p-value that has to be reached, `floor` the least change that matters, `tolerated` the fall that the
    test takes for none. One estimate has to pass both, so the higher of the two bars counts.
    """
    n_now, n_before = current.size + 1, baseline.size + 1
    before = smoothed(baseline.mean, baseline.size)
    bar = cast(Vector, stats.t.isf(level, np.maximum(df, 1.0)))
    power = float(stats.norm.isf(1 - POWER))
    low, high = np.zeros_like(before), before - 0.5 / n_now

    def announced(fall: Vector) -> Flags:
        surplus = _surplus(fall, before, n_now, n_before, shares, beyond, bar, power, floor, tolerated)
        return surplus >= 0

    for _ in range(HALVINGS):
        fall = (low + high) / 2
        seen = announced(fall)
        low, high = np.where(seen, low, fall), np.where(seen, fall, high)
    reached = announced(before - 0.5 / n_now)
    return np.where(reached & np.isfinite(bar), high, np.nan)


def _surplus(  # noqa: PLR0917 - one formula of what the public function was given
    fall: Vector, before: Vector, n_now: Vector, n_before: Vector, shares: Flags,
    beyond: Vector, bar: Vector, power: float, floor: Vector, tolerated: Vector | float,
) -> Vector:  # fmt: skip
    """Return by how many units of the test a fall exceeds what has to be exceeded with the power."""
    now = np.maximum(before - fall, 1e-9)
    middle = (now + before) / 2
    inverse = 1 / n_now + 1 / n_before
    tested = np.where(shares, inverse / (middle * (1 - middle)), before * (1 - before) * inverse)
    in_points = now * (1 - now) / n_now + before * (1 - before) / n_before
    slope = np.where(shares, middle * (1 - middle), 1.0)
    seen = np.where(
        shares, 1 / (now * (1 - now) * n_now) + 1 / (before * (1 - before) * n_before),
        before * (1 - before) * inverse,
    )  # fmt: skip
    change = np.where(shares, logit(before) - logit(now), fall) - tolerated / slope
    by_test = change - bar * np.sqrt(tested + beyond) - power * np.sqrt(seen + beyond)
    by_floor = fall - floor - power * np.sqrt(in_points + beyond * slope**2)
    return cast(Vector, np.minimum(by_test, by_floor / slope))
