from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detectors.checks import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.drift.cell_worlds import cells, evidence, judged

WEEKS, VALUES, N = 11, 15, 300


def checked(passed: Any, n: Any) -> pd.DataFrame:
    passed, n = np.asarray(passed, dtype=float), np.asarray(n, dtype=float)
    table = cells(passed, n).assign(metric="checks")
    return detect(evidence(len(n), {"weekly_cells": table}, judged())).findings.set_index("slice_value")


def quiet(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = np.full((WEEKS, VALUES), N)
    return rng.binomial(n, 0.95), n


@pytest.mark.slow
def test_quiet_weeks_are_as_rare_as_their_p_values_say() -> None:
    rng = np.random.default_rng(11)
    p = np.concatenate([checked(*quiet(rng))["p_value"].dropna().to_numpy(float) for _ in range(25)])
    assert (p <= 0.01).mean() <= 0.03 and 0.05 <= (p <= 0.1).mean() <= 0.15


def test_a_slice_whose_checks_fail_more_is_found_and_stands_behind_no_judge() -> None:
    rng, hits = np.random.default_rng(12), 0
    for _ in range(10):
        passed, n = quiet(rng)
        passed[-1, 3] = rng.binomial(N, 0.8)
        rows = checked(passed, n)
        row = rows.loc[rows["p_value"].astype(float).idxmin()]
        hits += row["p_value"] < 0.015 / (VALUES + 1)
    assert hits == 10
    assert (row["judge"], row["rubric"], row["kind"], row["worse"]) == ("none", "none", "slice", -1)
    assert row["current"] < row["band_low"] < row["baseline"]


def test_small_slices_are_said_to_be_too_small() -> None:
    n = np.full((WEEKS, 2), 150)
    rows = checked(0.9 * n, n)
    assert rows.loc["all", "reason"] == str(Reason.COMPARED)
    slices = rows.drop(index="all")
    assert set(slices["reason"]) == {str(Reason.TOO_SMALL)} and slices["p_value"].isna().all()


def test_two_weeks_of_history_are_short() -> None:
    n = np.full((2, 2), N)
    assert set(checked(0.9 * n, n)["reason"]) == {str(Reason.SHORT_HISTORY)}


def test_weeks_in_which_nothing_failed_have_a_level() -> None:
    n = np.full((WEEKS, 2), N)
    row = checked(n, n).loc["all"]
    assert row["reason"] == str(Reason.COMPARED) and row["p_value"] > 0.1
