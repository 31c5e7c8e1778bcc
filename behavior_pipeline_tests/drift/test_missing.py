from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detectors.missing import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.drift.cell_worlds import cells, evidence, judged

WEEKS, VALUES = 11, 15


def found(n: Any, drawn: Any) -> pd.DataFrame:
    n, drawn = np.asarray(n, dtype=float), np.asarray(drawn, dtype=float)
    table = cells(0.9 * n, n, drawn=drawn)
    return detect(evidence(len(n), {"weekly_cells": table}, judged())).findings.set_index("slice_value")


def quiet(rng: np.random.Generator, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Answers of a judge that misses 5 % on average, some weeks more than others."""
    drawn = rng.integers(150, 400, size=(WEEKS, VALUES))
    share = rng.beta(0.95 * spread, 0.05 * spread, size=(WEEKS, VALUES))
    return rng.binomial(drawn, share), drawn


@pytest.mark.slow
def test_quiet_weeks_are_as_rare_as_their_p_values_say() -> None:
    for spread in (1e6, 100.0):
        rng = np.random.default_rng(4)
        p = np.concatenate([found(*quiet(rng, spread))["p_value"].to_numpy(float) for _ in range(25)])
        assert (p <= 0.01).mean() <= 0.025 and 0.04 <= (p <= 0.1).mean() <= 0.14


def test_a_judge_that_misses_twice_as_many_is_found() -> None:
    rng, hits = np.random.default_rng(9), 0
    for _ in range(20):
        n, drawn = quiet(rng, 1e6)
        n[-1] = rng.binomial(drawn[-1], 0.88)
        row = found(n, drawn).loc["all"]
        hits += row["p_value"] < 0.015 / (VALUES + 1)
    assert hits >= 19
    assert (row["family"], row["metric"], row["worse"], row["unit"]) == (
        "aggregate",
        "scored_share",
        -1,
        "share",
    )
    assert row["current"] < row["band_low"] < row["baseline"] and row["effect"] < -0.03


def test_a_judge_that_never_answers_is_the_dimensions_own_fall() -> None:
    drawn = np.full((WEEKS, 2), 200.0)
    n = drawn.copy()
    table = cells(n, n, drawn=drawn)
    last = table["week"] == table["week"].max()
    gone = table.assign(n=table["n"].mask(last, 0), judge=table["judge"].mask(last, "v2.1@unknown"))
    row = (
        detect(evidence(WEEKS, {"weekly_cells": gone}, judged())).findings.set_index("slice_value").loc["all"]
    )
    assert row["p_value"] < 1e-9 and row["current"] == 0 and row["judge"] == table["judge"].iloc[0]


def test_all_answered_is_quiet_and_one_trace_more_is_no_alarm() -> None:
    drawn = np.full((WEEKS, 2), 300.0)
    assert (found(drawn, drawn)["p_value"] > 0.5).all()
    n = drawn.copy()
    n[-1, 0] -= 1
    assert (found(n, drawn)["p_value"] > 0.05).all()


def test_short_history_says_so_and_checks_alone_are_not_looked_at() -> None:
    drawn = np.full((3, 2), 300.0)
    assert set(found(drawn, drawn)["reason"]) == {Reason.SHORT_HISTORY}
    assert len(found(np.full((WEEKS, 1), np.nan), np.full((WEEKS, 1), np.nan))) == 0
