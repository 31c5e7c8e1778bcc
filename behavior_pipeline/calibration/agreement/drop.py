"""The drop rule: did the agreement fall by more than 0.05, whichever judge build or dataset measured it?"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure, of_traffic, point_of
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.strata import PassShares, Shares, judged_part, mean_share
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.paired import paired_mcc
from behavior_pipeline.statistics.posterior import probability_of_drop, strata_mcc_posterior
from behavior_pipeline.statistics.steady import Counts, p_of_fall, p_of_fall_on_items, p_of_rho_fall
from behavior_pipeline.words import ALL, ANCHOR, PASS

DROP = 0.05  # a fall by more than this, in points of agreement
LIKELY = 0.8  # P(drop) from which it is one to tell of, if it is rare for a steady judge, too ...
LIKELY_ON_ANCHORS = 0.9  # ... and on the same items, which say nothing of how traffic varies
CURRENT_WEEKS = 2
BASELINE_WEEKS = 4
FEWEST_OF_CLASS = 10  # labels that people pass and that they fail, below which a rate is an anecdote
FEWEST_PAIRS = 40  # below it anchors count as items like others
Compared = Literal["all", "judged", "anchors"]


@dataclass(frozen=True)
class Pool:
    """The labelled items that one side of a comparison rests on."""

    weeks: tuple[date, ...]
    judges: tuple[str, ...]
    datasets: tuple[str, ...]
    n: int
    failures: int


@dataclass(frozen=True)
class Change:
    """Agreement of earlier and of now at one prevalence, and P(a fall by over 0.05); None: not compared.

    `p_value` says how often a steady judge shows such a fall, over whatever was compared. `prevalence` is the
    share of good traces at which both agreements are told; None on anchors and of ranks, which are as they
    are. `reason` says why nothing was compared.
    """

    before: float | None = None
    after: float | None = None
    probability: float | None = None
    p_value: float | None = None
    compared: Compared | None = None
    prevalence: float | None = None
    earlier: Pool | None = None
    now: Pool | None = None
    reason: Reason | None = None

    @property
    def change(self) -> float | None:
        """Return agreement now less agreement before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def likely(self) -> bool:
        """Whether the agreement probably fell by more than a drop; if that is rare, is for others to say."""
        return likely(self.probability, self.compared)


def likely(probability: float | None, compared: str | None) -> bool:
    """Return whether a drop is probable enough to be one, were it rare for a steady judge."""
    least = LIKELY_ON_ANCHORS if compared == "anchors" else LIKELY
    return probability is not None and probability >= least


def drop_of(
    gate: Gate,
    rows: pd.DataFrame,
    *,
    week: date,
    judge: str,
    pass_shares: PassShares,
) -> Change:
    """Compare a judge's pool of up to two weeks with the dimension's pool of up to four weeks before it.

    `rows` are usable rows of one dimension and rubric. The judge's pool starts where the judge did, so that a
    new one is compared with its predecessor at once. Anchors that stand in both pools are compared item by
    item, all other labels as two samples, and the rarer of both speaks, at twice its p-value: anchors cannot
    show that traffic became harder to judge, nor fresh labels a small change of the judge. Either pool is
    re-weighted by `pass_shares` of its own weeks and judges.
    """
    of_judge = rows[rows["judge"] == judge]
    current = pool.between(of_judge, week, back=0, weeks=CURRENT_WEEKS)
    if not (current["week"] == pd.Timestamp(week)).any():
        return Change(reason=Reason.NO_LABELS)
    earlier = pool.between(rows, week, back=int(current["week"].nunique()), weeks=BASELINE_WEEKS)
    if earlier.empty:
        return Change(reason=Reason.SHORT_HISTORY)
    items = pool.once(earlier), pool.once(current)
    pairs = _pairs(gate, *items)
    sides = [
        _side(gate, part[~part["item_id"].isin(pairs.index)], mean_share(of_pool, pass_shares))
        for part, of_pool in zip(items, (earlier, current), strict=True)
    ]
    changes = [_between_samples(gate, *sides), _on_anchors(gate, pairs, *items)]
    known = [change for change in changes if change.p_value is not None]
    if not known:
        return changes[0]
    first = min(known, key=lambda change: (not change.likely, change.p_value or 0.0))
    return replace(first, p_value=min(1.0, len(known) * (first.p_value or 0.0)))


