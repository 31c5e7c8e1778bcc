"""What share is truly good, from a judge's scores on many and people's labels on few.

`post_stratified(pass_share, labels, *, confidence=.95, pass_share_n=None, traffic=None) -> Estimate` for
verdicts, `ppi_mean(few, many, *, power=None, confidence=.95, traffic=None) -> Ppi` for graded scores, and
`rogan_gladen` with `lang_reiczigel` as a cross-check that rests on another assumption. With `traffic`, the
number of traces meant, an interval is that of their own share, which differs from the share that produced
them by chance: much in 30 traces, little in thousands.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR, Estimate, Vector, kish, mean_interval
from behavior_pipeline.statistics.intervals import Interval, jeffreys, two_sided_quantile, wilson

UNINFORMATIVE = 1e-9
FEWEST = 2  # a variance needs two
HALF = 0.5


def post_stratified(
    pass_share: float,
    labels: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    pass_share_n: float | None = None,
    traffic: float | None = None,
) -> Estimate:
    """Return the share that people would pass, from labels per judge verdict and the judge's pass share.

    `labels` is a 2 x 2 table of counts, rows human and columns judge, pass first, drawn per verdict or at
    random. `pass_share_n` is the effective size behind the pass share (None: it is known). The point is
    sum q_s p_s, unshrunk; se that of two-phase sampling (Cochran 1977, 12.2). A verdict that occurs without
    labels leaves the share unknown.
    """
    cells, both = np.asarray(labels, dtype=float), np.array([pass_share, 1 - pass_share])
    n = round(float(cells.sum()))
    if n == 0:
        return Estimate(reason=Reason.NO_LABELS)
    used = both > 0
    drawn, shares = cells.sum(axis=0)[used], both[used]
    if not drawn.all():
        return Estimate(reason=Reason.VERDICT_UNLABELLED, n=n)
    rates = cells[0, used] / drawn
    point = float(shares @ rates)
    sizes = [math.inf if size is None else size for size in (pass_share_n, traffic)]
    ends = _ends(rates, shares, drawn=drawn, confidence=confidence, sizes=sizes)
    if (drawn < FEWEST).any():
        return Estimate(point, Reason.TOO_FEW, None, *ends, n)
    of_labels = float(shares**2 @ (rates * (1 - rates) / (drawn - 1)))
    of_shares = float(shares @ (rates - point) ** 2) / sizes[0]
    of_traffic = float(shares @ (rates * (1 - rates))) / sizes[1]
    return Estimate(point, None, math.sqrt(of_labels + of_shares + of_traffic), *ends, n)


def normal_interval(point: float, se: float, *, confidence: float = 0.95) -> Interval:
    """Return point +- quantile x se: what the papers print; near 1 it covers too little and leaves [0, 1]."""
    half = two_sided_quantile(confidence) * se
    return point - half, point + half


def unit_interval(estimate: Estimate, *, confidence: float = 0.95) -> Interval | None:
    """Return the interval of a mean of scores in [0, 1] with a known error, None without one.

    Wilson's at the size that has this error, with Student's quantile: near 1 the normal one covers up to 15
    points too little at 40 labels, this one 3.
    """
    if estimate.value is None or estimate.se is None:
        return None
    mean = min(max(estimate.value, 0.0), 1.0)
    size = mean * (1 - mean) / estimate.se**2 if estimate.se > SMALLEST_ERROR else 0.0
    return mean_interval(mean, size or float(estimate.n), clusters=estimate.n, confidence=confidence)


class Many(NamedTuple):
    """A judge's scores on many traces of a stratum: share of all, mean, variance, effective size of all."""

    share: float
    mean: float
    variance: float
    n: float

    @classmethod
    def of(cls, scores: npt.ArrayLike) -> "Many":
        """Return what a plain sample shows; variance with n - 1."""
        values = np.asarray(scores, dtype=float)
        return cls(1.0, float(values.mean()), float(values.var(ddof=1)), len(values))


@dataclass(frozen=True)
class Few:
    """The labelled items of a stratum: what people said of each, and the judge; `weight` None: all alike."""

    human: Vector
    judge: Vector
    weight: Vector | None = None

    @property
    def n(self) -> float:
        """Return the number of items, of weighted ones Kish's effective number."""
        return float(len(self.human)) if self.weight is None else kish(self.weight)

    def mean(self, values: Vector) -> float:
        """Return the weighted mean of a value an item."""
        return float(np.average(values, weights=self.weight))

    def covariance(self, first: Vector, second: Vector) -> float:
        """Return the weighted covariance, with n - 1."""
        return float(np.cov(first, second, aweights=self.weight)[0, 1])


@dataclass(frozen=True)
class Ppi:
    """A prediction-powered mean: the estimate, and how much of the judge it uses (lambda, 0 to 1)."""

    estimate: Estimate
    power: float | None = None


