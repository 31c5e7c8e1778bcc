"""The drop rule: did the agreement fall by more than 0.05, whichever judge build or dataset measured it?"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure, point_of
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.strata import PassShares, Shares, mean_share
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.statistics.paired import paired_mcc
from behavior_pipeline.statistics.posterior import probability_of_drop
from behavior_pipeline.statistics.steady import p_of_fall, p_of_rho_fall
from behavior_pipeline.words import ALL, ANCHOR, PASS

DROP = 0.05  # a fall by more than this, in points of agreement
ANNOUNCED = 0.9  # P(drop) from which it is announced on the same items, where there is no p-value
LIKELY = 0.8  # P(drop) from which it is announced where it is rare for a steady judge, too
FALSE_ALARMS = 0.02  # of weeks of a steady judge
CURRENT_WEEKS = 2
BASELINE_WEEKS = 4
FEWEST_PAIRS = 40  # below it anchors count as items like others


@dataclass(frozen=True)
class Change:
    """Current minus earlier agreement, and P(it fell by more than 0.05); None: nothing to compare.

    `p_value` says how often two samples of a steady judge show such a fall; None on the same items.
    """

    change: float | None = None
    probability: float | None = None
    p_value: float | None = None

    @property
    def announced(self) -> bool:
        """Whether the drop is one to tell of."""
        return announced(self.probability, self.p_value)


def announced(probability: float | None, p_value: float | None) -> bool:
    """Return whether a drop is likely and, between samples, would be rare in weeks of a steady judge.

    P >= .9 alone alarms on 3 % of steady weeks where failures are rare (4 % at 80 labels a week), and finds
    fewer drops than the same number of false alarms allows where they are not.
    """
    if probability is None:
        return False
    return probability >= ANNOUNCED if p_value is None else probability >= LIKELY and p_value <= FALSE_ALARMS


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
    item, all other labels as two samples, and the evidence that is stronger speaks: anchors cannot show that
    traffic became harder to judge, nor fresh labels a small change of the judge. Either pool is re-weighted
    by `pass_shares` of its own weeks and judges.
    """
    of_judge = rows[rows["judge"] == judge]
    current = pool.between(of_judge, week, back=0, weeks=CURRENT_WEEKS)
    if not (current["week"] == pd.Timestamp(week)).any():
        return Change()
    earlier = pool.between(rows, week, back=int(current["week"].nunique()), weeks=BASELINE_WEEKS)
    now, before = pool.once(current), pool.once(earlier)
    shares = mean_share(current, pass_shares), mean_share(earlier, pass_shares)
    pairs = _pairs(gate, now, before)
    fresh = _between_samples(
        gate,
        now[~now["item_id"].isin(pairs.index)],
        before[~before["item_id"].isin(pairs.index)],
        shares=shares,
    )
    return max(
        fresh, _on_anchors(gate, pairs), key=lambda change: (change.announced, change.probability or -1.0)
    )


def _between_samples(
    gate: Gate, now: pd.DataFrame, before: pd.DataFrame, *, shares: tuple[Shares | None, Shares | None]
) -> Change:
    """Compare two independent samples; all that failed is one stratum, since one may lack checks' fails."""
    after, earlier = (
        measure(gate, part, None if known is None else Shares(known.passed))
        for part, known in zip((now, before), shares, strict=True)
    )
    if after.belief is None or earlier.belief is None or after.point is None or earlier.point is None:
        return Change()
    probability = probability_of_drop(earlier.belief, after.belief, drop=DROP)
    return Change(after.point - earlier.point, probability, _p_of_fall(earlier, after))


def _p_of_fall(before: Measurement, after: Measurement) -> float | None:
    if before.sample is not None and after.sample is not None:
        return p_of_fall(before.sample, after.sample)
    if before.metric == "spearman" and before.point is not None and after.point is not None:
        return p_of_rho_fall((before.point, before.size), (after.point, after.size))
    return None


def _pairs(gate: Gate, now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the anchors of both pools by item: columns human (as people see it now), before and now."""
    first, second = (
        part[part["role"] == ANCHOR].set_index("item_id")[["human_score", "judge_score"]] >= PASS
        for part in (before, now)
    )
    joined = second.join(first["judge_score"].rename("before"), how="inner")
    pairs = joined.rename(columns={"human_score": "human", "judge_score": "now"})
    comparable = gate.metric == "mcc" and len(pairs) >= FEWEST_PAIRS and pairs["human"].nunique() > 1
    return pairs if comparable else pairs.iloc[:0]


def _on_anchors(gate: Gate, pairs: pd.DataFrame) -> Change:
    """Compare two scorings of the same items, which count as they are, whatever share of traffic is alike."""
    if pairs.empty:
        return Change()
    both = paired_mcc(
        pairs["human"], pairs["before"], pairs["now"], strata=[ALL] * len(pairs), shares={ALL: 1.0}
    )
    probability = float(np.mean(both.difference < -DROP))
    was, now = (point_of(gate, pairs["human"], pairs[column]) for column in ("before", "now"))
    return Change(None if was is None or now is None else now - was, probability)
