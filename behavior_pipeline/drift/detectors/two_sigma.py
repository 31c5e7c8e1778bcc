"""The published heuristic: beyond two standard deviations of the trailing eight weeks, with an effect floor.

It is simple, known, and too eager without the floor (about one quiet series-week in ten); `benchmarks/`
holds the simulation. Limited to aggregates and watched slices; what is pooled as `other` changes its
make-up and is not tested.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.detector import Detector, Evidence
from behavior_pipeline.drift.onset import onset
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import ALL, OTHER

REFERENCE_WEEKS = 8
BAND = 2.0
IDENTITY = ["series_id", "dimension", "slice_key", "slice_value", "judge", "rubric"]


def detect(evidence: Evidence) -> pd.DataFrame:
    """Return one finding for each aggregate and watched slice, against the same judge and rubric.

    `baseline` is the mean of the eight reference weeks, `effect` the change, `statistic` effect / their
    standard deviation (NULL when they are all alike). A series without all eight weeks is `short_history`.
    """
    weekly = evidence.weekly[evidence.weekly["slice_value"] != OTHER]
    now = pd.Timestamp(evidence.week)
    current = weekly[weekly["week"] == now].sort_values("series_id")
    first = now - timedelta(weeks=REFERENCE_WEEKS)
    before = weekly[(weekly["week"] >= first) & (weekly["week"] < now) & weekly["mean"].notna()]
    reference = before.groupby("series_id")["mean"].agg(weeks="count", baseline="mean", sd="std")
    rows = current[[*IDENTITY, "mean", "n_eff", "missing_reason"]].merge(
        reference, on="series_id", how="left"
    )
    found = [_finding(row, evidence=evidence) for row in rows.to_dict("records")]
    return DRIFT_FINDINGS.validate(pd.DataFrame(found, columns=list(DRIFT_FINDINGS.columns)))


def _finding(row: dict[Any, Any], *, evidence: Evidence) -> dict[str, Any]:
    mean, n_eff, sd, weeks = (_number(row[name]) for name in ("mean", "n_eff", "sd", "weeks"))
    complete = weeks == REFERENCE_WEEKS
    baseline = _number(row["baseline"]) if complete else np.nan
    effect = mean - baseline
    reason = _reason(
        evidence.specs[row["dimension"]].drift, effect, mean=mean, n_eff=n_eff, sd=sd, complete=complete
    )
    if reason is None:
        reason = row["missing_reason"]
    alarm = reason == Reason.OUTSIDE_BAND
    return {
        **{name: row[name] for name in IDENTITY},
        "week": pd.Timestamp(evidence.week), "detector": "two_sigma",
        "kind": "score" if row["slice_key"] == ALL else "slice",
        "baseline": baseline, "current": mean, "effect": effect,
        "statistic": effect / sd if sd > 0 else np.nan, "p_value": np.nan, "q_value": np.nan,
        "onset": onset(evidence.daily, row["series_id"], week=evidence.week) if alarm else None,
        "alarm": alarm, "reason": str(reason),
    }  # fmt: skip


def _reason(
    drift: Drift, effect: float, *, mean: float, n_eff: float, sd: float, complete: bool
) -> Reason | None:
    """Return what is said of the series, the first that applies; None: whatever left it without a mean."""
    if np.isnan(mean):
        return None
    if not complete:
        return Reason.SHORT_HISTORY
    if not n_eff >= drift.minimum_n_eff:
        return Reason.TOO_SMALL
    if not abs(effect) > BAND * sd:
        return Reason.WITHIN_BAND
    return Reason.OUTSIDE_BAND if abs(effect) >= drift.effect_floor else Reason.BELOW_EFFECT_FLOOR


def _number(value: Any) -> float:
    return np.nan if pd.isna(value) else float(value)


PLUGIN = Detector(
    "two_sigma", "outside 2 standard deviations of the trailing 8 weeks and beyond the effect floor", detect
)
