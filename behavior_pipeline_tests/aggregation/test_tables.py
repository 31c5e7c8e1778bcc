from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.cost import cost_breakdown
from behavior_pipeline.aggregation.latency import latency_spans
from behavior_pipeline.aggregation.scorecard import scorecard
from behavior_pipeline.statistics.quantiles import quantile
from behavior_pipeline_tests.aggregation import worlds

WEEK = worlds.WEEK


def spans(rows: list[tuple[str, str | None, str | None, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["operation", "tool_name", "model", "ms"])
    return table.assign(
        start_ns=10**18, end_ns=10**18 + (table["ms"] * 1e6).astype("int64"), role="production"
    )


class TestLatencySpans:
    def test_quantiles_carry_order_statistic_intervals(self) -> None:
        durations = np.random.default_rng(3).lognormal(5, 1, 400).round(3)
        row = latency_spans(spans([("chat", None, "m", ms) for ms in durations]), week=WEEK).iloc[0]
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            expected = quantile(durations, share)
            assert row[f"{name}_ms"] == pytest.approx(expected.value)
            assert row[f"{name}_low_ms"] == pytest.approx(expected.low)
            assert row[f"{name}_high_ms"] == pytest.approx(expected.high)

    def test_end_that_the_sample_cannot_hold_is_null(self) -> None:
        row = latency_spans(spans([("chat", None, "m", ms) for ms in range(1, 21)]), week=WEEK).iloc[0]
        assert row["p99_ms"] == 20 and pd.isna(row["p99_high_ms"])

    def test_a_span_is_named_by_its_tool_then_its_model(self) -> None:
        rows = [("execute_tool", "search", None, 1), ("chat", None, "m", 1), ("other", None, None, 1)]
        latencies = latency_spans(spans(rows), week=WEEK)
        assert set(latencies["name"]) == {"search", "m", "none"}

    def test_week_without_spans_has_no_rows(self) -> None:
        assert latency_spans(spans([]), week=WEEK).empty


def cost_facts(rows: list[tuple[str | None, str | None, float | None, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["user_key", "feature", "cost_usd", "n_model_calls"])
    return table.assign(trace_id=[f"{n:032x}" for n in range(len(rows))], model="m", role="production")


class TestCostBreakdown:
    def test_cost_of_every_grouping_adds_up_to_the_whole(self) -> None:
        rows = [(f"u{n % 30}", ["search", "chat", None][n % 3], n / 100, 2) for n in range(120)]
        costs = cost_breakdown(cost_facts(rows), week=WEEK, top_users=20)
        sums = costs.groupby("group_key")[["traces", "calls", "cost_usd"]].sum()
        assert set(sums["traces"]) == {120} and set(sums["calls"]) == {240}
        assert sums["cost_usd"].to_list() == pytest.approx([sum(row[2] for row in rows)] * 3)
        assert (costs["group_key"] == "user_key").sum() == 21

    def test_unknown_cost_is_a_share_and_never_zero(self) -> None:
        costs = cost_breakdown(cost_facts([("a", "f", None, 1), ("b", "f", None, 1)]), week=WEEK)
        assert costs["cost_usd"].isna().all() and (costs["share_unknown"] == 1).all()
        mixed = cost_breakdown(cost_facts([("a", "f", 0.2, 1), ("a", "f", None, 1)]), week=WEEK)
        assert list(mixed["cost_usd"]) == [0.2] * 3 and list(mixed["share_unknown"]) == [0.5] * 3

    def test_trace_without_a_model_call_is_not_unknown(self) -> None:
        costs = cost_breakdown(cost_facts([("a", "f", 0.2, 1), ("a", "f", None, 0)]), week=WEEK)
        assert set(costs["share_unknown"]) == {0.0}

    def test_the_dearest_users_stand_alone(self) -> None:
        rows = [("cheap", "f", 0.1, 1), ("dear", "f", 9.0, 1), (None, "f", 99.0, 1)]
        costs = cost_breakdown(cost_facts(rows), week=WEEK, top_users=1)
        users = costs[costs["group_key"] == "user_key"]
        assert list(users["group_value"]) == ["dear", "other", "unknown"]


def weekly(rows: list[dict[str, Any]]) -> pd.DataFrame:
    base = {
        "week": pd.Timestamp(WEEK), "dimension": "faithfulness", "slice_key": "all", "slice_value": "all",
        "judge": "j", "rubric": "r", "n": 100, "n_eff": 90.0, "mean": 0.9, "low": 0.8, "high": 0.95,
        "missing_reason": None, "eligible_share": 1.0, "gate_state": "open", "series_id": "s",
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
