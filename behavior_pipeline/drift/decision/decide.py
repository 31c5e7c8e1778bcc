"""Which findings are alarms: one budget of false alarms over all series, and a least change that matters."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.statistics.multiplicity import benjamini_hochberg, largest_rejected
from behavior_pipeline.tables.drift import DRIFT_DECISIONS

# What a detector says that goes by a rule of its own and has no p-value to be compared with others'.
RULES = frozenset(
    {
        Reason.OUTSIDE_BAND, Reason.RUN_LENGTH, Reason.GATE_CLOSED, Reason.AGREEMENT_DROPPED,
        Reason.JUDGE_MOVED, Reason.JUDGE_LESS_RIGHT, Reason.PEOPLE_MOVED,
    }
)  # fmt: skip


def decide(findings: pd.DataFrame, specs: Mapping[str, DimensionSpec], budget: Budget) -> pd.DataFrame:
    """Return DRIFT_DECISIONS rows, one for each finding.

    P-values are adjusted within a family over all dimensions and kinds (Benjamini and Hochberg 1995), so
    that any quiet week has the family's share of false alarms at most. A change below its effect floor is no
    alarm, however rare.
    """
    if findings.empty:
        return DRIFT_DECISIONS.empty()
    p_value = findings["p_value"].to_numpy(dtype=float, na_value=np.nan)
    q_value, threshold = np.full(len(p_value), np.nan), np.full(len(p_value), np.nan)
    level = np.array([budget.of(family) for family in findings["family"].tolist()])
    for rows in findings.groupby("family").indices.values():
        q_value[rows] = benjamini_hochberg(p_value[rows])
        threshold[rows] = largest_rejected(p_value[rows], float(level[rows[0]]))
    below = _below_floor(findings, specs)
    rose = _rose(findings, threshold) & ~below
    alarm, reason = _outcomes(findings, q_value, level, below, rose=rose)
    decided: dict[str, Any] = {
        "q_value": q_value,
        "threshold": threshold,
        "alarm": alarm,
        "below_floor": below,
        "reason": reason,
    }
    return shaped(findings.assign(**decided), DRIFT_DECISIONS)


def _below_floor(findings: pd.DataFrame, specs: Mapping[str, DimensionSpec]) -> Flags:
    """Return which changes are smaller than the least of their metric that matters."""
    keys = list(zip(*(findings[name].tolist() for name in ("dimension", "metric", "unit")), strict=True))
    floors = {key: specs[key[0]].drift.floor_of(*key[1:]) for key in set(keys)}
    effect = np.abs(np.nan_to_num(findings["effect"].to_numpy(dtype=float, na_value=np.nan)))
    return cast(Flags, effect < np.array([floors[key] for key in keys]))


def _rose(findings: pd.DataFrame, threshold: Vector) -> Flags:
    """Return which changes for the better are as rare as one for the worse would have to be."""
    effect, error, worse = (
        findings[name].to_numpy(dtype=float, na_value=np.nan) for name in ("effect", "effect_se", "worse")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(Flags, stats.norm.sf(-effect * worse / error) <= threshold)


def _outcomes(
    findings: pd.DataFrame, q_value: Vector, level: Vector, below: Flags, *, rose: Flags
) -> tuple[Flags, npt.NDArray[np.object_]]:
    reason = findings["reason"].astype(str)
    compared = (reason == str(Reason.COMPARED)).to_numpy()
    by_rule = reason.isin([str(rule) for rule in RULES]).to_numpy()
    rare = q_value <= level
    worded = np.select(
        [
            compared & rare & ~below, compared & rare, compared & rose,
            (compared | by_rule) & ~rare & ~(by_rule & np.isnan(q_value)),
        ],
        [str(Reason.MOVED), str(Reason.BELOW_EFFECT_FLOOR), str(Reason.ROSE), str(Reason.NOT_RARE)],
        default=reason.to_numpy(dtype=object),
    )  # fmt: skip
    alarm = (compared & rare & ~below) | (by_rule & (rare | np.isnan(q_value)))
    return alarm, worded
