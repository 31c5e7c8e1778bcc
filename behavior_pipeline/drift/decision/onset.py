"""When a series began to move: the first day of its new level, with an interval of 90 %."""

from datetime import timedelta
from math import sqrt
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd

from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, findings_of
from behavior_pipeline.drift.series.days import series_days
from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.onset import of_shares, of_values, onset
from behavior_pipeline.tables.drift import DECISION_KEY
from behavior_pipeline.words import ALL, SCORE, FindingKind

LEVELS = frozenset({FindingKind.SCORE, FindingKind.SLICE})
ON_ITS_SCALE = frozenset({FindingKind.LATENCY, FindingKind.COST})
WIDEST = timedelta(weeks=8)
LEAST_DAYS = 10  # of the baseline, for its days to say how much they wander
LEAST_DISPERSION = 0.05
FARTHEST = 0.5  # of a score mean from its baseline
Z = 1.959964
Reach = tuple[float, float]  # of the change of a day, in parts of the week's: a week holds it on 1 to 7 days
REACH: Reach = (0.5, 8.0)
OF_QUANTILES: Reach = (0.1, 8.0)  # the mean of logarithms may move much less than p99


class Days(NamedTuple):
    """A series day by day: `mean`, its `variance` as if traces were independent, and how many there were."""

    rows: pd.DataFrame  # day, mean, variance, n
    is_score: bool