def ppi_mean(
    few: Sequence[Few],
    many: Sequence[Many],
    *,
    power: float | None = None,
    confidence: float = 0.95,
    traffic: float | None = None,
) -> Ppi:
    """Return PPI++ of a mean (Angelopoulos, Duchi & Zrnic 2023), stratum by stratum of the labelled items.

    With one stratum it is the paper's. With several, their labels are weighted by the strata's shares of the
    many, lambda minimises the stratified variance, and the shares' own error counts. The interval is normal,
    as the paper's; `unit_interval` covers better.
    """
    n = sum(len(stratum.human) for stratum in few)
    if n == 0:
        return Ppi(Estimate(reason=Reason.NO_LABELS))
    needed = [(less, more) for less, more in zip(few, many, strict=True) if more.share > 0]
    if any(not len(less.human) for less, _ in needed):
        return Ppi(Estimate(reason=Reason.VERDICT_UNLABELLED, n=n))
    if any(len(less.human) < FEWEST for less, _ in needed):
        return Ppi(Estimate(reason=Reason.TOO_FEW, n=n))
    power = _tuned(needed) if power is None else power
    residuals = [less.human - power * less.judge for less, _ in needed]
    levels = [
        power * more.mean + less.mean(left) for left, (less, more) in zip(residuals, needed, strict=True)
    ]
    point = sum(more.share * level for level, (_, more) in zip(levels, needed, strict=True))
    variance = sum(
        less.covariance(left, left) * (more.share**2 / less.n + more.share / (traffic or math.inf))
        + more.share * (power**2 * more.variance + (level - point) ** 2) / more.n
        for left, level, (less, more) in zip(residuals, levels, needed, strict=True)
    )
    se = math.sqrt(variance)
    return Ppi(Estimate(point, None, se, *normal_interval(point, se, confidence=confidence), n), power)


def rogan_gladen(share: float, *, sensitivity: float, specificity: float, clipped: bool = True) -> Estimate:
    """Return the true share behind a judge's pass share (Rogan & Gladen 1978), by default cut to [0, 1].

    It holds while sensitivity and specificity do; post-stratification holds while the predictive values do.
    """
    youden = sensitivity + specificity - 1
    if abs(youden) < UNINFORMATIVE:
        return Estimate(reason=Reason.JUDGE_UNINFORMATIVE)
    value = (share + specificity - 1) / youden
    return Estimate(min(max(value, 0.0), 1.0) if clipped else value)


class Rate(NamedTuple):
    """A share seen in n items; both may be fractions where the items were weighted."""

    hits: float
    n: float

    @property
    def share(self) -> float:
        """Return hits / n."""
        return self.hits / self.n


def lang_reiczigel(
    passed: Rate, sensitivity: Rate, specificity: Rate, *, confidence: float = 0.95
) -> Estimate:
    """Return the adjusted point and interval of the true share (Lang & Reiczigel 2014, Prev. Vet. Med. 113).

    Missing where the adjusted judge is no better than chance: then the labels bound nothing.
    """
    quantile = two_sided_quantile(confidence)
    n = passed.n + quantile**2
    share = (passed.hits + quantile**2 / 2) / n
    (se, se_n), (sp, sp_n) = ((rate.hits + 1, rate.n + 2) for rate in (sensitivity, specificity))
    se, sp = se / se_n, sp / sp_n
    youden = se + sp - 1
    if youden <= UNINFORMATIVE:
        return Estimate(reason=Reason.JUDGE_UNINFORMATIVE)
    point = (share + sp - 1) / youden
    of_judge = point * se * (1 - se) / se_n, (1 - point) * sp * (1 - sp) / sp_n
    variance = share * (1 - share) / n + point * of_judge[0] + (1 - point) * of_judge[1]
    half = quantile * math.sqrt(variance) / youden
    shift = 2 * quantile**2 * (of_judge[0] - of_judge[1])
    low, high = (min(max(end, 0.0), 1.0) for end in (point + shift - half, point + shift + half))
    return Estimate(point, None, half / quantile, low, high)


def _ends(
    rates: Vector, shares: Vector, *, drawn: Vector, confidence: float, sizes: Sequence[float]
) -> Interval:
    """Return the interval of sum q_s p_s from those of its parts, whose distances add up as squares.

    MOVER (Zou & Donner 2008) of Jeffreys' interval of each verdict, which adds 1/2 to pass and fail, of
    Wilson's of the pass share, and of chance in the traffic itself. Exact coverage at 40 and 120 labels a
    verdict stands in the tests. `sizes` are those of the pass share and of the traffic.
    """
    ends = [jeffreys(rate * n, n, confidence=confidence) for rate, n in zip(rates, drawn, strict=True)]
    moves = [
        (share * (low - rate), share * (high - rate))
        for share, rate, (low, high) in zip(shares, rates, ends, strict=True)
    ]
    if math.isfinite(sizes[0]) and len(shares) > 1:
        slope = float(rates[0] - rates[1])
        of_share = wilson(float(shares[0]), sizes[0], confidence=confidence)
        first, second = ((end - float(shares[0])) * slope for end in of_share)
        moves.append((min(first, second), max(first, second)))
    likely = (rates * drawn + HALF) / (drawn + 1)
    chance = math.sqrt(float(shares @ (likely * (1 - likely))) / sizes[1])
    moves.append((chance * two_sided_quantile(confidence),) * 2)
    down, up = (math.hypot(*parts) for parts in zip(*moves, strict=True))
    point = float(shares @ rates)
    return max(0.0, point - down), min(1.0, point + up)


def _tuned(needed: Sequence[tuple[Few, Many]]) -> float:
    """Return the lambda in [0, 1] of least variance; in one stratum cov(Y, f) / ((1 + n/N) var f)."""
    shared = used = 0.0
    for less, more in needed:
        shared += more.share**2 / less.n * less.covariance(less.human, less.judge)
        used += _pooled_variance(less, more) * (more.share**2 / less.n + more.share / more.n)
    return min(max(shared / used, 0.0), 1.0) if used > 0 else 0.0


def _pooled_variance(less: Few, more: Many) -> float:
    """Return the variance of labelled and unlabelled scores together."""
    n, size = less.n, more.share * more.n
    within = (n - 1) * less.covariance(less.judge, less.judge) + max(size - 1, 0.0) * more.variance
    between = n * size / (n + size) * (less.mean(less.judge) - more.mean) ** 2
    return (within + between) / (n + size - 1)
