"""How many more labels would open a gate if the agreement stays as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import CLASSES, measure, of_traffic
from behavior_pipeline.calibration.gate.decide import OPENS_AT
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.dimensions.spec import DimensionSpec, Gate
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics import agreement, correlation, posterior
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.words import PASS

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


def labels_missing(gate: Gate, items: pd.DataFrame, pass_share: float | None) -> LabelsMissing:
    """Return how many labels more open a shut gate, the agreement of `items` unchanged.

    With a known pass share the labels are taken to come from the queue, half of them of traces that the judge
    failed; else as the items came. An agreement below the gate is not helped by labels.
    """
    if gate.rule == "exempt":
        return LabelsMissing(None, Reason.EXEMPT)
    items = of_traffic(items)
    measured = measure(gate, items, pass_share)
    if measured.point is None:
        return LabelsMissing(None, measured.reason or Reason.NO_LABELS)
    point, probability = (
        _ranks(measured.point, gate, measured.n)
        if gate.metric == "spearman"
        else _table(items, gate, pass_share)
    )
    if point is None or point < gate.minimum:
        return LabelsMissing(None, Reason.GATE_SHUT)
    if gate.rule == "point":
        return LabelsMissing(max(0, ENOUGH - measured.n))
    return _smallest(probability)


def _ranks(rho: float, gate: Gate, n: int) -> tuple[float, Callable[[int], float]]:
    def probability(more: int) -> float:
        few = n + more < correlation.FEWEST
        return 0.0 if few else correlation.probability_rho_above(rho, n + more, gate.minimum)

    return rho, probability


def _table(
    items: pd.DataFrame, gate: Gate, pass_share: float | None
) -> tuple[float | None, Callable[[int], float]]:
    """Return the point and P(agreement >= gate) after so many labels more, at unchanged shares."""
    table = agreement.confusion(items["human_score"] >= PASS, items["judge_score"] >= PASS, CLASSES)
    if pass_share is None:
        shares = table / table.sum()
        return agreement.mcc(shares).value, lambda more: posterior.mcc_posterior(table + more * shares).above(
            gate.minimum
        )
    shares = posterior.production_table(table, pass_share)
    half = _columns(table) / 2
    return agreement.mcc(shares).value, lambda more: posterior.stratified_mcc_posterior(
        table + more * half, pass_share
    ).above(gate.minimum)


def _columns(table: Vector) -> Vector:
    """Return each verdict's shares of right and wrong; a verdict without labels has none to go by."""
    columns = table.sum(axis=0)
    shares: Vector = np.divide(table, columns, out=np.zeros_like(table), where=columns > 0)
    return shares


def _smallest(probability: Callable[[int], float]) -> LabelsMissing:
    """Return the smallest number, to the next ten, from which on the posterior opens the gate."""
    high = 1
    while probability(high * STEP) < OPENS_AT:
        high *= 2
        if high * STEP > MOST:
            return LabelsMissing(None, Reason.AGREEMENT_UNPROVEN)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if probability(middle * STEP) >= OPENS_AT else (middle, high)
    return LabelsMissing(0 if probability(0) >= OPENS_AT else high * STEP)
