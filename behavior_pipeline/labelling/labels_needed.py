"""How many more labels would open a gate if the agreement stays as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import Measurement, measure, of_traffic
from behavior_pipeline.calibration.gate.decide import opens_at
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.calibration.items.strata import Shares, judged_part, strata_of
from behavior_pipeline.dimensions.spec import DimensionSpec, Gate
from behavior_pipeline.labelling.allocation import allocation
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics import correlation, posterior
from behavior_pipeline.tables.labelling import VERDICT_STRATA

MOST = 1 << 14  # labels beyond which a gate is said not to open by labelling alone
STEP = 10  # a number of labels is told to the next ten


@dataclass(frozen=True)
class LabelsMissing:
    """How many more labels open the gate; None with the reason where no number of labels is known to."""

    labels: int | None
    reason: Reason | None = None


def pool_in_force(spec: DimensionSpec, scores: pd.DataFrame, *, week: date, judge: str) -> pd.DataFrame:
    """Return the items that the judge's gate is decided on: up to four weeks, one dataset, each item once."""
    rows = pool.usable(spec, scores, week=week)
    rows_of_judge = rows[(rows["judge"] == judge) & (rows["rubric"] == spec.rubric_id)]
    return pool.once(pool.in_force(rows_of_judge, week))


def labels_missing(
    gate: Gate, items: pd.DataFrame, shares: Shares | None, *, looks: int = 0
) -> LabelsMissing:
    """Return how many labels more open a shut gate, the agreement of `items` unchanged.

    Where items were drawn by verdict the labels are taken to come from the queue, by its allocation; else as
    the items came. An agreement below the gate is not helped by labels. `looks` at the judge were taken.
    """
    if gate.rule == "exempt":
        return LabelsMissing(None, Reason.EXEMPT)
    items = of_traffic(items)
    measured = measure(gate, items, shares).smaller(gate)
    if measured.point is None:
        return LabelsMissing(None, measured.reason or Reason.NO_LABELS)
    if measured.point < gate.minimum:
        return LabelsMissing(None, Reason.GATE_SHUT)
    if gate.rule == "point":
        return LabelsMissing(max(0, ENOUGH - measured.n))
    ranks = gate.metric == "spearman"
    probability = _ranks(measured, gate) if ranks else _strata(items, gate, shares)
    return _smallest(probability, opens_at(looks))


def _ranks(measured: Measurement, gate: Gate) -> Callable[[int], float]:
    rho = measured.point or 0.0

    def probability(more: int) -> float:
        n = measured.size * (1 + more / measured.n)
        return correlation.probability_rho_above(rho, n, gate.minimum) if n >= correlation.FEWEST else 0.0

    return probability


def _strata(items: pd.DataFrame, gate: Gate, shares: Shares | None) -> Callable[[int], float]:
    """Return P(agreement >= gate) after so many labels more, at unchanged shares: of all, and judged."""
    of_judge = judged_part(items, shares)
    known = [strata_of(items, shares).strata]
    if of_judge is not None:
        known.append(strata_of(of_judge, None if shares is None else shares.judged()).strata)
    parts = _parts(gate, known[0])

    def probability(more: int) -> float:
        beliefs = [posterior.strata_mcc_posterior(_with_more(strata, parts, more)) for strata in known]
        return min(belief.above(gate.minimum) for belief in beliefs)

    return probability


def _parts(gate: Gate, strata: Mapping[str, posterior.Stratum]) -> dict[str, float]:
    """Return each stratum's share of further labels: by the queue's allocation, else as they came."""
    if not set(strata) <= set(VERDICT_STRATA):
        total = sum(stratum.table.sum() for stratum in strata.values())
        return {name: float(stratum.table.sum() / total) for name, stratum in strata.items()}
    return allocation(gate, {name: stratum.share for name, stratum in strata.items()})


def _with_more(
    strata: Mapping[str, posterior.Stratum], parts: Mapping[str, float], more: int
) -> list[posterior.Stratum]:
    return [
        stratum._replace(table=stratum.table * (1 + more * parts[name] / stratum.table.sum()))
        for name, stratum in strata.items()
    ]


def _smallest(probability: Callable[[int], float], threshold: float) -> LabelsMissing:
    """Return the smallest number, to the next ten, from which on the posterior opens the gate."""
    high = 1
    while probability(high * STEP) < threshold:
        high *= 2
        if high * STEP > MOST:
            return LabelsMissing(None, Reason.AGREEMENT_UNPROVEN)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if probability(middle * STEP) >= threshold else (middle, high)
    return LabelsMissing(0 if probability(0) >= threshold else high * STEP)
