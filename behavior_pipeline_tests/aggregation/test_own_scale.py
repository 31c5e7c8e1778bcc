from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline_tests.aggregation import worlds
from behavior_pipeline_tests.aggregation.test_cells import PRICED, TIMED
from behavior_pipeline_tests.aggregation.test_weekly import one, week_of


def world(n: int = 2000, seed: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    segment = rng.choice(["a", "b"], n, p=[0.8, 0.2])
    seconds = np.exp(rng.normal(size=n) + 0.7 * (segment == "b"))
    facts = worlds.facts(
        [{"customer.segment": str(value)} for value in segment], [f"u{k}" for k in rng.integers(0, 300, n)]
    ).assign(
        duration_ms=1000 * seconds, cost_usd=0.01 * seconds, sampling_weight=1.0,
        feature=pd.array(rng.choice(["chat", "search"], n), dtype="string"),
        model=pd.array(np.where(segment == "a", "small", "large"), dtype="string"),
    )  # fmt: skip
    parts = [
        worlds.scores([1.0] * n, dimension=name, tuple_ids=["c"] * n, days=[0] * n)
        for name in ("latency", "cost")
    ]
    return {
        "specs": {"latency": TIMED, "cost": PRICED}, "facts": facts, "scores": pd.concat(parts),
        "tuples": pd.concat(
            [worlds.tuples([("c", "v", "none", "none")], dimension=name) for name in ("latency", "cost")]
        ),
        "traffic": worlds.traffic([(worlds.WEEK, "customer.segment", value, 9) for value in "ab"]),
        "keys": ["customer.segment"], "top_users": 7,
    }  # fmt: skip


@pytest.fixture(scope="module")
def quantiles() -> pd.DataFrame:
    return week_of(**world()).quantiles


def test_every_slice_has_quantiles_in_seconds_with_errors(quantiles: pd.DataFrame) -> None:
    facts = world()["facts"]
    for value, part in (("all", facts), ("b", facts[facts["model"] == "large"])):
        row = one(quantiles, dimension="latency", slice_value=value, metric="p95")
        assert row["value"] == pytest.approx(
            np.quantile(part["duration_ms"], 0.95, method="inverted_cdf") / 1000
        )
        assert row["unit"] == "seconds" and row["n"] == len(part) and 0.02 < row["log_se"] < 0.3
        assert row["clusters"] == part["user_key"].nunique()
    assert set(quantiles.loc[quantiles["dimension"] == "latency", "metric"]) == {
        "p50", "p95", "p99", "geometric_mean",
    }  # fmt: skip


def test_cost_is_told_by_feature_model_and_the_dearest_users(quantiles: pd.DataFrame) -> None:
    payers = quantiles["slice_key"].isin(["feature", "model", "user_key"])
    means = quantiles[(quantiles["metric"] == "geometric_mean") & payers]
    assert set(means["dimension"]) == {"cost"} and set(means["unit"]) == {"usd"}
    assert means["slice_key"].value_counts().to_dict() == {"user_key": 7, "feature": 2, "model": 2}
    facts = world()["facts"]
    large = one(means, slice_key="model", slice_value="large")
    logs = np.log(facts.loc[facts["model"] == "large", "cost_usd"])
    assert large["value"] == pytest.approx(np.exp(logs.mean()))
    assert large["log_se"] == pytest.approx(logs.std() / np.sqrt(len(logs)), rel=0.15)
    dearest = facts.groupby("user_key")["cost_usd"].sum().nlargest(7)
    assert set(means.loc[means["slice_key"] == "user_key", "slice_value"]) == set(dearest.index)


def test_too_few_traces_leave_a_value_without_an_error() -> None:
    few = week_of(**world(n=60)).quantiles
    row = one(few, dimension="latency", slice_value="all", metric="p99")
    assert row["value"] > 0 and pd.isna(row["log_se"]) and row["reason"] == "too_few"
