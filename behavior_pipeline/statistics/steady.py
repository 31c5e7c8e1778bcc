"""How often a judge that did not change would show such a fall of its agreement: a predictive p-value.

A posterior probability of a drop says how likely the drop is, given the labels; it does not say how often the
same probability comes up by chance, which depends on how many labels there are and how rare failures are.
A judge that did not change has the sensitivity and specificity that it had; its Matthews correlation falls
all the same where failures become rare, so both samples are compared at one prevalence.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from behavior_pipeline.statistics.common_rates import Weeks, fitted_shares
from behavior_pipeline.statistics.correlation import fisher_se, to_fisher
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.posterior import Stratum, production_shares

DRAWS = 20_000
COARSE = 400  # draws after which a p-value that is far from any budget needs no more
NOT_RARE = 0.1
EXCHANGES = 20_000
SEED = 20_001
ROUNDING = 1e-12
TRAFFIC = 1e5  # traces behind a pass share that is known: its own error is small beside that of the labels

Verdicts = npt.NDArray[np.bool_]
Sample = Mapping[str, Stratum]


class Counts(NamedTuple):
    """Counts [..., 3] of passed traces, good ones of labelled passes and of labelled fails; and of how many.

    Where `drawn`, the labels are a random sample and the first count is theirs; else the share that passed is
    known apart from them. Counts may be effective sizes, of weighted labels.
    """

    hits: Vector
    sizes: Vector
    drawn: bool = False

    @classmethod
    def of(cls, sample: Sample) -> "Counts":
        """Return a sample's counts: exact by verdict or at random, otherwise those of its effective size."""
        strata = list(sample.values())
        by_verdict = {_verdict_of(stratum): stratum for stratum in strata}
        if len(strata) == len(by_verdict) and by_verdict.keys() == {True, False}:
            passed, failed = by_verdict[True], by_verdict[False]
            good = passed.table[0].sum(), failed.table[0].sum()
            sizes = passed.table.sum(), failed.table.sum()
            return cls(np.array([passed.share * TRAFFIC, *good]), np.array([TRAFFIC, *sizes]))
        cells = production_shares(strata)
        size = 1 / sum(stratum.share**2 / stratum.table.sum() for stratum in strata)
        shares = cells.sum(axis=0)
        return cls(size * np.array([shares[0], *cells[0]]), size * np.array([1.0, *shares]), drawn=True)

    def agreement(self, prevalence: npt.ArrayLike) -> Vector:
        """Return the Matthews correlation at a prevalence; NaN where a rate was not seen."""
        with np.errstate(invalid="ignore", divide="ignore"):
            passed, of_passed, of_failed = np.moveaxis(self.hits / self.sizes, -1, 0)
            good = passed * of_passed + (1 - passed) * of_failed
            sensitivity = passed * of_passed / good
            specificity = (1 - passed) * (1 - of_failed) / (1 - good)
        return mcc_at(sensitivity, specificity, prevalence)

    def at(self, row: np.intp) -> "Counts":
        """Return one of the counts along the leading axis."""
        return Counts(self.hits[row], self.sizes[row], self.drawn)

    def again(self, shares: Vector, draws: int, generator: np.random.Generator) -> "Counts":
        """Return counts [draws, 3] of samples as large, drawn with these shares."""
        sizes = np.tile(np.round(self.sizes).astype(int), (draws, 1))
        hits = np.tile(self.hits / self.sizes, (draws, 1)) * sizes
        if self.drawn:
            hits[:, 0] = generator.binomial(sizes[:, 0], shares[0])
            sizes[:, 1], sizes[:, 2] = hits[:, 0], sizes[:, 0] - hits[:, 0]
        hits[:, 1:] = generator.binomial(sizes[:, 1:], shares[1:])
        return Counts(hits, sizes, self.drawn)


def p_of_fall(before: Sample, after: Sample) -> float | None:
    """Return P(such a fall of the MCC at one prevalence) for a judge with one sensitivity and specificity.

    None where an MCC is not defined. The seed is fixed, so equal labels give equal values.
    """
    first, second = (Counts.of(sample) for sample in (before, after))
    one, other = (Counts(part.hits[None], part.sizes[None], part.drawn) for part in (first, second))
    p_value = float(p_values_of_fall(one, other)[0])
    return None if math.isnan(p_value) else p_value


