"""The published heuristic: beyond two standard deviations of the trailing eight weeks, with an effect floor.

It is simple, known, and too eager without the floor (about one quiet series-week in ten); `benchmarks/`
holds the simulation. Limited to aggregates and watched slices; what is pooled as `other` changes its
make-up and is not tested.
"""

from datetime import timedelta

import pandas as pd

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.band import DEVIATIONS, Band, quiet
from behavior_pipeline.drift.detector import Detector
from behavior_pipeline.drift.finding import Finding, difference, findings_frame
from behavior_pipeline.drift.history import REFERENCE_WEEKS, SeriesHistory, floor_size
from behavior_pipeline.drift.onset import onset
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record, records
from behavior_pipeline.words import ALL, OTHER, FindingKind

NAME = "two_sigma"
IDENTITY = ["series_id", "dimension", "slice_key", "slice_value", "judge", "rubric"]


def detect(history: SeriesHistory) -> pd.DataFrame:
    """Return one finding for each aggregate and watched slice, against the same judge and rubric.

    `baseline` is the mean of the eight reference weeks, `effect` the change, `statistic` effect / their
    standard deviation (NULL when they are all alike). A series without all eight weeks is `short_history`.
    """
    weekly = history.weekly[history.weekly["slice_value"] != OTHER]
    now = history.monday
    current = weekly[weekly["week"] == now].sort_values("series_id")
    first = now - timedelta(weeks=REFERENCE_WEEKS)
    before = weekly[(weekly["week"] >= first) & (weekly["week"] < now) & weekly["mean"].notna()]
    reference = before.groupby("series_id")["mean"].agg(weeks="count", baseline="mean", sd="std")
    rows = current[[*IDENTITY, "mean", "n_eff", "n_floor", "missing_reason"]].merge(
        reference, on="series_id", how="left"
    )
    return findings_frame([_finding(row, history) for row in records(rows)])


def _finding(row: Record, history: SeriesHistory) -> Finding:
    complete = row["weeks"] == REFERENCE_WEEKS
    baseline, sd = (row["baseline"], row["sd"]) if complete else (None, None)
    effect = difference(baseline, row["mean"])
    reason = _reason(
        history.specs[row["dimension"]].drift, effect, mean=row["mean"], size=floor_size(row), sd=sd
    )
    if reason is None:
        reason = row["missing_reason"]
    alarm = reason == Reason.OUTSIDE_BAND
    return Finding(
        **{name: row[name] for name in IDENTITY}, week=history.monday, detector=NAME,
        kind=str(FindingKind.SCORE if row["slice_key"] == ALL else FindingKind.SLICE),
        baseline=baseline, current=row["mean"], effect=effect,
        statistic=effect / sd if effect is not None and sd else None,
        onset=onset(history.daily, row["series_id"], week=history.week) if alarm else None,
        alarm=alarm, reason=str(reason),
    )  # fmt: skip


def _reason(
    drift: Drift, effect: float | None, *, mean: float | None, size: float | None, sd: float | None
) -> Reason | None:
    """Return what is said of the series, the first that applies; None: whatever left it without a number."""
    if mean is None or size is None:
        return None
    if effect is None or sd is None:
        return Reason.SHORT_HISTORY
    if size < drift.minimum_n_eff:
        return Reason.TOO_SMALL
    if abs(effect) <= DEVIATIONS * sd:
        return Reason.WITHIN_BAND
    return Reason.OUTSIDE_BAND if abs(effect) >= drift.effect_floor else Reason.BELOW_EFFECT_FLOOR


def band(finding: Finding, drift: Drift) -> Band:
    """Return the levels that neither leave the band of the reference weeks nor reach the effect floor.

    Their standard deviation is effect / statistic, 0 where all weeks were alike.
    """
    if finding.baseline is None or finding.effect is None:
        raise ValueError("a finding without a baseline has no band")
    sd = abs(finding.effect / finding.statistic) if finding.statistic else 0.0
    return quiet(finding.baseline, sd, effect_floor=drift.effect_floor)


PLUGIN = Detector(
    NAME,
    "outside 2 standard deviations of the trailing 8 weeks and beyond the effect floor",
    detect,
    rank=10,
    band=band,
)
