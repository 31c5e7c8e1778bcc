"""The published heuristic: beyond two standard deviations of the trailing eight weeks, with an effect floor.

It is simple, known, and too eager (about one quiet series-week in ten without the floor), and it has no
p-value that could be weighed against others': it stands outside of the budget of false alarms and is off by
default; `benchmarks/` holds the simulation. Limited to aggregates and watched slices; what is pooled as
`other` changes its make-up and is not tested.
"""

from datetime import timedelta

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.band import DEVIATIONS, quiet
from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.evidence import REFERENCE_WEEKS, Evidence, floor_size
from behavior_pipeline.drift.finding import Finding, difference
from behavior_pipeline.drift.judges.calibration_rows import measured
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import Record, records
from behavior_pipeline.words import ALL, OTHER, Family, FindingKind

NAME = "two_sigma"
IDENTITY = ["series_id", "dimension", "slice_key", "slice_value", "judge", "rubric"]


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each aggregate and watched slice, against the same judge and rubric.

    `baseline` is the mean of the eight reference weeks, `effect` the change, `statistic` effect / their
    standard deviation (NULL when they are all alike). A series without all eight weeks is `short_history`.
    """
    weekly = evidence.table("weekly_scores")
    weekly = weekly[weekly["slice_value"] != OTHER]
    now = evidence.start
    current = weekly[weekly["week"] == now].sort_values("series_id")
    first = now - timedelta(weeks=REFERENCE_WEEKS)
    before = weekly[(weekly["week"] >= first) & (weekly["week"] < now) & weekly["mean"].notna()]
    reference = before.groupby("series_id")["mean"].agg(weeks="count", baseline="mean", sd="std")
    rows = current[[*IDENTITY, "mean", "n_eff", "n_floor", "missing_reason"]].merge(
        reference, on="series_id", how="left"
    )
    return measured([_finding(row, evidence) for row in records(rows)])


def _finding(row: Record, evidence: Evidence) -> Finding:
    complete = row["weeks"] == REFERENCE_WEEKS
    baseline, sd = (row["baseline"], row["sd"]) if complete else (None, None)
    effect, drift = difference(baseline, row["mean"]), evidence.specs[row["dimension"]].drift
    reason = _reason(drift, effect, mean=row["mean"], size=floor_size(row), sd=sd)
    band = None if baseline is None else quiet(baseline, sd or 0.0, effect_floor=drift.effect_floor)
    fell = reason == Reason.OUTSIDE_BAND and (effect or 0.0) < 0
    if reason == Reason.OUTSIDE_BAND and not fell:
        reason = Reason.ROSE
    whole = row["slice_key"] == ALL
    return Finding(
        **{name: row[name] for name in IDENTITY}, week=evidence.start, detector=NAME,
        kind=str(FindingKind.SCORE if whole else FindingKind.SLICE),
        family=str(Family.AGGREGATE if whole else Family.SLICE),
        baseline=baseline, current=row["mean"], effect=effect, n_eff=row["n_eff"],
        statistic=effect / sd if effect is not None and sd else None,
        band_low=None if band is None else band.low, band_high=None if band is None else band.high,
        reason=str(row["missing_reason"] if reason is None else reason),
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


PLUGIN = Detector(
    NAME,
    "outside 2 standard deviations of the trailing 8 weeks and beyond the effect floor",
    detect,
    needs=("weekly_scores",),
    families=(Family.AGGREGATE, Family.SLICE),
)
