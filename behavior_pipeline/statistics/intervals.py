"""Intervals of a proportion, the exact test of paired verdicts, and the smallest change a sample can show."""

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from behavior_pipeline.reasons import Reason

Interval = tuple[float, float]
Vector = npt.NDArray[np.float64]


def two_sided_quantile(confidence: float, *, degrees: float | None = None) -> float:
    """Return the quantile with half of 1 - confidence above it: Student's with degrees, else normal."""
    tail = 1 - (1 - confidence) / 2
    return float(stats.norm.ppf(tail) if degrees is None else stats.t.ppf(tail, degrees))


def wilson(share: float, n: float, *, confidence: float = 0.95, degrees: float | None = None) -> Interval:
    """Return Wilson's score interval of a share seen in n items; n may be an effective size (Wilson 1927)."""
    low, high = wilson_ends(np.array(share), np.array(n), two_sided_quantile(confidence, degrees=degrees))
    return float(low), float(high)


def wilson_ends(share: Vector, n: Vector, quantile: float) -> tuple[Vector, Vector]:
    """Return the ends of Wilson's intervals of many shares; NaN without an item."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where(n > 0, n, np.nan)
        shrink = 1 + quantile**2 / n
        centre = (share + quantile**2 / (2 * n)) / shrink
        variance = np.maximum(share * (1 - share), 0.0) / n + quantile**2 / (4 * n**2)
        half = quantile / shrink * np.sqrt(variance)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def jeffreys(passes: float, n: float, *, confidence: float = 0.95) -> Interval:
    """Return the Beta(passes + 1/2, n - passes + 1/2) interval; without passes it starts at 0, and so on."""
    tail = (1 - confidence) / 2
    shape = passes + 0.5, n - passes + 0.5
    low = 0.0 if passes == 0 else float(special.betaincinv(*shape, tail))
    high = 1.0 if passes == n else float(special.betaincinv(*shape, 1 - tail))
    return low, high


def mcnemar_exact(pass_to_fail: int, fail_to_pass: int) -> float:
    """Return the exact two-sided p-value of flips on the same items going both ways alike."""
    flips = pass_to_fail + fail_to_pass
    return float(stats.binomtest(pass_to_fail, flips, 0.5).pvalue) if flips else 1.0


def least_detectable_effect(
    mean: float, n_eff: float, *, baseline_n_eff: float = np.inf, baseline_weeks: float = np.inf,
    spread: float = 0.0, alpha: float = 0.05, power: float = 0.8, floor: float = 0.0, minimum: float = 0.0,
) -> tuple[float | None, Reason | None]:  # fmt: skip
    """Return the smallest fall from a mean in [0, 1] that a two-sided test at alpha tells with this power.

    `baseline_n_eff` is the size of all `baseline_weeks` together, `spread` the standard deviation of a level
    between quiet weeks beyond sampling. A fall is told where it is significant and at least `floor`; below
    `minimum` effective traces nothing is told, and where even a fall to 0 is not there is no such effect.
    The level is taken at Wilson's centre, so that a sample without failures does not promise to see
    everything, the test's error at both levels pooled, and the estimate's at each of them.
    """
    if not n_eff > 0 or not baseline_n_eff > 0:
        return None, Reason.TOO_FEW
    if n_eff < minimum:
        return None, Reason.TOO_SMALL
    quantile = two_sided_quantile(0.95)
    level = (mean * n_eff + quantile**2 / 2) / (n_eff + quantile**2)
    between = spread**2 * (1 + 1 / baseline_weeks)
    needed, beyond = two_sided_quantile(1 - alpha), float(stats.norm.ppf(power))

    def surplus(effect: float) -> float:
        fallen = level - effect
        ours = n_eff / (n_eff + baseline_n_eff) if math.isfinite(baseline_n_eff) else 0.0
        pooled = ours * fallen + (1 - ours) * level
        tested = pooled * (1 - pooled) * (1 / n_eff + 1 / baseline_n_eff) + between
        seen = fallen * (1 - fallen) / n_eff + level * (1 - level) / baseline_n_eff + between
        return effect - max(floor, needed * math.sqrt(tested)) - beyond * math.sqrt(seen)

    if surplus(level) < 0:
        return None, Reason.TOO_FEW
    return float(optimize.brentq(surplus, 0.0, level)), None
