"""The threshold from which on a judge's number counts as passed, and what it may be expected to give."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.intervals import Interval
from behavior_pipeline.statistics.posterior import mcc_posterior

FOLDS = 10
REPEATS = 20
RESAMPLES = 500
SEED = 20_000
FEWEST = 10  # items of either class
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


class Rates(NamedTuple):
    """What a threshold gives."""

    mcc: float
    sensitivity: float
    specificity: float


@dataclass(frozen=True)
class Tuned:
    """A chosen threshold, or the reason why none can be chosen.

    `apparent` is what it gives on the items that chose it. `corrected` is what may be expected of it on new
    ones: the same choice made on nine tenths of the items and looked at on the last, many times over.
    `interval` is of the corrected MCC; 95 % of the thresholds that resamples choose lie in `spread`. `curve`
    has a row a candidate: threshold, mcc, sensitivity, specificity, pass_share.
    """

    n: int
    good: int
    reason: Reason | None = None
    threshold: float | None = None
    apparent: Rates | None = None
    corrected: Rates | None = None
    interval: Interval | None = None
    spread: Interval | None = None
    backwards: bool = False
    curve: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


def tune(human: npt.ArrayLike, number: npt.ArrayLike, *, specificity: float | None = None) -> Tuned:
    """Choose the threshold with the highest MCC, or the most sensitive one that reaches a specificity.

    `human` is True for good items, `number` what the judge gives them, higher for better. Candidates lie in
    the middle between neighbouring numbers, so that rounding decides nothing. The bootstrap's correction for
    optimism leaves a third of it for a maximum like this one (measured); held-out items do not.
    """
    good, given = np.asarray(human, dtype=bool), np.asarray(number, dtype=float)
    n, passed = len(good), int(good.sum())
    candidates = _candidates(given)
    if min(passed, n - passed) < FEWEST:
        return Tuned(n, passed, Reason.TOO_FEW if 0 < passed < n else Reason.HUMAN_ONE_CLASS)
    if not len(candidates):
        return Tuned(n, passed, Reason.JUDGE_ONE_CLASS)
    items = _Items.of(good, given, candidates)
    tables = items.tables(items.counts[None])
    chosen = int(_choose(tables, specificity)[0])
    held_out = _held_out(items, specificity)
    rates, resampled = _rates(tables), _resampled(items, specificity)
    low, high = np.quantile(candidates[resampled], [0.025, 0.975])
    curve = {name: values[0] for name, values in zip(Rates._fields, rates, strict=True)}
    return Tuned(
        n, passed, None, float(candidates[chosen]),
        apparent=Rates(*(float(values[0, chosen]) for values in rates)),
        corrected=Rates(*(float(value) for value in _rates(held_out))),
        interval=_interval(held_out, rates[0][0, resampled]),
        spread=(float(low), float(high)),
        backwards=bool(given[good].mean() < given[~good].mean()),
        curve=pd.DataFrame(
            {"threshold": candidates, **curve, "pass_share": (tables[0] + tables[2])[0] / n}
        ),
    )  # fmt: skip


def rates_at(human: npt.ArrayLike, number: npt.ArrayLike, threshold: float) -> Rates:
    """Return what a threshold gives that was not chosen on these items."""
    good, given = np.asarray(human, dtype=bool), np.asarray(number, dtype=float)
    items = _Items.of(good, given, np.array([threshold]))
    return Rates(*(float(values[0, 0]) for values in _rates(items.tables(items.counts[None]))))


Tables = tuple[Vector, Vector, Vector, Vector]
"""True positives, false negatives, false positives and true negatives, each rows x candidates."""


@dataclass(frozen=True)
class _Items:
    """The items as distinct pairs of label and number: how many of each, which one an item is, who passes."""

    good: Flags
    counts: Vector
    pair_of: Numbers
    passes: Vector

    @classmethod
    def of(cls, good: Flags, given: Vector, candidates: Vector) -> "_Items":
        pairs, pair_of, counts = np.unique(
            np.column_stack([good, given]), axis=0, return_inverse=True, return_counts=True
        )
        passes = (pairs[:, 1][:, None] >= candidates[None]).astype(float)
        return cls(pairs[:, 0] == 1, counts.astype(float), pair_of.ravel(), passes)

    def tables(self, counts: Vector) -> Tables:
        """Return the tables of each row of counts at each candidate."""
        good = counts * self.good
        hits, passed = good @ self.passes, counts @ self.passes
        positive, total = good.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True)
        return hits, positive - hits, passed - hits, total - positive - passed + hits


def _rates(tables: Tables) -> tuple[Vector, Vector, Vector]:
    tp, fn, fp, tn = tables
    with np.errstate(invalid="ignore", divide="ignore"):
        mcc = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        return np.nan_to_num(mcc, nan=0.0), tp / (tp + fn), tn / (tn + fp)


def _candidates(given: Vector) -> Vector:
    distinct = np.unique(given)
    middles: Vector = (distinct[1:] + distinct[:-1]) / 2
    return middles


def _choose(tables: Tables, wanted: float | None) -> Numbers:
    """Return each row's candidate: the lowest of those with the highest MCC, or that reach a specificity."""
    mcc, _, specificity = _rates(tables)
    if wanted is None:
        return np.asarray(np.argmax(np.round(mcc, 12), axis=1))
    reached = specificity >= wanted
    return np.asarray(np.where(reached.any(axis=1), np.argmax(reached, axis=1), mcc.shape[1] - 1))


def _held_out(items: _Items, wanted: float | None) -> Tables:
    """Return the table of items judged by thresholds that they had no part in choosing."""
    generator = np.random.default_rng(SEED)
    sums = np.zeros(4)
    for _ in range(REPEATS):
        order = generator.permutation(len(items.pair_of))
        by_class = order[np.argsort(~items.good[items.pair_of[order]], kind="stable")]
        folds = np.zeros((FOLDS, len(items.counts)))
        np.add.at(folds, (np.arange(len(order)) % FOLDS, items.pair_of[by_class]), 1)
        chosen = _choose(items.tables(items.counts - folds), wanted)
        seen = items.tables(folds)
        sums += [cells[np.arange(FOLDS), chosen].sum() for cells in seen]
    tp, fn, fp, tn = sums / REPEATS
    return tp, fn, fp, tn


def _interval(held_out: Tables, of_choices: Vector) -> Interval:
    """Return the posterior's interval of a fixed threshold, widened by what its choice adds.

    `of_choices` are the MCC of the thresholds that resamples choose, on all items. Their variance counts
    twice: the choice moves what is promised and what is true apart from each other.
    """
    tp, fn, fp, tn = held_out
    belief = mcc_posterior([[tp, fn], [fp, tn]])
    centre = float(_rates(held_out)[0])
    wider = float(np.sqrt(1 + 2 * np.var(of_choices) / np.var(belief.values)))
    low, high = belief.interval()
    return max(-1.0, centre - (centre - low) * wider), min(1.0, centre + (high - centre) * wider)


def _resampled(items: _Items, wanted: float | None) -> Numbers:
    """Return the candidates that resamples of the items choose."""
    generator = np.random.default_rng(SEED)
    n = len(items.pair_of)
    drawn = generator.multinomial(n, items.counts / n, size=RESAMPLES).astype(float)
    return _choose(items.tables(drawn), wanted)
