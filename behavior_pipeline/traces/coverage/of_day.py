"""What could be seen of a day, per field, slice and dialect: where records went, which fields traces hold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import orjson
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.traces import COVERAGE
from behavior_pipeline.values import sql_beside
from behavior_pipeline.words import ALL, EVALUATION, PRODUCTION

# What a trace can hold, and which traces could hold it: a count of tokens needs a call that was answered.
FIELDS = {
    "texts": "true", "input_text": "true", "output_text": "true", "documents": "true", "tool_calls": "true",
    "model_calls": "true", "input_tokens": "answered", "cost_usd": "answered", "duration_ms": "true",
}  # fmt: skip
NOT_NULL = [name for name in FIELDS if name not in ("texts", "model_calls")]
COUNTS = ("late", "orphaned", "duplicated", "text_free", "not_consented", "redacted", "quarantined")
BLANK = {"slice_key": ALL, "slice_value": ALL, "dialect": ALL, "expected": None, **dict.fromkeys(COUNTS, 0)}
WITHOUT_TEXT = (Reason.TEXT_FREE, Reason.HIDDEN)
Row = dict[str, Any]


def arrivals_sql() -> str:
    """Return the query of `arrivals`: [day, dialect, spans, behind] of a range of days."""
    return sql_beside(__file__, "arrivals")


def coverage_of_day(
    day: date,
    *,
    traces: pd.DataFrame,
    spans: Sequence[Mapping[str, Any]],
    ingested: pd.DataFrame,
    not_consented: pd.DataFrame,
    late_spans: int,
    arrivals: pd.DataFrame,
) -> pd.DataFrame:
    """Return the coverage rows of a day.

    `records` says where each record of the day's files went, `spans_on_time` how many of the stored spans
    came on the day on which their trace began (the others are `late` there; in `records` only those that
    came after their trace was built), `evaluator_runs` how many traces are no traffic, `turns` how many of
    the turns that conversations repeat are there.
    `spans_by_parent` says how many of the parents that spans name are there, and every other row how many
    traces hold a field of those that could: both for each slice and dialect of production traffic. What was
    not consented has no dialect and stands in the rows over all dialects only.
    """
    rows = [_records(ingested, not_consented, late_spans), *_on_time(arrivals), *_turns(traces, spans)]
    rows.append(_evaluator_runs(traces))
    rows += _fields(traces, spans, not_consented)
    rows[0]["redacted"] = sum(map(_redactions, spans))
    return pd.DataFrame([{**BLANK, "day": day, **row} for row in rows], columns=list(COVERAGE.columns))


def _records(ingested: pd.DataFrame, not_consented: pd.DataFrame, late_spans: int) -> Row:
    total: Mapping[Any, Any] = ingested.sum(numeric_only=True).to_dict() if len(ingested) else {}
    return {
        "field": "records",
        "expected": float(total.get("present", 0)),
        "seen": float(total.get("stored", 0)),
        "late": late_spans,
        **{name: int(total.get(name, 0)) for name in ("duplicated", "not_consented", "quarantined")},
    }


def _evaluator_runs(traces: pd.DataFrame) -> Row:
    seen = (traces["role"] == EVALUATION).sum()
    return {"field": "evaluator_runs", "expected": float(len(traces)), "seen": float(seen)}


def _on_time(arrivals: pd.DataFrame) -> list[Row]:
    known = arrivals.assign(dialect=arrivals["dialect"].astype(object))
    groups = [(ALL, known), *known.groupby("dialect", sort=True)]
    return [
        {
            "field": "spans_on_time", "dialect": name, "expected": float(rows["spans"].sum()),
            "seen": float(rows["spans"].sum() - rows["behind"].sum()), "late": int(rows["behind"].sum()),
        }
        for name, rows in groups
    ]  # fmt: skip


def _turns(traces: pd.DataFrame, spans: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Count each conversation's turns by the longest history that one of its traces repeats."""
    longest: Counter[str] = Counter()
    for span in spans:
        if span["operation"] == "chat":
            longest[span["trace_id"]] = max(longest[span["trace_id"]], _user_turns(span["input_messages"]))
    talked = traces.loc[traces["conversation_id"].notna(), ["conversation_id", "trace_id", "dialect"]]
    turns = talked.assign(turns=[longest[trace_id] for trace_id in talked["trace_id"]])
    groups = [(ALL, turns), *turns.groupby(turns["dialect"].astype(object), sort=True)]
    return [{"field": "turns", "dialect": name, **_turns_seen(rows)} for name, rows in groups]


def _turns_seen(turns: pd.DataFrame) -> Row:
    conversations = turns.groupby("conversation_id").agg(
        repeated=("turns", "max"), seen=("trace_id", "nunique")
    )
    return {"expected": float(conversations.max(axis=1).sum()), "seen": float(conversations["seen"].sum())}


