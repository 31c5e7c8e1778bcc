"""Two raters beside people on the same items: the distribution of the difference of their agreements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.statistics.estimate import Vector

DRAWS = 20_000
RESAMPLES = 4_000
CHUNK = 500  # resamples held at a time
SEED = 20_000
CELLS = 8
FIRST_PASSES = np.arange(CELLS) // 2 % 2 == 1  # of the cells human x first x second
PRIOR_ITEMS = 4.0  # what the prior is worth, in items of all strata together: half an item a cell


@dataclass(frozen=True)
class PairedAgreement:
    """Equally likely values of either rater's agreement, draw by draw about the same population."""

    first: Vector = field(repr=False)
    second: Vector = field(repr=False)

    @property
    def difference(self) -> Vector:
        """Return the second rater's agreement less the first's."""
        return self.second - self.first

    def probability_second_above(self, *, by: float = 0.0) -> float:
        """Return P(second - first > by), ties counting half."""
        difference = self.difference
        return float(np.mean(difference > by) + np.mean(difference == by) / 2)


def interval_of(values: Vector, confidence: float = 0.95) -> tuple[float, float]:
    """Return the central interval of equally likely values."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def paired_mcc(
    human: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, *,
    strata: Sequence[str], shares: Mapping[str, float], counted: Mapping[str, float] | None = None,
    fixed: Mapping[str, bool] | None = None, draws: int = DRAWS,
) -> PairedAgreement:  # fmt: skip
    """Return the joint posterior of two raters' MCC, each value True for good.

    Per stratum the eight cells (human x first x second) ~ Dirichlet(count + prior), and the strata's cells
    are added by their shares of production, so that labels drawn by a verdict stand for all traffic. The
    prior is worth PRIOR_ITEMS items, dealt to the strata by share: a stratum of most of the traffic in which
    no miss was seen may still hide one, and more strata bring no more prior. Twice as thick as that of the
    gate's posterior, since two raters have eight cells: with .25 a cell the interval of the difference covers
    82 % where few labels stand for much traffic (`benchmarks/calibration.py --only pairs`). `counted` are the
    numbers of draws from which a stratum's share was estimated; a share that is not named is known. `fixed`
    are the strata that are one verdict of the first rater: their prior goes to the cells that can occur. Then
    only the difference may be used: the first rater's own agreement has a prior that is too thick.
    """
    codes = (
        4 * np.asarray(human, dtype=int) + 2 * np.asarray(first, dtype=int) + np.asarray(second, dtype=int)
    )
    names = np.asarray(strata, dtype=object)
    generator = np.random.default_rng(SEED)
    cells, total = np.zeros((draws, CELLS)), np.zeros((draws, 1))
    for name in sorted(name for name, share in shares.items() if share > 0):
        counts = np.bincount(codes[names == name], minlength=CELLS)
        possible = np.ones(CELLS) if not fixed or name not in fixed else fixed[name] == FIRST_PASSES
        prior = np.where(possible, PRIOR_ITEMS * shares[name] / possible.sum(), 0.0)
        weight = np.full((draws, 1), shares[name])
        if counted and name in counted:
            weight *= generator.standard_gamma(counted[name], size=(draws, 1)) / counted[name]
        gammas = generator.standard_gamma(counts + prior, size=(draws, CELLS))  # a Dirichlet with cells of 0
        cells += weight * gammas / gammas.sum(axis=1, keepdims=True)
        total += weight
    table = (cells / total).reshape(draws, 2, 2, 2)
    return PairedAgreement(_mcc(table.sum(axis=3)), _mcc(table.sum(axis=2)))


def paired_spearman(
    human: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, *, resamples: int = RESAMPLES
) -> PairedAgreement | None:
    """Return both raters' rank correlation with people over the same resamples of items (bootstrap).

    None where over 1 % of the resamples leave a side without an order.
    """
    sides = [np.asarray(side, dtype=float) for side in (human, first, second)]
    generator = np.random.default_rng(SEED)
    n = len(sides[0])
    correlations = []
    for _ in range(0, resamples, CHUNK):
        chosen = generator.integers(0, n, size=(CHUNK, n))
        ranks = [_standard_ranks(side[chosen]) for side in sides]
        correlations.append([(ranks[0] * ranks[number]).sum(axis=1) for number in (1, 2)])
    one, two = (np.concatenate(values) for values in zip(*correlations, strict=True))
    defined = ~(np.isnan(one) | np.isnan(two))
    if defined.mean() < 0.99:  # noqa: PLR2004 - see above
        return None
    return PairedAgreement(one[defined], two[defined])


def _mcc(cells: Vector) -> Vector:
    """Return the MCC of tables of shares, draws x human x judge; the limit 0 where a side is of one class."""
    human, judge = cells[:, 1, :].sum(axis=1), cells[:, :, 1].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = (cells[:, 1, 1] - human * judge) / np.sqrt(human * (1 - human) * judge * (1 - judge))
    return cast(Vector, np.clip(np.nan_to_num(correlation, nan=0.0, posinf=0.0, neginf=0.0), -1, 1))


def _standard_ranks(values: Vector) -> Vector:
    """Return mid-ranks of each row, centred, of length 1; NaN where all values of a row are equal."""
    centred = stats.rankdata(values, axis=1) - (values.shape[1] + 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(Vector, centred / np.sqrt((centred**2).sum(axis=1, keepdims=True)))
