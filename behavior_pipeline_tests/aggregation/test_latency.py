import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.latency import latency_spans
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
