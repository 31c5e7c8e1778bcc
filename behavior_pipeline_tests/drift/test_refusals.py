from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.drift.detectors.refusals import detect
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.weekly import REFUSAL_BALANCE
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.drift import worlds
from behavior_pipeline_tests.drift.cell_worlds import evidence, monday

WEEKS, SE = 12, 0.02


def found(asymmetry: Any, *, reason: str | None = None) -> pd.DataFrame:
    """Return findings of asymmetries by week and dimension; NaN: no error, for the reason."""
    asymmetry = np.asarray(asymmetry, dtype=float)
    rows = [
        {
            "week": monday(week + 1), "dimension": f"d{place}", "judge": "j", "rubric": "r",
            "asymmetry": value, "asymmetry_low": value - 1.96 * SE, "asymmetry_high": value + 1.96 * SE,
            "reason": reason if np.isnan(value) else None,
        }
        for (week, place), value in np.ndenumerate(asymmetry)
    ]  # fmt: skip
    table = worlds.typed(pd.DataFrame(rows), REFUSAL_BALANCE)
    specs = {f"d{place}": spec(f"d{place}") for place in range(asymmetry.shape[1])}
    return detect(evidence(len(asymmetry), {"refusal_balance": table}, specs)).findings


def test_quiet_weeks_are_as_rare_as_their_p_values_say() -> None:
    rng = np.random.default_rng(2)
    p = np.concatenate(
        [found(0.05 + SE * rng.normal(size=(WEEKS, 20)))["p_value"].to_numpy(float) for _ in range(25)]
    )
    assert (p <= 0.01).mean() <= 0.025 and 0.05 <= (p <= 0.1).mean() <= 0.14


def test_more_of_either_is_found() -> None:
    rng = np.random.default_rng(3)
    for move in (-0.15, 0.15):
        asymmetry = 0.05 + SE * rng.normal(size=(WEEKS, 2))
        asymmetry[-1, 0] += move
        row = found(asymmetry).set_index("dimension").loc["d0"]
        assert row["p_value"] < 0.001 and np.sign(row["effect"]) == np.sign(move)
        assert (row["kind"], row["metric"], row["family"], row["worse"]) == (
            "refusal",
            "asymmetry",
            "aggregate",
            0,
        )
        assert not row["band_low"] <= row["current"] <= row["band_high"]


def test_one_side_without_scores_and_a_short_history_say_so() -> None:
    asymmetry = np.full((WEEKS, 1), 0.05)
    assert list(found(asymmetry[:3])["reason"]) == [Reason.SHORT_HISTORY]
    asymmetry[-1] = np.nan
    assert list(found(asymmetry, reason="no_scored_trace")["reason"]) == [Reason.NO_SCORED_TRACE]
    assert found(np.zeros((0, 0))).empty


def test_constant_asymmetry_does_not_move() -> None:
    row = found(np.full((WEEKS, 1), 0.05)).iloc[0]
    assert row["effect"] == 0 and row["p_value"] == 1
