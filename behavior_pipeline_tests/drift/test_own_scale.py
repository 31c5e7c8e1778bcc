from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detectors.own_scale import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.aggregation.test_cells import PRICED, TIMED
from behavior_pipeline_tests.drift.cell_worlds import evidence, quantiles

SPECS = {"latency": TIMED, "cost": PRICED}
WEEKS, SLICES = 12, 40


def found(logs: Any, se: Any = None, **given: str) -> pd.DataFrame:
    logs = np.asarray(logs, dtype=float)
    errors = np.full(logs.shape, 0.05) if se is None else np.asarray(se, dtype=float)
    table = quantiles(logs, errors, **given)
    return detect(evidence(len(logs), {"weekly_quantiles": table}, SPECS)).findings


def quiet(rng: np.random.Generator, spread: float = 0.03) -> np.ndarray:
    level = np.log(rng.uniform(1, 9, SLICES))
    return level + spread * rng.normal(size=(WEEKS, SLICES)) + 0.05 * rng.normal(size=(WEEKS, SLICES))


def test_quiet_weeks_are_as_rare_as_their_p_values_say() -> None:
    rng = np.random.default_rng(5)
    p = np.concatenate([found(quiet(rng))["p_value"].to_numpy(float) for _ in range(25)])
    assert (p <= 0.01).mean() <= 0.02 and 0.07 <= (p <= 0.1).mean() <= 0.13


def test_a_tail_that_is_half_as_long_again_is_found_in_seconds() -> None:
    rng, alarms = np.random.default_rng(6), 0
    for _ in range(20):
        logs = quiet(rng)
        logs[-1, 3] += np.log(1.5)
        row = found(logs).set_index("slice_value").loc["c3"]
        alarms += row["p_value"] < 0.015 / SLICES
        assert row["effect"] == pytest.approx(np.log(row["current"] / row["baseline"]))
    assert alarms >= 19
    assert (row["unit"], row["worse"], row["kind"], row["metric"]) == ("seconds", 1, "latency", "p95")
    assert row["baseline"] < row["band_high"] < row["current"] and pd.isna(row["band_low"])


def test_a_tail_that_got_shorter_is_no_evidence_of_a_rise() -> None:
    logs = quiet(np.random.default_rng(7))
    logs[-1] -= 1
    assert (found(logs)["p_value"] > 0.5).all()


def test_aggregate_and_slices_have_their_budgets_and_cost_its_kind() -> None:
    rows = found(quiet(np.random.default_rng(1)), metric="geometric_mean", unit="usd")
    families = rows.set_index("slice_value")["family"]
    assert families["all"] == "aggregate" and set(families.drop("all")) == {"slice"}
    assert set(rows["kind"]) == {"cost"} and set(rows["unit"]) == {"usd"}


def test_too_few_traces_and_a_short_history_say_so() -> None:
    logs, se = np.zeros((WEEKS, 3)), np.full((WEEKS, 3), 0.05)
    se[-1, 1] = np.nan
    logs[:-2, 2] = np.nan
    reasons = found(logs, se).set_index("slice_value")["reason"]
    assert list(reasons[["all", "c1", "c2"]]) == [Reason.COMPARED, Reason.TOO_FEW, Reason.SHORT_HISTORY]
    assert set(found(logs[-2:], se[-2:])["reason"]) == {Reason.SHORT_HISTORY, Reason.TOO_FEW}


def test_constant_durations_and_weeks_without_data_are_quiet() -> None:
    rows = found(np.zeros((WEEKS, 2)), np.zeros((WEEKS, 2)))
    assert (rows["p_value"] == 0.5).all()
    logs = np.zeros((WEEKS, 2))
    logs[5] = np.nan
    assert set(found(logs)["reason"]) == {Reason.COMPARED}
    logs[-1] = np.nan
    assert found(logs).empty
