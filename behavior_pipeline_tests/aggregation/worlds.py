"""Small weeks of scored traces for tests."""

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec

WEEK = date(2026, 3, 9)
KEYS = ["customer.segment", "query.category"]


def spec(name: str = "faithfulness", **attributes: Any) -> DimensionSpec:
    judged = {
        "judge": {"version": "v2.1", "model": "lexicon"},
        "rubric_version": "v2",
        "rubric_digest": "ab12cd34",
        "scale": {"kind": "binary", "labels": {"faithful": 1.0, "unfaithful": 0.0}},
    }
    base = {"name": name, "description": "test", "owner": "team:answers"}
    return DimensionSpec.model_validate(base | judged | attributes)


def checked_spec(name: str = "latency", **attributes: Any) -> DimensionSpec:
    return spec(
        name,
        **(
            {
                "judge": None,
                "checks": [{"check": "latency"}],
                "scale": {"kind": "continuous"},
                "gate": {"rule": "exempt", "why": "a clock"},
            }
            | attributes
        ),
    )


def facts(
    slices: list[dict[str, str]],
    users: list[str | None],
    role: str = "production",
    clusters: list[str | None] | None = None,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trace_id": [f"{number:032x}" for number in range(1, len(slices) + 1)],
            "user_key": pd.array(users, dtype="string"),
            "cluster_key": pd.array(clusters or [None] * len(users), dtype="string"),
            "slices": [json.dumps(item) for item in slices],
            "role": role,
        }
    )


def scores(
    values: list[float | None],
    *,
    weights: list[float] | None = None,
    dimension: str = "faithfulness",
    tuple_ids: list[str] | None = None,
    days: list[int] | None = None,
) -> pd.DataFrame:
    n = len(values)
    reasons = ["judge_refused" if value is None else None for value in values]
    return pd.DataFrame(
        {
            "dimension": dimension,
            "day": pd.Timestamp(WEEK) + pd.to_timedelta(days or [0] * n, unit="D"),
            "trace_id": [f"{number:032x}" for number in range(1, n + 1)],
            "score": pd.array(values, dtype="Float64"),
            "missing_reason": pd.array(reasons, dtype="string"),
            "weight": weights or [1.0] * n,
            "tuple_id": tuple_ids or ["t1"] * n,
        }
    )


def tuples(
    rows: list[tuple[str, str, str, str]] | None = None, dimension: str = "faithfulness"
) -> pd.DataFrame:
    """Rows of (tuple_id, prompt, judge, rubric)."""
    return pd.DataFrame(
        [
            {
                "day": pd.Timestamp(WEEK), "dimension": dimension, "tuple_id": tuple_id, "model": "v5.2",
                "prompt": prompt, "judge": judge, "dataset": "v3", "rubric": rubric, "traces": 1,
            }
            for tuple_id, prompt, judge, rubric in rows or [("t1", "v7.2", "v2.1@a", "v2+ab12cd34")]
        ]
    )  # fmt: skip


def frames(rows: list[tuple[str, str, str, int]], dimension: str = "faithfulness") -> pd.DataFrame:
    """Rows of (slice_key, slice_value, reason, traces)."""
    table = pd.DataFrame(rows, columns=["slice_key", "slice_value", "reason", "traces"])
    return table.assign(day=pd.Timestamp(WEEK), dimension=dimension, weight=table["traces"].astype(float))


def traffic(rows: list[tuple[date, str, str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["week", "slice_key", "slice_value", "traces"])
    return table.assign(week=pd.to_datetime(table["week"]))


def gates(rows: list[tuple[str, str, str, str]] | None = None) -> pd.DataFrame:
    return pd.DataFrame(rows or [], columns=["dimension", "judge", "rubric", "gate_state"])


def random_week(n: int = 400, seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    slices = [
        {"customer.segment": str(rng.choice(list("abcdefg"))), "query.category": str(rng.choice(["x", "y"]))}
        for _ in range(n)
    ]
    users = [None if draw < 0.1 else f"u{int(draw * 60)}" for draw in rng.random(n)]
    values = [None if draw < 0.05 else float(draw < 0.9) for draw in rng.random(n)]
    return {
        "facts": facts(slices, users),
        "scores": scores(
            values,
            weights=[float(w) for w in rng.choice([1.0, 5 / 3, 5.0], n)],
            days=[int(d) for d in rng.integers(0, 7, n)],
            tuple_ids=[str(t) for t in rng.choice(["t1", "t2"], n)],
        ),
        "tuples": tuples([("t1", "v7.2", "v2.1@a", "r"), ("t2", "v7.3", "v2.1@a", "r")]),
        "frames": frames([("all", "all", "eligible", 300), ("all", "all", "no_documents", 100)]),
        "traffic": traffic([(WEEK, "customer.segment", value, 10) for value in "abcdefg"]),
    }
