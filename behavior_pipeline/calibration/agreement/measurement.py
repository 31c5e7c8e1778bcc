"""What a pool of labelled items says of a judge: point, interval, posterior and the parts of the table."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.items.strata import CLASSES, Shares, item_weights, judged_part, strata_of
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics import agreement, correlation, posterior
from behavior_pipeline.statistics.estimate import Estimate, Vector, kish
from behavior_pipeline.statistics.steady import Sample
from behavior_pipeline.tables.labelling import VERDICT_STRATA
from behavior_pipeline.words import ANCHOR, PASS

LOW = 0.20  # of P(agreement >= the gate's minimum): so many looks in a row below it shut a gate
Scores = Vector | pd.Series


@dataclass(frozen=True)
class Measurement:
    """An agreement with all that a row shows of it; `reason` says why the point is missing.

    `judged` is that of what no check failed, None where no check failed any item; `size` the effective number
    of items behind a rank correlation.
    """

    metric: Literal["mcc", "spearman", "none"]
    n: int = 0
    point: float | None = None
    reason: Reason | None = None
    low: float | None = None
    high: float | None = None
    probability_above: float | None = None
    prevalence: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    kappa: float | None = None
    belief: posterior.Posterior | None = field(default=None, repr=False)
    sample: Sample | None = field(default=None, repr=False)
    judged: "Measurement | None" = None
    size: float = 0.0

    def smaller(self, gate: Gate) -> "Measurement":
        """Return the agreement that a gate goes by: of all and the judged part, the smaller one.

        A good check agrees with people whatever the judge says. Where one of them is not known, that one,
        unless the other is known to be low.
        """
        if self.judged is None:
            return self
        by_point = gate.rule == "point"
        low = gate.minimum if by_point else LOW
        whole, part = (
            low if size is None else size
            for size in (one.point if by_point else one.probability_above for one in (self, self.judged))
        )
        return self.judged if part <= whole else self


def measure(gate: Gate, pool: pd.DataFrame, shares: Shares | None) -> Measurement:
    """Return the agreement of judge and people over a pool of items, each present once.

    Where labels were drawn per verdict MCC is that of the traffic, by what each stratum stands for
    (`strata_of`); `shares` are those of the judge's scored traffic. Random samples count as they are, and so
    do anchors where nothing was drawn per verdict.
    """
    items = of_traffic(pool)
    if items.empty:
        return Measurement("none" if gate.rule == "exempt" else gate.metric, reason=Reason.NO_LABELS)
    agreement_of = _spearman if gate.metric == "spearman" else _mcc
    measured, of_judge = agreement_of(gate, items, shares), judged_part(items, shares)
    if of_judge is None:
        return measured
    return replace(measured, judged=agreement_of(gate, of_judge, None if shares is None else shares.judged()))


def of_traffic(pool: pd.DataFrame) -> pd.DataFrame:
    """Return a pool without its anchors where other labels were drawn per judge verdict.

    A predictive value depends on how many are good, which a balanced set says nothing of: re-weighted with
    the others, anchors would make a judge look better on passes and worse on failures, or the other way.
    """
    if "role" not in pool or not pool["stratum"].isin(VERDICT_STRATA).any():
        return pool
    return pool[pool["role"] != ANCHOR]


def point_of(gate: Gate, human: Scores, judge: Scores) -> float | None:
    """Return the plain agreement of two columns of scores by the gate's metric."""
    return plain_agreement(gate, human, judge).value


def plain_agreement(gate: Gate, human: Scores, judge: Scores) -> Estimate:
    """Return the plain agreement by the gate's metric, or why there is none."""
    if gate.metric == "spearman":
        return agreement.spearman(human, judge)
    return agreement.mcc(agreement.confusion(human >= PASS, judge >= PASS, CLASSES))


def _mcc(gate: Gate, items: pd.DataFrame, known: Shares | None) -> Measurement:
    drawn = strata_of(items, known)
    if drawn.reason is not None:
        return Measurement("mcc", len(items), reason=drawn.reason)
    strata = list(drawn.strata.values())
    shares = posterior.production_shares(strata)
    estimate = agreement.mcc(shares)
    if estimate.reason is Reason.HUMAN_ONE_CLASS:
        # One of sensitivity and specificity was never observed: its posterior would be the prior.
        return Measurement("mcc", len(items), None, estimate.reason, None, None, None, *_rates(shares))
    belief = posterior.strata_mcc_posterior(strata)
    low, high = belief.interval() if estimate.value is not None else (None, None)
    return Measurement(
        "mcc", len(items), estimate.value, estimate.reason, low, high, belief.above(gate.minimum),
        *_rates(shares), kappa=agreement.cohen_kappa(shares).value, belief=belief, sample=drawn.strata,
    )  # fmt: skip


def _rates(shares: Vector) -> tuple[float, float | None, float | None]:
    """Return prevalence, sensitivity and specificity."""
    (tp, fn), (fp, tn) = (tuple(float(cell) for cell in row) for row in shares)
    return tp + fn, tp / (tp + fn) if tp + fn else None, tn / (fp + tn) if fp + tn else None


def _spearman(gate: Gate, pool: pd.DataFrame, known: Shares | None) -> Measurement:
    """Weighted items count as a random sample of their effective size: 94 to 99 % of intervals hold rho."""
    weights = item_weights(pool, known)
    if isinstance(weights, Reason):
        return Measurement("spearman", len(pool), reason=weights)
    human, judge = pool["human_score"].to_numpy(dtype=float), pool["judge_score"].to_numpy(dtype=float)
    size = float(len(pool)) if weights is None else kish(weights)
    alike = np.ones(len(pool)) if weights is None else weights
    rho = correlation.weighted_spearman(human, judge, alike)
    if rho is None:
        # Whose side is constant matters: of a judge that says one thing of unlike items, enough is known.
        of_people = len({*human[alike > 0]}) == 1
        return Measurement(
            "spearman", len(pool), reason=Reason.HUMAN_ONE_CLASS if of_people else Reason.JUDGE_ONE_CLASS
        )
    grades = np.unique(np.concatenate([human, judge]))
    cells = agreement.confusion(human, judge, grades, weights=alike)
    kappa = agreement.cohen_kappa(cells, weights="quadratic").value
    if size < correlation.FEWEST:
        return Measurement("spearman", len(pool), rho, Reason.TOO_FEW, kappa=kappa)
    interval = correlation.spearman_bca(human, judge) if weights is None else None
    return Measurement(
        "spearman", len(pool), rho, None, *(interval or correlation.bonett_wright(rho, size)),
        correlation.probability_rho_above(rho, size, gate.minimum),
        kappa=kappa, belief=posterior.spearman_posterior(rho, size), size=size,
    )  # fmt: skip
