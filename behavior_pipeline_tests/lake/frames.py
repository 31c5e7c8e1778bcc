"""Rows for lake tests."""

import datetime as dt

import pandas as pd

from behavior_pipeline.tables.drift import DRIFT_ALERTS
from behavior_pipeline.tables.scores import scores_table
from behavior_pipeline.tables.traces import SPANS

DAY = dt.date(2026, 1, 5)


def quarantine(day: dt.date = DAY, *, rows: int = 2, digest: str = "x") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "day": pd.Timestamp(day),
            "file": [f"{day}/dump-{number}.jsonl" for number in range(rows)],
            "line": range(rows),
            "record": 0,
            "byte_offset": 0,
            "reason": "invalid_json",
            "digest": digest,
        }
    )


def spans(day: dt.date = DAY, *, rows: int = 1) -> pd.DataFrame:
    filled = {
        "day": pd.Timestamp(day), "trace_id": "t", "span_id": [f"{number:04}" for number in range(rows)],
        "name": "chat", "operation": "chat", "start_ns": 1_767_600_000_000_000_001,
        "end_ns": 1_767_600_000_000_000_002,
        "status": "ok", "sampling_weight": 1.0, "role": "production", "attributes": "{}", "dialect": "genai",
        "file": "f", "line": 1,
    }  # fmt: skip
    return pd.DataFrame({name: filled.get(name) for name in SPANS.columns}, index=range(rows))


def scores(day: dt.date = DAY) -> pd.DataFrame:
    filled = {
        "day": pd.Timestamp(day), "trace_id": "t", "score": 1.0, "weight": 1.0, "evaluator": "check",
        "scored_at": pd.Timestamp("2026-01-06T00:00Z"), "tuple_id": "x",
    }  # fmt: skip
    return pd.DataFrame({name: filled.get(name) for name in scores_table("any").columns}, index=[0])


def tuple_days(dimension: str, day: dt.date = DAY) -> pd.DataFrame:
    words = dict.fromkeys(["tuple_id", "model", "prompt", "judge", "dataset", "rubric"], "x")
    return pd.DataFrame({"day": pd.Timestamp(day), "dimension": dimension, **words, "traces": 1}, index=[0])


def alerts(week: dt.date, *, state: str) -> pd.DataFrame:
    filled = {
        "week": pd.Timestamp(week), "alert_id": "a", "kind": "score", "dimension": "tone", "slice_key": "all",
        "slice_value": "all", "opened": pd.Timestamp(DAY), "severity": "warn", "sentence": "s",
        "verdict": "unknown", "suspects": "[]", "owner": "o", "route": "r", "state": state, "evidence": "{}",
    }  # fmt: skip
    return pd.DataFrame({name: filled.get(name) for name in DRIFT_ALERTS.columns}, index=[0])
