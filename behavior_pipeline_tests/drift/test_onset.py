"""Onsets of decided alarms, in tables as the lake holds them."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.decision.onset import with_onsets
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Decision, Finding, decisions_frame, findings_frame, findings_of
from behavior_pipeline.tables.drift import DECISION_KEY
from behavior_pipeline.tables.weekly import DAILY_SERIES

MONDAY = date(2026, 3, 2)
BASELINE_WEEKS = [MONDAY - timedelta(weeks=back) for back in range(9, 1, -1)]
SERIES = {
    "series_id": "0123456789ab", "dimension": "faithfulness", "slice_key": "all", "slice_value": "all",
    "judge": "v1@m", "rubric": "v1+ab",
}  # fmt: skip


def finding(**given: Any) -> Finding:
    usual = {
        **SERIES, "week": pd.Timestamp(MONDAY), "detector": "contrast", "kind": "score",
        "family": "aggregate", "baseline": 0.94, "baseline_low": 0.935, "baseline_high": 0.945,
        "effect": -0.03, "reason": "compared",
        "baseline_periods": json.dumps([day.isoformat() for day in BASELINE_WEEKS]),
    }  # fmt: skip
    return Finding(**{**usual, **given})


def decided(one: Finding, *, alarm: bool = True) -> pd.DataFrame:
    same = (*DECISION_KEY, "dimension", "slice_key", "slice_value", "family")
    return decisions_frame(
        [Decision(**{name: getattr(one, name) for name in same}, alarm=alarm, reason="moved")]
    )


def days(means: Sequence[float], *, n: int = 400) -> pd.DataFrame:
    """Return days that end with the tested week's Sunday."""
    first = MONDAY + timedelta(days=7 - len(means))
    rows = [
        {**SERIES, "day": first + timedelta(days=number), "n": n, "weight": 5.0 * n, "mean": mean}
        for number, mean in enumerate(means)
    ]
    frame = pd.DataFrame(rows)
    frame["day"] = pd.to_datetime(frame["day"])
    frame["week"] = frame["day"] - pd.to_timedelta(frame["day"].dt.day_of_week, unit="D")
    return DAILY_SERIES.validate(frame[list(DAILY_SERIES.columns)])


def dated(one: Finding, **tables: pd.DataFrame) -> Finding:
    evidence = Evidence(MONDAY, "week", {}, tables)
    return findings_of(with_onsets(findings_frame([one]), decided(one), evidence))[0]


def test_onset_is_the_day_on_which_the_days_fell() -> None:
    rng = np.random.default_rng(1)
    usual = rng.binomial(400, 0.94, 66) / 400
    one = dated(finding(), daily_series=days([*usual, 0.84, 0.85, 0.83, 0.84]))
    assert one.onset == one.onset_low == one.onset_high == pd.Timestamp("2026-03-05")


def test_incident_that_kept_weeks_out_of_the_baseline_is_dated_before_the_week() -> None:
    weeks = json.dumps([day.isoformat() for day in BASELINE_WEEKS[:5]])
    one = dated(finding(baseline_periods=weeks), daily_series=days([0.94] * 49 + [0.84] * 21))
    assert one.onset == pd.Timestamp("2026-02-16")


def test_days_that_wander_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    fell = [0.94] * 4 + [0.9] * 3
    steady = [*rng.binomial(400, 0.94, 63) / 400, *fell]
    wandering = [*np.clip(0.94 + 0.035 * rng.standard_normal(63), 0, 1), *fell]
    width = [
        (one.onset_high - one.onset_low).days
        for one in (dated(finding(), daily_series=days(means)) for means in (steady, wandering))
    ]
    assert width[0] <= 2 < width[1]


def test_days_of_later_weeks_are_not_looked_at() -> None:
    table = days([0.94] * 63 + [0.84] * 7)
    later = table.assign(day=table["day"] + timedelta(days=70), mean=0.1)
    assert dated(finding(), daily_series=table) == dated(finding(), daily_series=pd.concat([table, later]))


@pytest.mark.parametrize(
    "one",
    [
        finding(kind="calibration", metric="agreement"),
        finding(effect=None),
        finding(baseline=None, baseline_low=None, baseline_high=None, baseline_periods=None),
        finding(kind="latency", metric="p95", unit="seconds", baseline=2.9, effect=1.6, worse=1),
    ],
    ids=["judge", "no change", "no baseline", "cells are not given"],
)
def test_what_has_no_days_has_no_onset(one: Finding) -> None:
    assert dated(one, daily_series=days([0.94] * 66 + [0.84] * 4)).onset is None


def test_finding_that_is_no_alarm_stays_as_it_is() -> None:
    one = finding()
    evidence = Evidence(MONDAY, "week", {}, {"daily_series": days([0.94] * 66 + [0.84] * 4)})
    rows = findings_frame([one])
    pd.testing.assert_frame_equal(with_onsets(rows, decided(one, alarm=False), evidence), rows)


def test_latency_is_dated_on_its_own_scale_from_cells() -> None:
    """Seconds double on Thursday in one language; the score would be 1 on both sides of it."""
    rows = []
    for number in range(70):
        for language in ("fr", "en"):
            level = 1.0 + 0.7 * (language == "fr" and number >= 66)
            rows.append(
                {
                    **{name: SERIES[name] for name in ("judge", "rubric")}, "dimension": "latency",
                    "metric": "log_seconds", "cell": json.dumps({"user.language": language}), "n": 50,
                    "day": pd.Timestamp(MONDAY + timedelta(days=number - 63)), "sum_w": 50.0,
                    "sum_wy": 50 * level, "sum_w2": 50.0, "sum_w2y": 50 * level,
                    "sum_w2y2": 50 * (level**2 + 0.25),
                }
            )  # fmt: skip
    slow = finding(
        dimension="latency", kind="latency", metric="p95", unit="seconds", worse=1, slice_key="user.language",
        slice_value="fr", baseline=6.0, baseline_low=5.8, baseline_high=6.2, effect=0.4,
    )  # fmt: skip
    one = dated(slow, daily_cells=pd.DataFrame(rows))
    assert one.onset == one.onset_low == one.onset_high == pd.Timestamp("2026-03-05")
