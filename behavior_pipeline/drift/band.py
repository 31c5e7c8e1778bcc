"""Levels within which a series is quiet."""

from math import inf, nextafter

import msgspec

DEVIATIONS = 2.0


class Band(msgspec.Struct, frozen=True):
    """The lowest and the highest quiet level; `sd` is the spread of the weeks that it goes by, if by one."""

    low: float
    high: float
    sd: float | None = None


def usual(baseline: float, sd: float) -> Band:
    """Return the levels within two standard deviations of a series' weeks."""
    return Band(baseline - DEVIATIONS * sd, baseline + DEVIATIONS * sd, sd)


def quiet(baseline: float, sd: float, *, effect_floor: float) -> Band:
    """Return the levels that are usual or less than the effect floor away, whichever reaches further."""
    within = usual(baseline, sd)
    low, high = nextafter(baseline - effect_floor, inf), nextafter(baseline + effect_floor, -inf)
    return Band(min(within.low, low), max(within.high, high), sd)
