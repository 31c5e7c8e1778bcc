from datetime import date
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.aggregation.scorecard import scorecard
from behavior_pipeline_tests.aggregation import worlds

WEEK = worlds.WEEK


def weekly(rows: list[dict[str, Any]]) -> pd.DataFrame:
    base = {
        "week": pd.Timestamp(WEEK), "dimension": "faithfulness", "slice_key": "all", "slice_value": "all",
        "judge": "j", "rubric": "r", "n": 100, "n_eff": 90.0, "mean": 0.9, "low": 0.8, "high": 0.95,
        "missing_reason": None, "scored_share": 1.0, "bound_low": 0.9, "bound_high": 0.9,
        "eligible_share": 1.0, "gate_state": "open", "series_id": "s",
    }  # fmt: skip
    return pd.DataFrame([base | row for row in rows])


class TestScorecard:
    last = pd.Timestamp(date(2026, 3, 2))

    def test_change_is_against_the_same_series_last_week(self) -> None:
        rows = weekly([{"mean": 0.9}, {"week": self.last, "mean": 0.94}])
        row = scorecard(rows, week=WEEK, specs={"faithfulness": worlds.spec()}).iloc[0]
        assert row["change"] == pytest.approx(-0.04) and row["owner"] == "team:answers"

    def test_another_judge_last_week_leaves_the_change_null(self) -> None:
        rows = weekly([{}, {"week": self.last, "series_id": "before"}])
        assert pd.isna(scorecard(rows, week=WEEK, specs={"faithfulness": worlds.spec()})["change"].iloc[0])

    def test_dimension_without_scores_is_there_with_its_reason(self) -> None:
        specs = {"faithfulness": worlds.spec(), "latency": worlds.checked_spec()}
        row = scorecard(weekly([{}]), week=WEEK, specs=specs).set_index("dimension").loc["latency"]
        assert pd.isna(row["mean"]) and row["missing_reason"] == "no_scored_trace"
        assert row["gate_state"] == "exempt"

    def test_the_judge_with_most_scores_speaks(self) -> None:
        rows = weekly([{"n": 10, "series_id": "a", "mean": 0.1}, {"n": 90, "series_id": "b", "mean": 0.8}])
        assert scorecard(rows, week=WEEK, specs={"faithfulness": worlds.spec()})["mean"].iloc[0] == 0.8
