"""Findings, cells and days of versions, made by hand."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.tables.cells import WEEKLY_CELLS
from behavior_pipeline.tables.weekly import WEEKLY_SCORES

MONDAY = pd.Timestamp(date(2026, 3, 2))
BASELINE = [MONDAY - timedelta(weeks=back) for back in range(5, 1, -1)]
END = MONDAY + timedelta(weeks=1)
SERIES = {
    "series_id": "0123456789ab", "dimension": "tool_calls", "slice_key": "all", "slice_value": "all",
    "judge": "none", "rubric": "none",
}  # fmt: skip


def finding(**given: Any) -> Finding:
    usual = {
        **SERIES, "week": MONDAY, "detector": "contrast", "kind": "score", "family": "aggregate",
        "baseline": 0.9, "effect": -0.08, "effect_se": 0.01, "reason": "compared",
        "baseline_periods": json.dumps([str(day)[:10] for day in BASELINE]),
    }  # fmt: skip
    return Finding(**{**usual, **given})


def sums(n: float, mean: float, *, variance: float | None = None, weight: float = 1.0) -> dict[str, float]:
    """Return the sums of n traces of one weight with this mean; the variance of passes by default."""
    second = mean**2 + (mean * (1 - mean) if variance is None else variance)
    return {
        "n": n, "sum_w": n * weight, "sum_wy": n * weight * mean, "sum_w2": n * weight**2,
        "sum_w2y": n * weight**2 * mean, "sum_w2y2": n * weight**2 * second,
    }  # fmt: skip


Levels = Mapping[tuple[str, str], tuple[float, float]]  # (category, language): traces a week, mean


def cells(before: Levels, now: Levels, *, metric: str = "score", **series: str) -> pd.DataFrame:
    """Return WEEKLY_CELLS rows: `before` in each week of the baseline, `now` in the week tested."""
    rows: list[dict[str, Any]] = []
    for week in [*BASELINE, MONDAY]:
        for (category, language), (n, mean) in (now if week == MONDAY else before).items():
            cell = json.dumps({"query.category": category, "user.language": language})
            named = {name: SERIES[name] for name in ("dimension", "judge", "rubric")} | series
            spread = None if metric == "score" else 0.25
            total = sums(n, mean, variance=spread)
            rows.append(
                {
                    **named, "week": week, "metric": metric, "cell": cell, **total, "clusters": n,
                    "drawn": n, "sum_wy2": total["sum_w2y2"], "sum_w_missing": 0.0,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    return WEEKLY_CELLS.validate(frame.astype({"n": int, "clusters": int, "drawn": int}))


def weekly(
    shares: Sequence[float], means: Sequence[float], *, se: float = 0.005, **series: str
) -> pd.DataFrame:
    """Return weekly_scores of the baseline's weeks and the one tested; only what is read is filled."""
    weeks = [*BASELINE, MONDAY]
    columns = {name: str(column.dtype) for name, column in WEEKLY_SCORES.columns.items()}
    frame = pd.DataFrame(
        {"week": weeks, "n": 1000, "se": se, "eligible_share": shares, "mean": means, **SERIES, **series}
    )
    return frame.reindex(columns=list(columns)).astype(columns)


def days(
    values: Mapping[tuple[str, str], Sequence[tuple[float, float]]], *, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """Return days of versions that end with the tested Sunday: (traces, mean) a day of each value.

    With a generator passes are drawn.
    """
    rows = []
    for (component, value), levels in values.items():
        first = END - timedelta(days=len(levels))
        for number, (n, mean) in enumerate(levels):
            level = mean if rng is None or not n else rng.binomial(int(n), mean) / n
            if n:
                day = first + timedelta(days=number)
                rows.append({"day": day, "component": component, "value": value, **sums(n, level)})
    return pd.DataFrame(rows)
