"""What could be seen of a day, per field and slice: where every record went, and which fields traces hold."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import orjson
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.traces import COVERAGE

FIELDS = ("input_text", "output_text", "documents", "tool_calls", "input_tokens", "cost_usd", "duration_ms")
COUNTS = ("late", "orphaned", "duplicated", "text_free", "not_consented", "redacted", "quarantined")


def coverage_of_day(
    day: date,
    *,
    traces: pd.DataFrame,
    spans: Sequence[Mapping[str, Any]],
    ingested: pd.DataFrame,
    not_consented: pd.DataFrame,
    late_spans: int,
) -> pd.DataFrame:
    """Return the coverage rows of a day.

    `records` says where each record of the day's files went, `spans_by_parent` how many of the parents that
    spans name are there, `turns` how many of the turns that conversations repeat are there, and one row a
    field and slice how many traces hold it.
    """
    rows = [_records(ingested, not_consented, late_spans), _parents(spans), _turns(traces, spans)]
    rows += _fields(traces, not_consented)
    blank = {"slice_key": "all", "slice_value": "all", "expected": None, **dict.fromkeys(COUNTS, 0)}
    return pd.DataFrame([{**blank, "day": day, **row} for row in rows], columns=list(COVERAGE.columns))


def _records(ingested: pd.DataFrame, not_consented: pd.DataFrame, late_spans: int) -> dict[str, Any]:
    total: Mapping[Any, Any] = ingested.sum(numeric_only=True).to_dict() if len(ingested) else {}
    return {
        "field": "records",
        "expected": float(total.get("present", 0)),
        "seen": float(total.get("stored", 0)),
        "late": late_spans,
        **{name: int(total.get(name, 0)) for name in ("duplicated", "not_consented", "quarantined")},
    }


def _parents(spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    there = {(span["trace_id"], span["span_id"]) for span in spans}
    named = {
        (span["trace_id"], span["parent_span_id"]) for span in spans if span["parent_span_id"] is not None
    }
    return {"field": "spans_by_parent", "expected": float(len(named)), "seen": float(len(named & there))}


def _turns(traces: pd.DataFrame, spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count each conversation's turns by the longest history that one of its traces repeats."""
    longest: Counter[str] = Counter()
    for span in spans:
        if span["operation"] == "chat":
            longest[span["trace_id"]] = max(longest[span["trace_id"]], _user_turns(span["input_messages"]))
    talked = traces.loc[traces["conversation_id"].notna(), ["conversation_id", "trace_id"]]
    turns = talked.assign(turns=[longest[trace_id] for trace_id in talked["trace_id"]])
    found = turns.groupby("conversation_id").agg(repeated=("turns", "max"), seen=("trace_id", "nunique"))
    expected = found.max(axis=1).sum()
    return {"field": "turns", "expected": float(expected), "seen": float(found["seen"].sum())}


def _user_turns(history: object) -> int:
    if not isinstance(history, str):
        return 0
    return sum(message.get("role") == "user" for message in orjson.loads(history))


def _fields(traces: pd.DataFrame, not_consented: pd.DataFrame) -> list[dict[str, Any]]:
    held = traces[["trace_id", "slices", "unmeasurable", "has_root"]].copy()
    for name in FIELDS:
        held[name] = traces[name].notna()
    refused = not_consented[["slice_key", "slice_value", "traces"]]  # noqa: F841 - the query names it
    columns = ", ".join(
        f"count(*) FILTER ({name}) AS seen_{name},"
        f" count(*) FILTER (unmeasurable ->> '{name}' = '{Reason.TEXT_FREE}') AS free_{name}"
        for name in FIELDS
    )
    counted = duckdb.sql(f"""
        WITH sliced AS (
            SELECT 'all' AS slice_key, 'all' AS slice_value, * FROM held
            UNION ALL
            SELECT key, slices ->> ('$."' || key || '"'), held.*
            FROM held, unnest(json_keys(slices)) AS keys(key)
        ), counted AS (
            SELECT slice_key, slice_value, count(*) AS n, count(*) FILTER (NOT has_root) AS orphaned,
                   {columns}
            FROM sliced GROUP BY ALL
        )
        SELECT counted.*, coalesce(refused.traces, 0) AS refused
        FROM counted LEFT JOIN refused USING (slice_key, slice_value) ORDER BY ALL
    """).df()  # noqa: S608 - names are constants of this module
    return [
        {
            "slice_key": row["slice_key"], "slice_value": row["slice_value"], "field": name,
            "expected": float(row["n"] + row["refused"]), "seen": float(row[f"seen_{name}"]),
            "orphaned": row["orphaned"] if name == "duration_ms" else 0, "text_free": row[f"free_{name}"],
            "not_consented": row["refused"],
        }
        for row in counted.to_dict("records")
        for name in FIELDS
    ]  # fmt: skip