@dataclass(frozen=True)
class _Side:
    """One of two samples: what of it is compared, and its agreement."""

    items: pd.DataFrame
    measured: Measurement
    judged: bool

    @property
    def pool(self) -> Pool:
        """Return what it is made of."""
        return _pool_of(self.items)


def _side(gate: Gate, labelled: pd.DataFrame, shares: Shares | None) -> _Side:
    """Leave out what checks failed: a good check agrees whatever the judge says, and would hide its fall."""
    items, measured = of_traffic(labelled), measure(gate, labelled, shares)
    part = judged_part(items, shares)
    if part is None or measured.judged is None:
        return _Side(items, measured, judged=False)
    return _Side(part, measured.judged, judged=True)


def _between_samples(gate: Gate, before: _Side, after: _Side) -> Change:
    """Compare two independent samples at the mean of their shares of good traces."""
    compared: Compared = "judged" if before.judged or after.judged else "all"
    change = Change(compared=compared, earlier=before.pool, now=after.pool)
    was, is_now = before.measured, after.measured
    if was.point is None or is_now.point is None or was.belief is None or is_now.belief is None:
        return replace(change, reason=is_now.reason or was.reason or Reason.TOO_FEW)
    if was.sample is None or is_now.sample is None:
        p_value = p_of_rho_fall((was.point, was.size), (is_now.point, is_now.size))
        probability = probability_of_drop(was.belief, is_now.belief, drop=DROP)
        return replace(change, before=was.point, after=is_now.point, probability=probability, p_value=p_value)
    if min(_fewest_of_class(side.items) for side in (before, after)) < FEWEST_OF_CLASS:
        return replace(change, reason=Reason.TOO_FEW)
    prevalence = ((was.prevalence or 0.0) + (is_now.prevalence or 0.0)) / 2
    points = [float(Counts.of(sample).agreement(prevalence)) for sample in (was.sample, is_now.sample)]
    beliefs = [
        strata_mcc_posterior(list(sample.values()), prevalence=prevalence)
        for sample in (was.sample, is_now.sample)
    ]
    return replace(
        change, before=points[0], after=points[1], prevalence=prevalence,
        probability=probability_of_drop(*beliefs, drop=DROP), p_value=p_of_fall(was.sample, is_now.sample),
    )  # fmt: skip


def _fewest_of_class(items: pd.DataFrame) -> int:
    passed = int((items["human_score"] >= PASS).sum())
    return min(passed, len(items) - passed)


def _pool_of(items: pd.DataFrame) -> Pool:
    weeks = tuple(pd.Timestamp(week).date() for week in sorted(items["week"].unique()))
    judges, datasets = (tuple(sorted({*items[name].astype(str)})) for name in ("judge", "dataset"))
    return Pool(weeks, judges, datasets, len(items), int((items["human_score"] < PASS).sum()))


def _pairs(gate: Gate, before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return the anchors of both pools by item: columns human (as people see it now), before and now."""
    first, second = (
        part[part["role"] == ANCHOR].set_index("item_id")[["human_score", "judge_score"]] >= PASS
        for part in (before, now)
    )
    joined = second.join(first["judge_score"].rename("before"), how="inner")
    pairs = joined.rename(columns={"human_score": "human", "judge_score": "now"})
    comparable = gate.metric == "mcc" and len(pairs) >= FEWEST_PAIRS and pairs["human"].nunique() > 1
    return pairs if comparable else pairs.iloc[:0]


def _on_anchors(gate: Gate, pairs: pd.DataFrame, earlier: pd.DataFrame, now: pd.DataFrame) -> Change:
    """Compare two scorings of the same items, which count as they are, whatever share of traffic is alike."""
    if pairs.empty:
        return Change()
    both = paired_mcc(
        pairs["human"], pairs["before"], pairs["now"], strata=[ALL] * len(pairs), shares={ALL: 1.0}
    )
    sides = [part[part["item_id"].isin(pairs.index)] for part in (earlier, now)]
    verdicts = (pairs[name].to_numpy(dtype=bool) for name in ("human", "before", "now"))
    return Change(
        before=point_of(gate, pairs["human"], pairs["before"]),
        after=point_of(gate, pairs["human"], pairs["now"]),
        probability=float(np.mean(both.difference < -DROP)), p_value=p_of_fall_on_items(*verdicts),
        compared="anchors", earlier=_pool_of(sides[0]), now=_pool_of(sides[1]),
    )  # fmt: skip