def _user_turns(history: object) -> int:
    if not isinstance(history, str):
        return 0
    return sum(message.get("role") == "user" for message in orjson.loads(history))


def _fields(
    traces: pd.DataFrame, spans: Sequence[Mapping[str, Any]], not_consented: pd.DataFrame
) -> list[Row]:
    countable = _countable(traces[traces["role"] == PRODUCTION], spans)  # noqa: F841 - the query names it
    refused = not_consented[["slice_key", "slice_value", "traces"]]  # noqa: F841 - the query names it
    columns = ", ".join(
        f"count(*) FILTER ({could}) AS expected_{name},"
        f" count(*) FILTER (({could}) AND {name}) AS seen_{name},"
        f" count(*) FILTER ({_free(name)}) AS free_{name}"
        for name, could in FIELDS.items()
    )
    counted = duckdb.sql(f"""
        WITH sliced AS (
            SELECT '{ALL}' AS slice_key, '{ALL}' AS slice_value, * FROM countable
            UNION ALL
            SELECT key, slices ->> ('$."' || key || '"'), countable.*
            FROM countable, unnest(json_keys(slices)) AS keys(key)
        ), spoken AS (
            SELECT * REPLACE ('{ALL}' AS dialect) FROM sliced
            UNION ALL
            SELECT * FROM sliced WHERE dialect IS NOT NULL
        ), counted AS (
            SELECT slice_key, slice_value, dialect, count(*) FILTER (NOT has_root) AS orphaned,
                   sum(redactions) AS redacted, sum(parents) AS parents, sum(parents_there) AS parents_there,
                   {columns}
            FROM spoken GROUP BY ALL
        )
        SELECT counted.*, coalesce(refused.traces, 0) AS refused
        FROM counted LEFT JOIN refused ON counted.dialect = '{ALL}'
            AND refused.slice_key = counted.slice_key AND refused.slice_value = counted.slice_value
        ORDER BY ALL
    """).df()  # noqa: S608 - names are constants of this module
    return [row for of_slice in counted.to_dict("records") for row in _rows_of_slice(of_slice)]


def _free(name: str) -> str:
    return "NOT texts" if name == "texts" else f"unmeasurable ->> '{name}' = '{Reason.TEXT_FREE}'"


def _rows_of_slice(counted: Mapping[Any, Any]) -> Iterator[Row]:
    cell = {name: counted[name] for name in ("slice_key", "slice_value", "dialect")}
    named, there = float(counted["parents"]), float(counted["parents_there"])
    yield {**cell, "field": "spans_by_parent", "expected": named, "seen": there}
    for name in FIELDS:
        yield {
            **cell, "field": name,
            "expected": float(counted[f"expected_{name}"] + counted["refused"]),
            "seen": float(counted[f"seen_{name}"]),
            "orphaned": counted["orphaned"] if name == "duration_ms" else 0,
            "text_free": counted[f"free_{name}"],
            "not_consented": counted["refused"],
            "redacted": int(counted["redacted"]) if name == "texts" else 0,
        }  # fmt: skip


def _countable(traces: pd.DataFrame, spans: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what each trace holds, in the columns that the query counts."""
    countable = traces[["trace_id", "slices", "unmeasurable", "has_root", "dialect"]].astype("string")
    countable["has_root"] = traces["has_root"].astype(bool)
    for name in NOT_NULL:
        countable[name] = traces[name].notna()
    free = [orjson.loads(noted).get("input_text") in WITHOUT_TEXT for noted in traces["unmeasurable"]]
    countable["texts"] = ~pd.Series(free, index=countable.index, dtype=bool)
    countable["model_calls"] = (traces["n_model_calls"] > 0).astype(bool)
    countable["answered"] = (traces["n_model_calls"] > traces["n_failed_calls"]).astype(bool)
    return countable.join(_by_trace(spans), on="trace_id").fillna(
        dict.fromkeys(("parents", "parents_there", "redactions"), 0)
    )


def _by_trace(spans: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return by trace how many parents its spans name, how many are there, and what was redacted in it."""
    there = {(span["trace_id"], span["span_id"]) for span in spans}
    named = {
        (span["trace_id"], span["parent_span_id"]) for span in spans if span["parent_span_id"] is not None
    }
    redacted: Counter[str] = Counter()
    for span in spans:
        redacted[span["trace_id"]] += _redactions(span)
    columns = {
        "parents": Counter(trace_id for trace_id, _ in named),
        "parents_there": Counter(trace_id for trace_id, _ in named & there),
        "redactions": redacted,
    }
    ids = pd.Index(list(redacted), dtype="string", name="trace_id")
    return pd.DataFrame({name: [counts[i] for i in redacted] for name, counts in columns.items()}, index=ids)


def _redactions(span: Mapping[str, Any]) -> int:
    """Return how often personal data was replaced in a span; a lake from before redaction does not say."""
    counts = span.get("redactions")
    return sum(map(int, orjson.loads(counts).values())) if isinstance(counts, str) else 0
