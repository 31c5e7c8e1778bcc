"""Differences in differences: what changed where something is new, beyond what changed where it is not."""

from dataclasses import dataclass
from math import copysign, erfc, inf, sqrt


@dataclass(frozen=True)
class DoubleDifference:
    """An estimate with its error, and how many errors it lies from 0."""

    estimate: float
    se: float

    @property
    def z(self) -> float:
        """Return estimate / se; 0 where neither moved."""
        if self.se > 0:
            return self.estimate / self.se
        return copysign(inf, self.estimate) if self.estimate else 0.0

    @property
    def p_value(self) -> float:
        """Return the two-sided normal p-value."""
        return erfc(abs(self.z) / sqrt(2))


@dataclass(frozen=True)
class Level:
    """A mean and its variance."""

    mean: float
    variance: float

    @classmethod
    def binomial(cls, mean: float, n_eff: float) -> "Level":
        """Return the level of a mean in [0, 1] that is worth so many traces of a simple random sample."""
        return cls(mean, mean * (1 - mean) / n_eff)


def difference_in_differences(
    treated_before: Level, treated_after: Level, *, control_before: Level, control_after: Level
) -> DoubleDifference:
    """Return the change of the treated beyond that of the control, of four independent levels."""
    levels = (treated_before, treated_after, control_before, control_after)
    estimate = (treated_after.mean - treated_before.mean) - (control_after.mean - control_before.mean)
    return DoubleDifference(estimate, sqrt(sum(level.variance for level in levels)))
