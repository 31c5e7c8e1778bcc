from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.detectors.coverage import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.drift.cell_worlds import evidence, judged, traffic

WEEKS = 14


def found(counts: dict[str, Any], eligible: Any = None) -> pd.DataFrame:
    columns = {value: np.asarray(column, dtype=float) for value, column in counts.items()}
    inside = None if eligible is None else np.asarray(eligible, dtype=float)
    table = traffic(columns, inside)
    weeks = len(next(iter(columns.values())))
    return detect(evidence(weeks, {"weekly_traffic": table}, judged())).findings.set_index("slice_value")


def season(rng: np.random.Generator, *, swing: float) -> dict[str, np.ndarray]:
    """Shares that wander from week to week by more than counting does."""
    logits = np.log([0.4, 0.3, 0.2, 0.1]) + swing * rng.normal(size=(WEEKS, 4))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    counts = np.array([rng.multinomial(3000, share) for share in shares], dtype=float)
    return dict(zip("abcd", counts.T, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("swing", [0.0, 0.1, 0.3])
def test_ordinary_season_is_quiet(swing: float) -> None:
    rng = np.random.default_rng(3)
    p = np.concatenate([found(season(rng, swing=swing))["p_value"].to_numpy(float) for _ in range(40)])
    # shares of one key move against each other, so that a world's p-values come together
    assert (p <= 0.01).mean() <= 0.03 and 0.02 <= (p <= 0.1).mean() <= 0.16


def test_new_value_is_told_against_less_than_a_hundredth() -> None:
    counts = season(np.random.default_rng(1), swing=0.1)
    counts["new"] = np.array([*[np.nan] * (WEEKS - 1), 1300])
    row = found(counts).loc["new"]
    assert row["p_value"] < 1e-4 and row["effect"] > 0.25 and row["baseline"] < 0.01
    assert (row["kind"], row["family"], row["worse"]) == ("coverage", "aggregate", 0)


@pytest.mark.parametrize("name", ["absent", "other"])
def test_an_attribute_that_is_suddenly_missing_is_told(name: str) -> None:
    counts = season(np.random.default_rng(2), swing=0.1)
    counts[name] = np.array([*[40.0] * (WEEKS - 1), 600])
    assert found(counts).loc[name, "p_value"] < 1e-3


def test_vanished_value_is_told() -> None:
    counts = season(np.random.default_rng(2), swing=0.1)
    counts["b"][-1] = np.nan
    row = found(counts).loc["b"]
    assert row["p_value"] < 1e-3 and row["effect"] < -0.2 and row["reason"] == Reason.COMPARED


def test_a_frame_that_shrank_is_told_and_small_changes_of_size_are_not() -> None:
    rng = np.random.default_rng(8)
    counts = season(rng, swing=0.0)
    whole = np.sum(list(counts.values()), axis=0)
    steady = rng.binomial(whole.astype(int), 0.9).astype(float)
    assert found(counts, steady).loc["all", "p_value"] > 0.01
    steady[-1] = 0.8 * whole[-1]
    row = found(counts, steady).loc["all"]
    assert row["metric"] == "eligible_share" and row["p_value"] < 1e-4
    assert row["effect"] == pytest.approx(-0.1, abs=0.02)


def test_bad_inputs_give_a_reason_and_no_crash() -> None:
    short = {value: column[-2:] for value, column in season(np.random.default_rng(2), swing=0.1).items()}
    assert set(found(short)["reason"]) == {Reason.SHORT_HISTORY}
    assert found({"a": [100.0] * WEEKS})["p_value"].eq(1).all()  # one value, always all of the traffic
    gap = season(np.random.default_rng(2), swing=0.1)
    for column in gap.values():
        column[4] = np.nan
    assert set(found(gap)["reason"]) == {Reason.COMPARED}
    assert detect(evidence(3, {}, judged())).findings.empty
