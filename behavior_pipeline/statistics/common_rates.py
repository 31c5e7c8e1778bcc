"""A level for each week from labels of several weeks, where a judge errs alike in all of them.

`common_rates(weeks, *, confidence=.95, traffic=None) -> CommonRates` maximises one likelihood: sensitivity
and specificity are common to the weeks, the share that is truly good is each week's own. A week adds three
binomials: how many of its traces the judge passed, and how many people passed of the labelled ones that the
judge passed and failed. Given the verdict, it does not matter how labels were shared out over verdicts.
All arrays may have leading axes, for simulation.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.intervals import two_sided_quantile

RATES = 2  # sensitivity and specificity come before the levels among the parameters, all as logits
# Keeps a rate that was seen as 1 within reach of Newton's steps; half a label (Jeffreys) would pull a level
# of .97 by half a point at 80 labels a week, this much by less than .1.
RIDGE = 0.02
FARTHEST = 15.0  # logit; beyond it a share is 1
LONGEST_STEP = 3.0
STEPS, STEPS_OF_PROFILE = 40, 8  # a profile starts beside its own last point
SMALLEST_GAIN = 1e-7
STIFFEST = 1e4
HALVINGS = 20


class Weeks(NamedTuple):
    """Counts [..., weeks, 3] of passed traces, good ones of labelled passes, good ones of labelled fails.

    `hits` may be fractions, `sizes` effective sizes; a week without labels or scores has sizes of 0.
    """

    hits: Vector
    sizes: Vector

    @classmethod
    def of(cls, pass_share: npt.ArrayLike, size: npt.ArrayLike, labels: npt.ArrayLike) -> "Weeks":
        """Return the counts of weeks: the judge's pass share and its effective size, and 2 x 2 tables.

        `labels` [..., weeks, 2, 2] has people in rows and the judge in columns, pass first.
        """
        tables, sizes = np.asarray(labels, dtype=float), np.asarray(size, dtype=float)
        passed = np.asarray(pass_share, dtype=float) * sizes
        shape = tables.shape[:-2]
        of_traffic = [np.broadcast_to(part, shape)[..., None] for part in (passed, sizes)]
        return cls(
            np.concatenate([of_traffic[0], tables[..., 0, :]], axis=-1),
            np.concatenate([of_traffic[1], tables.sum(axis=-2)], axis=-1),
        )

    def between(self, first: int, last: int | None) -> "Weeks":
        """Return some of the weeks."""
        return Weeks(self.hits[..., first:last, :], self.sizes[..., first:last, :])

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Return which weeks have labels."""
        return np.asarray(self.sizes[..., 1:].sum(axis=-1) > 0)


class CommonRates(NamedTuple):
    """The last week's level with its interval, the judge's rates, and how well they fit all weeks.

    `p_value` is that of the rates being the same in all weeks against a change at the start of one of them;
    NaN where fewer than two weeks have labels.
    """

    level: Vector
    low: Vector
    high: Vector
    sensitivity: Vector
    specificity: Vector
    p_value: Vector


def common_rates(
    weeks: Weeks, *, confidence: float = 0.95, traffic: npt.ArrayLike | None = None
) -> CommonRates:
    """Return the last week's level by maximum likelihood, with its profile likelihood interval.

    With `traffic`, the number of traces meant in that week, the interval is that of their own share: they
    are the very traces that the judge scored, so chance counts once (see `_chance`).
    """
    best = _maximum(weeks, _start(weeks))
    ends = [_end(weeks, best, sign=sign, confidence=confidence) for sign in (-1.0, 1.0)]
    rates = special.expit(best.logits)
    level = rates[..., -1]
    low, high = special.expit(ends[0]), special.expit(ends[1])
    if traffic is not None:
        chance = two_sided_quantile(confidence) ** 2 * _chance(weeks, best) / np.asarray(traffic, dtype=float)
        low = np.clip(level - np.sqrt((level - low) ** 2 + chance), 0.0, 1.0)
        high = np.clip(level + np.sqrt((high - level) ** 2 + chance), 0.0, 1.0)
    return CommonRates(level, low, high, rates[..., 0], rates[..., 1], same_rates(weeks, best))


def fitted_shares(weeks: Weeks) -> tuple[Vector, Vector]:
    """Return the shares [..., weeks, 3] of the binomials and the levels, had the weeks the same rates."""
    logits = _maximum(weeks, _start(weeks)).logits
    return special.expit(_binomials(logits)[0]), special.expit(logits[..., RATES:])


