"""What could be seen of a day, per field and slice: where every record went, and which fields traces hold."""

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
    spans: pd.DataFrame,
    ingested: pd.DataFrame,
    not_consented: pd.DataFrame,
    late_spans: int,
) -> pd.DataFrame:
    """Return the coverage rows of a day.

    `records` says where each record of the day's files went, `spans_by_parent` how many of the parents that spans
    name are there, `turns` how many of the turns that conversations repeat are there, and one row a field and slice
    how many traces hold it.
    """
    rows = [_records(ingested, not_consented, late_spans), _parents(spans), _turns(traces, spans)]
    rows += _fields(traces, not_consented)
    blank = {"slice_key": "all", "slice_value": "all", "expected": None, **dict.fromkeys(COUNTS, 0)}
    return pd.DataFrame([{**blank, "day": day, **row} for row in rows], columns=list(COVERAGE.columns))


def _records(ingested: pd.DataFrame, not_consented: pd.DataFrame, late_spans: int) -> dict[str, Any]:
    total = ingested.sum(numeric_only=True) if len(ingested) else {}
    return {
        "field": "records",
        "expected": float(total.get("present", 0)),
        "seen": float(total.get("stored", 0)),
        "late": late_spans,
        **{name: int(total.get(name, 0)) for name in ("duplicated", "not_consented", "quarantined")},
    }


def _parents(spans: pd.DataFrame) -> dict[str, Any]:
    named = spans.loc[spans["parent_span_id"].notna(), ["trace_id", "parent_span_id"]].drop_duplicates()
    there = named.merge(
        spans[["trace_id", "span_id"]], left_on=["trace_id", "parent_span_id"], right_on=["trace_id", "span_id"]
    )
    return {"field": "spans_by_parent", "expected": float(len(named)), "seen": float(len(there))}


def _turns(traces: pd.DataFrame, spans: pd.DataFrame) -> dict[str, Any]:
    """Count each conversation's turns by the longest history that one of its traces repeats."""
    talked = traces.loc[traces["conversation_id"].notna(), ["conversation_id", "trace_id"]]
    chats = spans.loc[spans["operation"] == "chat", ["trace_id", "input_messages"]]
    turns = chats.assign(turns=chats["input_messages"].map(_user_turns))
    longest = talked.merge(turns, on="trace_id").groupby("conversation_id")["turns"].max()
    seen = talked.groupby("conversation_id")["trace_id"].nunique()
    expected = pd.concat([longest, seen], axis=1).max(axis=1)
    return {"field": "turns", "expected": float(expected.sum()), "seen": float(seen.sum())}


def _user_turns(history: object) -> int:
    if not isinstance(history, str):
        return 0
    return sum(message.get("role") == "user" for message in orjson.loads(history))


def _fields(traces: pd.DataFrame, not_consented: pd.DataFrame) -> list[dict[str, Any]]:
    held = traces[["trace_id", "slices", "unmeasurable", "has_root"]].copy()
    for name in FIELDS:
        held[name] = traces[name].notna()
    refused = not_consented[["slice_key", "slice_value", "traces"]]
    columns = ", ".join(
        f"count(*) FILTER ({name}) AS seen_{name},"
        f" count(*) FILTER (unmeasurable ->> '{name}' = '{Reason.TEXT_FREE}') AS free_{name}"
        for name in FIELDS
    )
    counted = duckdb.sql(f"""
        WITH sliced AS (
            SELECT 'all' AS slice_key, 'all' AS slice_value, * FROM held
            UNION ALL
            SELECT key, slices ->> ('$."' || key || '"'), held.* FROM held, unnest(json_keys(slices)) AS keys(key)
        ), counted AS (
            SELECT slice_key, slice_value, count(*) AS n, count(*) FILTER (NOT has_root) AS orphaned, {columns}
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
