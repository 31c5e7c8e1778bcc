"""Makes rows of content.spans for tests of what is built from them."""

from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.settings.model import Signals
from behavior_pipeline.tables.traces import SPANS, TRACES
from behavior_pipeline.traces import build
from behavior_pipeline_tests.dumps.sample_dumps import records

DAY = date(2026, 3, 2)
RULES = build.Building(("tier",), (), "feature_flag.", {}, Signals())
Row = dict[str, Any]


def row(number: int, operation: str = "other", parent: int | None = None, **values: Any) -> Row:
    """Return a span; messages and other JSON columns may be given as values."""
    plain: Row = dict.fromkeys(SPANS.columns) | {
        "day": DAY, "trace_id": "1" * 32, "span_id": f"{number:016x}", "name": f"span {number}",
        "parent_span_id": None if parent is None else f"{parent:016x}", "operation": operation,
        "start_ns": 10**18 + number * 1000, "end_ns": 10**18 + 10**9 - number * 1000, "status": "unset",
        "sampling_weight": 1.0, "role": "production", "attributes": "{}", "dialect": "genai", "file": "f",
        "line": number,
    }  # fmt: skip
    given = {name: json_text(one) if isinstance(one, list | dict) else one for name, one in values.items()}
    return plain | given


def text(role: str, *texts: str, kind: str = "text") -> list[Row]:
    """Return messages of one role with a text each."""
    return [{"role": role, "parts": [{"type": kind, "content": one}]} for one in texts]


def trace(*rows: Row) -> Row:
    """Return the one trace of some spans, held to the contract."""
    (facts,) = records(TRACES.validate(built(*rows)))
    return facts


def built(*rows: Row) -> pd.DataFrame:
    """Return the one trace of some spans as a frame, without looking at the contract, which takes long."""
    return build.build_traces(sorted(rows, key=lambda one: (one["start_ns"], one["span_id"])), DAY, RULES)