def same_rates(weeks: Weeks, best: "_Fit | None" = None) -> Vector:
    """Return the p-value of the rates being the same in all weeks, against a change at one of their starts.

    The largest likelihood ratio over the weeks at whose start they may have changed, on two degrees of
    freedom, times the number of such weeks (Bonferroni). With 20 to 240 labels a week it is below .05 in 3
    to 5 % of steady worlds (7 in the worst), below .10 in 7 to 10 % (12).
    """
    labelled = weeks.labelled
    best = best or _maximum(weeks, _start(weeks))
    together = _likelihood(weeks, best.logits)
    smallest, tries = np.ones(together.shape), np.zeros(together.shape)
    for first in range(1, labelled.shape[-1]):
        may_show = labelled[..., first] & labelled[..., :first].any(axis=-1)
        if not may_show.any():
            continue
        parts = (weeks.between(0, first), weeks.between(first, None))
        apart = sum(_likelihood(part, _maximum(part, _start(part)).logits) for part in parts)
        p_value = stats.chi2.sf(2 * np.maximum(apart - together, 0.0), RATES)
        smallest = np.where(may_show, np.minimum(smallest, p_value), smallest)
        tries = tries + may_show
    return np.where(tries > 0, np.minimum(1.0, smallest * tries), np.nan)


class _Fit(NamedTuple):
    """Logits of sensitivity, specificity and levels, and the penalised likelihood there."""

    logits: Vector
    height: Vector


def _start(weeks: Weeks) -> Vector:
    """Return logits from all weeks' predictive values, as if these were common to the weeks."""
    good = (weeks.hits.sum(axis=-2) + 0.5) / (weeks.sizes.sum(axis=-2) + 1)
    passed = (weeks.hits[..., 0] + 0.5) / (weeks.sizes[..., 0] + 1)
    levels = passed * good[..., 1:2] + (1 - passed) * good[..., 2:3]
    share = passed.mean(axis=-1)
    level = share * good[..., 1] + (1 - share) * good[..., 2]
    sensitivity = share * good[..., 1] / level
    specificity = (1 - share) * (1 - good[..., 2]) / (1 - level)
    return special.logit(np.concatenate([sensitivity[..., None], specificity[..., None], levels], axis=-1))


def _binomials(logits: Vector) -> tuple[Vector, Vector]:
    """Return logits [..., weeks, 3] of the binomials, and their slopes [..., weeks, 3, 3].

    The last axis of the slopes is sensitivity, specificity and the week's level.
    """
    right, caught, level = logits[..., 0:1], logits[..., 1:2], logits[..., RATES:]
    sensitivity, specificity, share = special.expit(right), special.expit(caught), special.expit(level)
    passed = np.clip(share * sensitivity + (1 - share) * (1 - specificity), 1e-12, 1 - 1e-12)
    of_passed = level + special.log_expit(right) - special.log_expit(-caught)
    of_failed = level + special.log_expit(-right) - special.log_expit(caught)
    spread, one = passed * (1 - passed), np.ones_like(share)
    slopes = [
        share * sensitivity * (1 - sensitivity) / spread,
        -(1 - share) * specificity * (1 - specificity) / spread,
        (sensitivity + specificity - 1) * share * (1 - share) / spread,
        (1 - sensitivity) * one, specificity * one, one,
        -sensitivity * one, -(1 - specificity) * one, one,
    ]  # fmt: skip
    shape = (*share.shape, 3, 3)
    return np.stack([special.logit(passed), of_passed, of_failed], axis=-1), np.stack(
        slopes, axis=-1
    ).reshape(shape)


def _likelihood(weeks: Weeks, logits: Vector) -> Vector:
    odds = _binomials(logits)[0]
    return np.asarray((weeks.hits * odds + weeks.sizes * special.log_expit(-odds)).sum(axis=(-2, -1)))


def _height(weeks: Weeks, logits: Vector) -> Vector:
    ridge = (special.log_expit(logits) + special.log_expit(-logits)).sum(axis=-1)
    return np.asarray(_likelihood(weeks, logits) + RIDGE * ridge)


