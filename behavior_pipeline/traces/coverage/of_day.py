"""What could be seen of a day, per field, slice and dialect: where records went, which fields traces hold."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import duckdb
import orjson
import pandas as pd
import pyarrow as pa

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.few_values import few_values
from behavior_pipeline.tables.rows import Rows
from behavior_pipeline.tables.traces import COVERAGE
from behavior_pipeline.values import sql_beside
from behavior_pipeline.words import ALL, EVALUATION, PRODUCTION

# What a trace can hold, and which traces could hold it: a count of tokens needs a call that was answered.
FIELDS = {
    "texts": "true", "input_text": "true", "output_text": "true", "documents": "true", "tool_calls": "true",
    "model_calls": "true", "input_tokens": "answered", "cost_usd": "answered", "duration_ms": "true",
}  # fmt: skip
NOT_NULL = [name for name in FIELDS if name not in ("texts", "model_calls")]
TURNS = f"""
WITH talked AS (
    SELECT dialect, conversation_id, max(turns) AS repeated, count(DISTINCT trace_id) AS seen
    FROM (SELECT * REPLACE ('{ALL}' AS dialect) FROM traces UNION ALL FROM traces)
    WHERE conversation_id IS NOT NULL AND dialect IS NOT NULL
    GROUP BY ALL
)
SELECT dialect, sum(greatest(repeated, seen))::DOUBLE AS expected, sum(seen)::DOUBLE AS seen
FROM talked GROUP BY dialect ORDER BY dialect <> '{ALL}', dialect
"""  # noqa: S608 - names are constants
WITHOUT_TEXT = tuple(map(str, (Reason.TEXT_FREE, Reason.HIDDEN, Reason.UNREAD_CONTENT, Reason.UNREAD_LOGS)))
COUNTABLE = f"""
SELECT slices, unmeasurable, has_root, dialect, parents, parents_there, redactions,
    {", ".join(f"{name} IS NOT NULL AS {name}" for name in NOT_NULL)},
    coalesce(unmeasurable ->> 'input_text', '') NOT IN {WITHOUT_TEXT} AS texts,
    n_model_calls > 0 AS model_calls, n_model_calls > n_failed_calls AS answered
FROM traces WHERE role = '{PRODUCTION}'
"""  # noqa: S608 - names are constants
MEMORY = "200MB"
# Of a trace, counted while its spans are at hand.
SEEN = {name: pa.int64() for name in ("parents", "parents_there", "redactions", "turns")}
COUNTS = ("late", "orphaned", "duplicated", "text_free", "not_consented", "redacted", "quarantined")
BLANK = {"slice_key": ALL, "slice_value": ALL, "dialect": ALL, "expected": None, **dict.fromkeys(COUNTS, 0)}
Row = dict[str, Any]


def seen_of(spans: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the counts SEEN of one trace.

    `parents` are the parents that its spans name, each once, `parents_there` those of them that came, and
    `turns` the user's texts in the longest history that one of its calls repeats.
    """
    its_spans = list(spans)
    named = {span["parent_span_id"] for span in its_spans} - {None}
    histories = (span["input_messages"] for span in its_spans if span["operation"] == "chat")
    return {
        "parents": len(named),
        "parents_there": len(named & {span["span_id"] for span in its_spans}),
        "redactions": sum(map(_redactions, its_spans)),
        "turns": max(map(_user_turns, histories), default=0),
    }


def _user_turns(history: object) -> int:
    if not isinstance(history, str):
        return 0
    return sum(message.get("role") == "user" for message in orjson.loads(history))


def _redactions(span: Mapping[str, Any]) -> int:
    """Return how often personal data was replaced in a span; a lake from before redaction does not say."""
    counts = span.get("redactions")
    return sum(map(int, orjson.loads(counts).values())) if isinstance(counts, str) else 0


def arrivals_sql() -> str:
    """Return the query of `arrivals`: [day, dialect, spans, behind] of a range of days."""
    return sql_beside(__file__, "arrivals")


def coverage_of_day(
    day: date,
    *,
    traces: Rows,
    ingested: pd.DataFrame,
    not_consented: pd.DataFrame,
    late_spans: int,
    arrivals: pd.DataFrame,
) -> pd.DataFrame:
    """Return the coverage rows of a day, from traces on disk with the counts SEEN of each.

    `records` says where each record of the day's files went, `spans_on_time` how many of the stored spans
    came on the day on which their trace began (the others are `late` there; in `records` only those that
    came after their trace was built), `evaluator_runs` how many traces are no traffic, `turns` how many of
    the turns that conversations repeat are there.
    `spans_by_parent` says how many of the parents that spans name are there, and every other row how many
    traces hold a field of those that could: both for each slice and dialect of production traffic. What was
    not consented has no dialect and stands in the rows over all dialects only.
    """
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute(f"CREATE TEMP VIEW traces AS SELECT * FROM {traces.relation()}")  # noqa: S608
        (redacted,) = database.sql("SELECT coalesce(sum(redactions), 0)::BIGINT FROM traces").fetchall()[0]
        rows = [_records(ingested, not_consented, late_spans), *_on_time(arrivals), *_turns(database)]
        rows.append(_evaluator_runs(database))
        rows += _fields(database, not_consented)
    rows[0]["redacted"] = redacted
    counted = pd.DataFrame([{**BLANK, "day": day, **row} for row in rows], columns=list(COVERAGE.columns))
    return few_values(counted, key=COVERAGE.key, rank="expected", sums=["expected", "seen", *COUNTS])


def _records(ingested: pd.DataFrame, not_consented: pd.DataFrame, late_spans: int) -> Row:
    total: Mapping[Any, Any] = ingested.sum(numeric_only=True).to_dict() if len(ingested) else {}
    return {
        "field": "records",
        "expected": float(total.get("present", 0)),
        "seen": float(total.get("stored", 0)),
        "late": late_spans,
        **{name: int(total.get(name, 0)) for name in ("duplicated", "not_consented", "quarantined")},
    }


def _evaluator_runs(database: duckdb.DuckDBPyConnection) -> Row:
    query = f"SELECT count(*)::DOUBLE, count(*) FILTER (role = '{EVALUATION}')::DOUBLE FROM traces"  # noqa: S608
    expected, seen = database.sql(query).fetchall()[0]
    return {"field": "evaluator_runs", "expected": expected, "seen": seen}


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


def _turns(database: duckdb.DuckDBPyConnection) -> list[Row]:
    """Count each conversation's turns by the longest history that one of its traces repeats."""
    counted = database.sql(TURNS).df().to_dict("records")
    rows = [{"field": "turns", **{str(name): value for name, value in row.items()}} for row in counted]
    return rows or [{"field": "turns", "expected": 0.0, "seen": 0.0}]


def _fields(database: duckdb.DuckDBPyConnection, not_consented: pd.DataFrame) -> list[Row]:
    database.register("refused", not_consented[["slice_key", "slice_value", "traces"]])
    columns = ", ".join(
        f"count(*) FILTER ({could}) AS expected_{name},"
        f" count(*) FILTER (({could}) AND {name}) AS seen_{name},"
        f" count(*) FILTER ({_free(name)}) AS free_{name}"
        for name, could in FIELDS.items()
    )
    counted = database.sql(f"""
        WITH countable AS ({COUNTABLE}), sliced AS (
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
    missing = "input_text" if name == "texts" else name
    return f"coalesce(unmeasurable ->> '{missing}', '') = '{Reason.TEXT_FREE}'"


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