def p_values_of_fall(before: Counts, after: Counts) -> Vector:
    """Return the p-values of falls between samples along a leading axis, NaN where an MCC is not defined.

    Sensitivity and specificity are fitted to both samples together, each with its own share of good traces
    (`common_rates`), and both samples are drawn anew from that. The agreement of either is taken at the mean
    of both prevalences.
    """
    weeks = Weeks(*(np.stack(both, axis=-2) for both in zip(before[:2], after[:2], strict=True)))
    shares, levels = fitted_shares(weeks)
    prevalence = levels.mean(axis=-1)
    seen = after.agreement(prevalence) - before.agreement(prevalence)
    generator = np.random.default_rng(SEED)
    p_values = np.full(seen.shape, np.nan)
    for row in np.flatnonzero(~np.isnan(seen)):
        for draws in (COARSE, DRAWS):
            again = (
                part.at(row).again(shares[row, number], draws, generator).agreement(prevalence[row])
                for number, part in enumerate((before, after))
            )
            fall = -np.subtract(*again)
            p_values[row] = _share_as_low(fall[~np.isnan(fall)], seen[row])
            if p_values[row] > NOT_RARE:
                break
    return p_values


def p_of_rho_fall(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Return the one-sided p-value of a fall of Spearman's rho, given (rho, n) of either; n > 3."""
    (was, n_was), (now, n_now) = before, after
    weight = n_was - 3, n_now - 3
    common = math.tanh((weight[0] * to_fisher(was) + weight[1] * to_fisher(now)) / sum(weight))
    error = math.hypot(fisher_se(common, n_was), fisher_se(common, n_now))
    return float(stats.norm.cdf((to_fisher(now) - to_fisher(was)) / error))


def p_of_fall_on_items(human: Verdicts, before: Verdicts, after: Verdicts) -> float | None:
    """Return P(such a fall of the MCC) where two scorings of the same items could as well be exchanged.

    Each side says of an item whether it is good. What an item was scored then and now is exchanged at random
    (a permutation test, exact for a judge that did not change). None where an MCC is not defined.
    """
    seen = float(_mcc(human, after[None])[0] - _mcc(human, before[None])[0])
    if math.isnan(seen):
        return None
    moved = np.flatnonzero(before != after)
    generator = np.random.default_rng(SEED)
    then, now = np.tile(before, (EXCHANGES, 1)), np.tile(after, (EXCHANGES, 1))
    now[:, moved] ^= generator.random((EXCHANGES, len(moved))) < 0.5  # noqa: PLR2004 - a fair coin
    then[:, moved] = ~now[:, moved]
    fall = _mcc(human, now) - _mcc(human, then)
    return _share_as_low(fall[~np.isnan(fall)], seen)


def mcc_at(sensitivity: Vector, specificity: Vector, prevalence: npt.ArrayLike) -> Vector:
    """Return the Matthews correlation of a judge with these rates where this share is good."""
    good = np.asarray(prevalence, dtype=float)
    passed = good * sensitivity + (1 - good) * (1 - specificity)
    with np.errstate(invalid="ignore", divide="ignore"):
        odds = good * (1 - good) / (passed * (1 - passed))
        return np.asarray((sensitivity + specificity - 1) * np.sqrt(odds))


def _share_as_low(falls: Vector, seen: float) -> float:
    """Return the share of draws as low as what was seen, which counts as one of them: never 0."""
    return float(((falls <= seen + ROUNDING).sum() + 1) / (len(falls) + 1))


def _verdict_of(stratum: Stratum) -> bool | None:
    """Return the judge's one verdict in a stratum, None where it may say either."""
    passes, fails = (bool(column.any()) for column in stratum.prior.T)
    return None if passes == fails else passes


def _mcc(human: Verdicts, verdicts: Verdicts) -> Vector:
    """Return the MCC of each row of verdicts on the same items."""
    passed, good = verdicts.sum(axis=1), human.sum()
    both, n = (verdicts & human).sum(axis=1), len(human)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(passed * (n - passed) * float(good * (n - good)))
        return np.asarray((n * both - good * passed) / spread)