def _slope(weeks: Weeks, logits: Vector) -> tuple[Vector, Vector]:
    """Return the gradient of the height and Fisher's information."""
    odds, slopes = _binomials(logits)
    shares, rates = special.expit(odds), special.expit(logits)
    left = ((weeks.hits - weeks.sizes * shares)[..., None] * slopes).sum(axis=-2)
    scaled = (weeks.sizes * shares * (1 - shares))[..., None] * slopes
    inner = np.swapaxes(scaled, -1, -2) @ slopes  # [..., weeks, 3, 3]
    size = logits.shape[-1]
    gradient, information = np.empty(logits.shape), np.zeros((*logits.shape, size))
    gradient[..., :RATES] = left[..., :RATES].sum(axis=-2)
    gradient[..., RATES:] = left[..., RATES]
    information[..., :RATES, :RATES] = inner[..., :RATES, :RATES].sum(axis=-3)
    information[..., RATES:, :RATES] = inner[..., RATES, :RATES]
    information[..., :RATES, RATES:] = np.swapaxes(inner[..., RATES, :RATES], -1, -2)
    levels, every = np.arange(RATES, size), np.arange(size)
    information[..., levels, levels] = inner[..., RATES, RATES]
    information[..., every, every] += 2 * RIDGE * rates * (1 - rates)
    return gradient + RIDGE * (1 - 2 * rates), information


def _maximum(weeks: Weeks, start: Vector, *, fixed_level: bool = False) -> _Fit:
    """Climb from a start by Fisher scoring with Marquardt's damping; the last level may stay where it is."""
    size = start.shape[-1]
    free = size - 1 if fixed_level else size
    every, logits = np.arange(free), np.clip(start, -FARTHEST, FARTHEST)
    height = _height(weeks, logits)
    stiff = np.full(height.shape, 1e-3)
    for _ in range(STEPS_OF_PROFILE if fixed_level else STEPS):
        gradient, information = _slope(weeks, logits)
        damped = information[..., :free, :free].copy()
        damped[..., every, every] = damped[..., every, every] * (1 + stiff[..., None]) + 1e-9
        step = np.linalg.solve(damped, gradient[..., :free, None])[..., 0]
        tried = logits.copy()
        tried[..., :free] += np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        tried = np.clip(tried, -FARTHEST, FARTHEST)
        there = _height(weeks, tried)
        better = there >= height
        gain = np.where(better, there - height, 0.0)
        logits, height = np.where(better[..., None], tried, logits), np.where(better, there, height)
        stiff = np.where(better, stiff * 0.2, stiff * 10)
        if np.all((better & (gain < SMALLEST_GAIN)) | (stiff > STIFFEST)):
            break
    return _Fit(logits, height)


def _end(weeks: Weeks, best: _Fit, *, sign: float, confidence: float) -> Vector:
    """Return the last level's logit where the profile falls by half a chi-squared quantile, by bisection."""
    fall = stats.chi2.ppf(confidence, 1) / 2
    inside, outside = best.logits.copy(), np.full(best.height.shape, sign * FARTHEST)
    for _ in range(HALVINGS):
        middle = inside.copy()
        middle[..., -1] = (inside[..., -1] + outside) / 2
        profile = _maximum(weeks, middle, fixed_level=True)
        within = best.height - profile.height < fall
        inside = np.where(within[..., None], profile.logits, inside)
        outside = np.where(within, outside, middle[..., -1])
    return np.asarray((inside[..., -1] + outside) / 2)


def _chance(weeks: Weeks, best: _Fit) -> Vector:
    """Return what chance in the traffic itself adds to the variance of a level, times the traces.

    The level leans on the pass share with slope a, and the verdicts that make it are those of the same
    traces: var(y - a v) = var y - 2 a cov(v, y) + a^2 var v per trace, of which the likelihood has the last.
    Where a judge is good the sum is below 0; nothing is taken off for that, since an interval near 1 is even
    on neither side.
    """
    rates, slopes = special.expit(best.logits), _binomials(best.logits)[1]
    level, youden = rates[..., -1], rates[..., 0] + rates[..., 1] - 1
    pulls = np.zeros(best.logits.shape)
    pulls[..., :RATES], pulls[..., -1] = slopes[..., -1, 0, :RATES], slopes[..., -1, 0, RATES]
    _, information = _slope(weeks, best.logits)
    moved = np.linalg.solve(information, pulls[..., None])[..., -1, 0]
    slope = weeks.sizes[..., -1, 0] * moved * level * (1 - level)
    return np.maximum(level * (1 - level) * (1 - 2 * slope * youden), 0.0)
