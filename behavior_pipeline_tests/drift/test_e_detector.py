"""The daily fast path: bets that go on from day to day, and its promise of quiet days."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detector import Measured
from behavior_pipeline.drift.detectors.e_detector import (
    RUN_LENGTH,
    STEPS,
    advanced,
    detect,
    log_mean,
    size_of,
)
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.week import drift_of_period
from behavior_pipeline.statistics.betting import shiryaev_roberts
from behavior_pipeline.tables.cells import DAILY_CELLS
from behavior_pipeline.tables.drift import DRIFT_FINDINGS, DRIFT_STATE
from behavior_pipeline_tests.aggregation.worlds import spec

START = date(2026, 1, 5)
SPECS = {"faithfulness": spec()}


def cells(
    levels: Sequence[float], *, n: int = 400, value: str = "trial", clusters: int | None = None
) -> pd.DataFrame:
    """Return cells of one segment: a level a day."""
    rows = [
        {
            "day": pd.Timestamp(START + timedelta(days=number)), "dimension": "faithfulness", "judge": "v1@m",
            "rubric": "v1+ab", "metric": "score", "cell": json.dumps({"customer.segment": value}), "n": n,
            "clusters": clusters or n, "drawn": n, "sum_w": 5.0 * n, "sum_wy": 5.0 * n * level,
            "sum_wy2": 5.0 * n * level, "sum_w2": 25.0 * n, "sum_w2y": 25.0 * n * level,
            "sum_w2y2": 25.0 * n * level, "sum_w_missing": 0.0,
        }
        for number, level in enumerate(levels)
    ]  # fmt: skip
    return DAILY_CELLS.validate(pd.DataFrame(rows))


def evidence(table: pd.DataFrame, day: int, state: pd.DataFrame | None = None) -> Evidence:
    tables = {"daily_cells": table, "drift_state": DRIFT_STATE.empty() if state is None else state}
    return Evidence(START + timedelta(days=day), "day", SPECS, tables)


def walked(table: pd.DataFrame, first: int, last: int) -> dict[int, Measured]:
    """Return what is measured day by day, each going on from the one before."""
    state, measured = None, {}
    for day in range(first, last + 1):
        measured[day] = detect(evidence(table, day, state).cut())
        state = measured[day].state
    return measured


def whole(one: Measured) -> pd.Series:
    rows = one.findings[one.findings["slice_key"] == "all"]
    assert len(rows) == 1
    return rows.iloc[0]


STEADY = [0.9 + 0.01 * (number % 3 - 1) for number in range(70)]


def test_detector_is_that_of_the_paper() -> None:
    """With one trace a day and one step: Shiryaev-Roberts with the bet of the likelihood ratio."""
    passes, quiet = np.array([1, 0, 0, 1, 0, 0, 0], dtype=float), 0.9
    levels = np.full((1, len(STEPS)), -np.inf)
    for value in passes:
        levels = advanced(levels, np.array([value]), np.array([1.0]), quiet=np.array([quiet]), bar=99.0)
    for number, step in enumerate(STEPS):
        expected = shiryaev_roberts(passes, mean=quiet, bet=-step / (quiet * (1 - quiet)))[-1]
        assert np.exp(levels[0, number]) == pytest.approx(expected)


def test_fall_alarms_within_days_and_is_dated() -> None:
    table = cells([*STEADY, *[0.8] * 7])
    days = walked(table, 66, 76)
    reasons = [whole(days[day])["reason"] for day in range(66, 77)]
    assert set(reasons[:4]) == {"compared"}
    assert "run_length" in reasons[4:8]
    alarm = 66 + reasons.index("run_length")
    given = evidence(table, alarm, days[alarm - 1].state)
    made = drift_of_period(given)
    assert made.decisions["alarm"].all()
    rows = made.findings[made.findings["slice_key"] == "all"]
    assert rows["onset"].iloc[0] == pd.Timestamp(START + timedelta(days=70))


def test_weekday_is_compared_with_itself() -> None:
    """Sundays are .2 lower each week, and no alarm."""
    levels = [0.7 if number % 7 == 6 else 0.9 for number in range(84)]
    days = walked(cells(levels), 63, 83)
    assert {whole(one)["reason"] for one in days.values()} == {"compared"}
    assert whole(days[83])["baseline"] == pytest.approx(0.7)


def test_alarmed_day_is_in_no_baseline() -> None:
    table = cells([*STEADY, *[0.6] * 7, *[0.9] * 21])
    days = walked(table, 66, 90)
    assert whole(days[71])["reason"] == "run_length"
    assert whole(days[85])["baseline"] > 0.89  # day 71 is two weeks ago


def test_bets_are_soon_over_when_the_level_is_back() -> None:
    days = walked(cells([*STEADY, *[0.6] * 7, *[0.9] * 21]), 66, 90)
    assert whole(days[76])["reason"] == "run_length"
    assert whole(days[79])["reason"] == "compared"


def test_short_history_says_so_and_bets_nothing() -> None:
    row = whole(walked(cells([0.9] * 20 + [0.2]), 20, 20)[20])
    assert row["reason"] == "short_history" and pd.isna(row["log_e"])
    assert whole(walked(cells([0.9]), 0, 0)[0])["reason"] == "short_history"


def test_series_without_traffic_keeps_its_state() -> None:
    table = pd.concat([cells(STEADY), cells(STEADY[:69], value="pro")])
    days = walked(table, 66, 69)
    before, after = (
        dict(zip(days[day].state["series_id"], days[day].state["state"], strict=True)) for day in (68, 69)
    )
    gone = set(days[68].findings["series_id"]) - set(days[69].findings["series_id"])
    assert len(gone) == 1
    assert all(before[key] == after[key] for key in gone)


def test_keeps_the_contract_and_says_the_same_twice() -> None:
    first, again = (walked(cells(STEADY), 66, 69)[69] for _ in range(2))
    assert len(DRIFT_FINDINGS.validate(first.findings)) == 2
    assert len(DRIFT_STATE.validate(first.state)) == 2
    pd.testing.assert_frame_equal(first.findings, again.findings)
    assert detect(evidence(cells([0.9]), 40)).findings.empty
    assert detect(evidence(cells([0.9]).iloc[:0], 40)).findings.empty


def test_traces_of_few_users_are_worth_fewer() -> None:
    rows = cells([0.9], n=400, clusters=100)
    assert size_of(rows) == pytest.approx([100.0])


def test_quiet_days_run_longer_than_promised() -> None:
    """E-detectors' mean is at most the number of days; at the quiet level itself, with all series at once."""
    rng, series, days = np.random.default_rng(7), 400, 100
    levels = np.full((series, len(STEPS)), -np.inf)
    highest = np.full(series, -np.inf)
    bar = float(np.log(RUN_LENGTH))
    for _ in range(days):
        mean = rng.binomial(60, 0.9, series) / 60
        levels = advanced(levels, mean, np.full(series, 60.0), quiet=np.full(series, 0.9), bar=bar)
        highest = np.maximum(highest, log_mean(levels))
    assert (highest >= bar).mean() <= days / RUN_LENGTH + 0.03
