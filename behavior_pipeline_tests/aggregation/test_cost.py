import pandas as pd
import pytest

from behavior_pipeline.aggregation.cost import cost_breakdown
from behavior_pipeline_tests.aggregation import worlds

WEEK = worlds.WEEK


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
