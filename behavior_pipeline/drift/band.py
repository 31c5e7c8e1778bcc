"""Levels within which a series is quiet."""

from collections.abc import Callable
from math import inf, nextafter

import msgspec

DEVIATIONS = 2.0
ROUNDINGS = 1024  # more levels than can lie within what a difference of levels is rounded by, from .001 on


class Band(msgspec.Struct, frozen=True):
    """The lowest and the highest quiet level; None: no end."""

    low: float | None
    high: float | None

    def is_out(self, level: float, *, worse: int) -> bool:
        """Return whether a level lies beyond an end that is bad: below, above, or (0) beyond either."""
        below = self.low is not None and level < self.low
        above = self.high is not None and level > self.high
        return (below and worse <= 0) or (above and worse >= 0)


def quiet(baseline: float, sd: float, *, effect_floor: float) -> Band:
    """Return the levels that are usual or less than the effect floor away, whichever reaches further.

    The ends are levels themselves: a detector that subtracts and one that compares with an end agree on every
    level, also where a difference of two levels is rounded.
    """

    def moved(change: float) -> bool:
        return change > DEVIATIONS * sd and change >= effect_floor

    reach = max(DEVIATIONS * sd, effect_floor)
    low = _last_quiet(baseline - reach, lambda level: moved(baseline - level), inwards=inf)
    high = _last_quiet(baseline + reach, lambda level: moved(level - baseline), inwards=-inf)
    return Band(low, high)


def _last_quiet(level: float, is_out: Callable[[float], bool], *, inwards: float) -> float:
    """Return the quiet level next to those that are out, from one that is some roundings away from it."""
    for _ in range(ROUNDINGS):
        if not is_out(level):
            break
        level = nextafter(level, inwards)
    for _ in range(ROUNDINGS):
        if is_out(beyond := nextafter(level, -inwards)):
            break
        level = beyond
    return level
