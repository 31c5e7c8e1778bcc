"""A day's traces on disk: built one after the other, then marked where a request was sent again.

Memory holds the spans of one trace and a batch of rows, and of requests that were sent again the signals.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import orjson
import pyarrow as pa

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.settings.model import Signals
from behavior_pipeline.tables.rows import Rows, RowWriter, arrow_schema
from behavior_pipeline.tables.traces import TRACES
from behavior_pipeline.traces.build import Building, Span, cluster_key, trace_rows
from behavior_pipeline.traces.coverage.of_day import SEEN, seen_of
from behavior_pipeline.traces.signals import RESUBMITTED, compared, nearly_same
from behavior_pipeline.values import sql_beside

MEMORY = "200MB"
BATCH_ROWS = 1024
# Beside the columns of traces: what facts, the order of turns and the day's coverage need of each trace.
BUILT = arrow_schema(
    TRACES, cluster_key=pa.large_string(), start_ns=pa.int64(), request=pa.large_string(), **SEEN
)
SIGNALS = pa.schema([BUILT.field("trace_id"), BUILT.field("signals")])


class DayRows(NamedTuple):
    """A day's traces as rows of BUILT, which are rows of TRACES and of TRACE_FACTS, too."""

    rows: Rows
    orphaned: int


def build_day_rows(spans: Iterable[Span], day: date, rules: Building, *, key: bytes, folder: Path) -> DayRows:
    """Build a day's traces into a folder, from spans as trace_rows takes them."""
    orphaned = 0
    with RowWriter(folder / "traces.parquet", BUILT) as writer:
        written = 0
        for row, its_spans in trace_rows(spans, day, rules):
            orphaned += not row["has_root"]
            writer.add(_built(row, its_spans, key=key), written)
            written += sum(len(value) for value in row.values() if isinstance(value, str))
    rows = writer.rows()
    return DayRows(_marked(rows, rules.signals, folder) if len(rows) else rows, orphaned)


def _built(row: dict[str, Any], spans: Iterable[Span], *, key: bytes) -> dict[str, Any]:
    return row | {
        "signals": json_text(sorted(row["signals"])),
        "cluster_key": cluster_key(row["user_key"], row["conversation_id"], key=key),
        "start_ns": row["started_at"].value,
        "request": compared(row["input_text"]) if row["input_text"] else None,
        **seen_of(spans),
    }


def _marked(rows: Rows, rules: Signals, folder: Path) -> Rows:
    """Return the rows with the signals of requests that were sent again; they lie in a small file beside."""
    marked: dict[str, str] = {}
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute("SET temp_directory = $folder", {"folder": str(folder / "duckdb")})
        for turn in _turns(database, rows):
            if nearly_same(turn["request"], turn["before_request"], rules.resubmission_similarity):
                for trace_id, signals in (
                    (turn["trace_id"], turn["signals"]), (turn["before_id"], turn["before_signals"]),
                ):  # fmt: skip
                    marked[trace_id] = json_text(sorted({*orjson.loads(signals), RESUBMITTED})) or "[]"
    with RowWriter(folder / "signals.parquet", SIGNALS) as writer:
        for trace_id, signals in marked.items():
            writer.add({"trace_id": trace_id, "signals": signals})
    return rows.amended(writer.rows(), by="trace_id")


def _turns(database: duckdb.DuckDBPyConnection, rows: Rows) -> Iterator[Mapping[str, Any]]:
    result = database.execute(sql_beside(__file__, "turns").replace("{rows}", rows.relation()))
    names = [column[0] for column in result.description]
    while batch := result.fetchmany(BATCH_ROWS):
        for values in batch:
            yield dict(zip(names, values, strict=True))