def with_onsets(findings: pd.DataFrame, decisions: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the findings, those that alarm with `onset`, `onset_low` and `onset_high` where days tell them.

    Level before: the finding's baseline. Looked at are the days behind the baseline's last period, up to
    eight weeks of them.
    """
    keys = list(DECISION_KEY)
    alarms = decisions.loc[decisions["alarm"].astype(bool), keys]
    if alarms.empty:
        return findings
    is_alarm = pd.MultiIndex.from_frame(findings[keys]).isin(pd.MultiIndex.from_frame(alarms))
    dated = [_dated(finding, evidence) for finding in findings_of(findings[is_alarm])]
    changed = {}
    for name in ("onset", "onset_low", "onset_high"):
        days = findings[name].to_numpy(dtype=object, copy=True)
        days[is_alarm] = [getattr(finding, name) for finding in dated]
        changed[name] = pd.Series(days, index=findings.index).astype(findings[name].dtype)
    return findings.assign(**changed)


def _dated(finding: Finding, evidence: Evidence) -> Finding:
    days = days_of(finding, evidence)
    between = None if days is None else onset_of(finding, days, end=evidence.end)
    if between is None:
        return finding
    day, low, high = between
    return msgspec.structs.replace(finding, onset=day, onset_low=low, onset_high=high)


def days_of(finding: Finding, evidence: Evidence) -> Days | None:
    """Return the days of a finding's series, None for what has no days: a judge, or a share of traffic."""
    if finding.kind in LEVELS:
        # daily_series comes with its week
        rows = series_days(evidence) if evidence.grain == "day" else evidence.table("daily_series")
        rows = rows[rows["series_id"] == finding.series_id].dropna(subset=["mean"]).sort_values("day")
        mean, n = rows["mean"].to_numpy(float), rows["n"].to_numpy(float)
        frame = pd.DataFrame({"day": rows["day"].to_numpy(), "mean": mean, "n": n})
        return Days(frame.assign(variance=mean * (1 - mean) / np.maximum(n, 1)), is_score=True)
    if finding.kind in ON_ITS_SCALE and evidence.has("daily_cells"):
        return Days(_from_cells(finding, evidence.table("daily_cells")), is_score=False)
    return None


def _from_cells(finding: Finding, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the days of a slice's traces on the log scale of latency or cost, as sums of cells."""
    same = (cells["metric"] != SCORE) & (cells["dimension"] == finding.dimension)
    for name in ("judge", "rubric"):
        same &= cells[name] == getattr(finding, name)
    rows = cells[same]
    if finding.slice_key != ALL:
        values = rows["cell"].map(lambda cell: dict(values_of(cell)).get(finding.slice_key))
        rows = rows[values == finding.slice_value]
    names = ["n", "sum_w", "sum_wy", "sum_w2", "sum_w2y", "sum_w2y2"]
    sums = rows.groupby("day", sort=True)[names].sum().astype(float)
    sums = sums[(sums["sum_w"] > 0) & (sums["n"] > 1)]
    mean = sums["sum_wy"] / sums["sum_w"]
    squares = sums["sum_w2y2"] - 2 * mean * sums["sum_w2y"] + mean**2 * sums["sum_w2"]
    variance = squares.clip(lower=0) / sums["sum_w"] ** 2
    return pd.DataFrame({"mean": mean, "variance": variance, "n": sums["n"]}).reset_index()


def onset_of(
    finding: Finding, days: Days, *, end: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp] | None:
    """Return the most likely first day of the new level, and the ends of the 90 % interval.

    None without a level before, without a change, or without days behind the baseline.
    """
    rows = days.rows[days.rows["day"] < end]
    known, first = _before(finding, rows, end=end)
    calendar = pd.date_range(first, end - timedelta(days=1))
    asked = rows.set_index("day").reindex(calendar)
    level = _baseline(finding, known, days.is_score)
    if level is None or finding.effect is None or not finding.effect or asked["mean"].notna().sum() == 0:
        return None
    spread = _dispersion(finding, known, level[0])
    n = asked["n"].fillna(0).to_numpy(float)
    if days.is_score:
        likelihood = of_shares(asked["mean"].to_numpy(float), n / spread)
    else:
        likelihood = of_values(asked["mean"].to_numpy(float), _positive(asked["variance"]) * spread)
    day = onset(
        likelihood, baseline=level, days=len(calendar),
        levels=_levels(level[0], finding.effect, is_score=days.is_score),
    )  # fmt: skip
    return None if day is None else (calendar[day.day], calendar[day.low], calendar[day.high])


def _before(finding: Finding, rows: pd.DataFrame, *, end: pd.Timestamp) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Return the days of the baseline, and the first day on which the level may have been new."""
    mondays = finding.compared_with
    longest = end - WIDEST
    if not mondays:
        return rows.iloc[:0], max(longest, end - timedelta(weeks=finding.window + 1))
    weeks = rows["day"] - pd.to_timedelta(rows["day"].dt.day_of_week, unit="D")
    return rows[weeks.isin(mondays)], max(longest, max(mondays) + timedelta(weeks=1))


def _baseline(finding: Finding, known: pd.DataFrame, is_score: bool) -> tuple[float, float] | None:
    """Return the level before with its error: that of the finding, on another scale that of the days."""
    if is_score and finding.baseline is not None and finding.metric == "mean":
        low, high = finding.baseline_low, finding.baseline_high
        if low is not None and high is not None:
            return finding.baseline, (high - low) / (2 * Z)
    if known.empty:
        return None if finding.baseline is None or not is_score else (finding.baseline, 0.0)
    mean = float(np.average(known["mean"], weights=known["n"]))
    weight = known["n"].to_numpy(float) / known["n"].sum()
    error = sqrt(float(weight**2 @ known["variance"].to_numpy(float)))
    return mean, error * sqrt(_dispersion(finding, known, mean))


def _dispersion(finding: Finding, known: pd.DataFrame, level: float) -> float:
    """Return how much more (grades: less) the days of the baseline vary than independent traces would."""
    variance = known["variance"]
    if finding.kind in LEVELS:  # at the common level: that of a day without a failure is not 0
        variance = level * (1 - level) / known["n"]
    kept = variance > 0
    if kept.sum() < LEAST_DAYS:
        return 1.0
    squares = (known["mean"] - level) ** 2 / variance
    return max(float(squares[kept].sum()) / (int(kept.sum()) - 1), LEAST_DISPERSION)


def _positive(variance: "pd.Series[float]") -> Vector:
    """Return variances of days: infinite where there is none, the usual one for a day of equal traces."""
    values = variance.to_numpy(float)
    known = values[values > 0]
    least = float(np.median(known)) if len(known) else np.inf
    return np.where(np.isnan(values), np.inf, np.where(values > 0, values, least))


def _levels(baseline: float, effect: float, *, is_score: bool) -> tuple[float, float]:
    if not is_score:
        return baseline + OF_QUANTILES[0] * effect, baseline + OF_QUANTILES[1] * effect
    nearest = baseline + REACH[0] * effect
    step = min(max(REACH[1] * abs(effect), 0.1), FARTHEST)
    ends = (baseline - step, nearest) if effect < 0 else (nearest, baseline + step)
    return float(np.clip(ends[0], 0.0, 1.0)), float(np.clip(ends[1], 0.0, 1.0))
