"""Frames of traces and dimension specs for the tests of sampling and scoring."""

import json
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.tables.traces import TRACES

DAY = pd.Timestamp("2026-01-05").date()
BINARY = {"kind": "binary", "labels": {"good": 1, "bad": 0}}
JUDGE = {"version": "v2.1", "model": "lexical"}


def spec(name: str, **changes: Any) -> DimensionSpec:
    """Return a judged dimension with a binary scale, changed as asked."""
    base: dict[str, Any] = {
        "name": name,
        "description": "as the test needs it",
        "owner": "team:test",
        "scale": BINARY,
        "rubric_version": "v2",
        "rubric": "Is it good?",
        "rubric_digest": "abcd1234",
    }
    if "checks" not in changes:
        base["judge"] = JUDGE
    return DimensionSpec.model_validate({**base, **changes})


def trace(number: int, **changes: Any) -> dict[str, Any]:
    """Return one ordinary production trace; dicts and lists become JSON text."""
    row: dict[str, Any] = dict.fromkeys(TRACES.columns)
    row |= {
        "day": pd.Timestamp(DAY),
        "trace_id": f"{number:032x}",
        "conversation_id": f"c{number}",
        "slices": {"segment": "smb"},
        "feature_flags": {},
        "started_at": pd.Timestamp("2026-01-05T10:00Z"),
        "duration_ms": 1000.0,
        "model": "m1",
        "prompt_version": "p1",
        "input_text": "What is it?",
        "output_text": "It is this.",
        "n_model_calls": 1,
        "n_failed_calls": 0,
        "n_spans": 1,
        "cost_usd": 0.001,
        "consent": True,
        "has_root": True,
        "role": "production",
        "sampling_weight": 1.0,
        "signals": [],
        "unmeasurable": {},
    }
    row |= changes
    return {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in row.items()}


def traces(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the frame as content.traces holds it."""
    return TRACES.validate(pd.DataFrame(rows, columns=list(TRACES.columns)))


def checked(scores: dict[int, float | None]) -> pd.DataFrame:
    """Return a frame as check_scores makes it, from trace number to score."""
    missing = ["no_schema" if score is None else None for score in scores.values()]
    return pd.DataFrame(
        {
            "trace_id": pd.array([f"{number:032x}" for number in scores], dtype="string"),
            "score": pd.array(list(scores.values()), dtype="Float64"),
            "label": pd.array(["pass" if score else "x" for score in scores.values()], dtype="string"),
            "missing_reason": pd.array(missing, dtype="string"),
            "evaluator": "check:x",
        }
    )
