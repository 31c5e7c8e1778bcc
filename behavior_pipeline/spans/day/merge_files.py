"""Merges what the files of a day hold: copies dropped or refused, logs attached, consent honoured.

The rows stay on disk: DuckDB goes through them in batches and spills what does not fit, so that memory does
not grow with the day.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import orjson
import pandas as pd
import pyarrow as pa

from behavior_pipeline.dumps.records import Place, RawLog, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.row import redact_row
from behavior_pipeline.spans.concepts import of_tool_messages
from behavior_pipeline.spans.day.read_file import (
    EVALUATED,
    LOGS,
    REFUSED,
    SPILLED,
    FilePart,
    Reading,
    quarantine_row,
    redactor,
)
from behavior_pipeline.spans.dialect import MEANINGS, Dialect, log_readers
from behavior_pipeline.tables.rows import Rows, RowWriter, arrow_schema, sql_literal
from behavior_pipeline.tables.traces import EVALUATIONS, INGESTED, NOT_CONSENTED, SPANS
from behavior_pipeline.values import sql_beside

MEMORY = "400MB"
BATCH_ROWS = 4096
WHERE_IT_STOOD = ("day", "file", "line", "role")  # columns in which copies of one span may differ
FILLED = (*(name for name in MEANINGS if name != "operation"), "unread")  # what logs may add to a span
# What was replaced in a span and what in its logs are both counted by kind.
REDACTIONS = """nullif(CAST(
    json_merge_patch(coalesce(spans.redactions, '{}'), coalesce(attached.redactions, '{}')) AS VARCHAR
), '{}') AS redactions"""
PATCH = pa.schema([SPILLED.field(name) for name in ("trace_id", "span_id", "redactions", *FILLED)])


@dataclass(frozen=True)
class ParsedDay:
    """A day's rows for the tables that are made of dumps, with nothing lost between them."""

    spans: Rows
    quarantine: Rows
    ingested: pd.DataFrame
    not_consented: pd.DataFrame
    evaluations: Rows

    def leased(self, folder: TemporaryDirectory[str]) -> "ParsedDay":
        """Return the day with rows that keep a folder as long as they live."""
        return replace(
            self, spans=self.spans.leased(folder), quarantine=self.quarantine.leased(folder),
            evaluations=self.evaluations.leased(folder),
        )  # fmt: skip


def merge_files(parts: Sequence[FilePart], day: date, reading: Reading, folder: Path) -> ParsedDay:
    """Return the day that some files make; of copies of a span the first in the order of files counts."""
    counts = {part.number: Counter(part.counts) for part in parts}
    with _database(parts, reading, folder) as database:
        conflicts = _conflicts(database, folder / "conflicts.parquet", day)
        evaluations = _evaluations(database, folder / "evaluations.parquet", counts)
        attached = _attach(database, folder / "from_logs.parquet", counts, reading)
        _count(database, counts)
        not_consented = database.execute("FROM not_consented").df()
        spans = _stored(database, parts, attached, path=folder / "spans.parquet")
    refused = [part for part in parts if part.counts["refused"]]
    paths = (*(part.path("quarantine") for part in refused), *conflicts.paths)
    quarantined = sum(part.counts["refused"] for part in refused) + len(conflicts)
    accounts = [
        {**dict.fromkeys(INGESTED.columns, 0), **counts[part.number], "file": part.file} for part in parts
    ]
    return ParsedDay(
        spans, Rows(REFUSED, paths, quarantined),
        ingested=pd.DataFrame(accounts, columns=list(INGESTED.columns)).assign(day=day),
        not_consented=not_consented.assign(day=day)[list(NOT_CONSENTED.columns)],
        evaluations=evaluations,
    )  # fmt: skip


@contextmanager
def _database(
    parts: Sequence[FilePart], reading: Reading, folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a database that sees the rows of all files, and what merge_files.sql makes of them."""
    consent = reading.privacy.consent
    variables = {
        "asks_consent": consent.attribute is not None or consent.denies_absent,
        "stores_unsaid": not consent.denies_absent,
        "slices": list(reading.slices),
        "log_names": list(log_readers()),
    }
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute("SET enable_external_file_cache = false")  # each file is read once or twice
        database.execute("SET temp_directory = $folder", {"folder": str(folder / "duckdb")})
        for name, kind, schema in (
            ("spilled", "spans", SPILLED), ("logs", "logs", LOGS), ("evaluations", "evaluations", EVALUATED),
        ):  # fmt: skip
            paths = tuple(part.path(kind) for part in parts if part.counts[kind])
            rows = Rows(schema, paths, len(paths))
            database.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {rows.relation()}")  # noqa: S608
        for name, value in variables.items():
            database.execute(f"SET VARIABLE {name} = $value", {"value": value})
        database.execute(sql_beside(__file__, "merge_files").replace("{content}", _content()))
        yield database


def _content() -> str:
    columns = (f'"{name}" := "{name}"' for name in SPANS.columns if name not in WHERE_IT_STOOD)
    return f"struct_pack({', '.join(columns)})"


def _conflicts(database: duckdb.DuckDBPyConnection, path: Path, day: date) -> Rows:
    """Put copies whose content differs from the first one's into quarantine."""
    differing = database.execute(
        "SELECT line, byte_offset, record, file, trace_id, span_id FROM copies WHERE NOT same"
        " ORDER BY number, line, record"
    )
    with RowWriter(path, REFUSED) as writer:
        while rows := differing.fetchmany(BATCH_ROWS):
            for line, offset, record, file, *ids in rows:
                place = Place(line, offset, record)
                refusal = Unreadable.of(place, Reason.CONFLICTING_DUPLICATE, "/".join(ids))
                writer.add(quarantine_row(day, file, refusal))
    return writer.rows()


def _evaluations(database: duckdb.DuckDBPyConnection, path: Path, counts: dict[int, Counter[str]]) -> Rows:
    """Return the evaluation results that may be stored; logs that brought them are no longer unmatched."""
    for account in counts.values():
        account["logs_unmatched"] = account["logs"]
    if not any(account["evaluations"] for account in counts.values()):
        return Rows(arrow_schema(EVALUATIONS), (), 0)
    from_logs = "SELECT file_number, count(*) FROM consented_evaluations WHERE logged GROUP BY file_number"
    for number, kept in database.execute(from_logs).fetchall():
        counts[number].update(logs_attached=kept, logs_unmatched=-kept)
    columns = ", ".join(f'"{name}"' for name in EVALUATIONS.columns)
    written = database.execute(
        f"COPY (FROM consented_evaluations SELECT {columns}) TO {sql_literal(path)} (FORMAT parquet)"
    ).fetchone()
    count = int(written[0]) if written else 0
    return Rows(arrow_schema(EVALUATIONS), (path,) if count else (), count)


def _attach(
    database: duckdb.DuckDBPyConnection, path: Path, counts: dict[int, Counter[str]], reading: Reading
) -> Rows:
    """Read the logs of spans by the dialects that know them: what they say, one row a span."""
    redact = redactor(reading.privacy, reading.key)
    with RowWriter(path, PATCH) as writer:
        if any(account["logs"] for account in counts.values()):
            by_span = groupby(_logs(database), key=lambda log: (log["trace_id"], log["span_id"]))
            for ids, logs_of_span in by_span:
                logs = list(logs_of_span)
                for log in (log for log in logs if log["unread"] is None):
                    counts[log["number"]].update(logs_attached=1, logs_unmatched=-1)
                patch = _patch(ids, logs)
                if redact is not None:
                    redact_row(patch, redact)
                writer.add(patch)
    return writer.rows()


def _logs(database: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    result = database.execute("FROM logs_of_spans")
    names = [column[0] for column in result.description]
    while rows := result.fetchmany(BATCH_ROWS):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _patch(ids: tuple[str, str], logs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    by_dialect: dict[Dialect, list[RawLog]] = {}
    for log in (log for log in logs if log["unread"] is None):
        _, dialect = log_readers()[log["name"]]
        place = Place(log["line"], 0, log["record"])
        raw = RawLog(
            place, *ids, log["name"], log["time_ns"], orjson.loads(log["attributes"]),
            orjson.loads(log["body"]) if log["body"] else None,
        )  # fmt: skip
        by_dialect.setdefault(dialect, []).append(raw)
    meant: dict[str, Any] = {}
    for dialect, its_logs in by_dialect.items():
        meant = (dialect.from_logs(its_logs) if dialect.from_logs is not None else {}) | meant
    if logs[0]["operation"] == "execute_tool":
        meant |= of_tool_messages(meant)
    meant["unread"] = next((log["unread"] for log in logs if log["unread"] is not None), None)
    return {**dict.fromkeys(SPANS.columns), **meant, "trace_id": ids[0], "span_id": ids[1]}


def _count(database: duckdb.DuckDBPyConnection, counts: dict[int, Counter[str]]) -> None:
    for number, stored, not_consented in database.execute("FROM spans_of_files").fetchall():
        counts[number].update(stored=stored, not_consented=not_consented)
    for number, duplicated, conflicting in database.execute("FROM copies_of_files").fetchall():
        counts[number].update(duplicated=duplicated, quarantined=conflicting)


def _stored(
    database: duckdb.DuckDBPyConnection, parts: Sequence[FilePart], attached: Rows, *, path: Path
) -> Rows:
    """Return the spans to be stored: the files as they were read, or where anything changes, one new file."""
    paths = tuple(part.path("spans") for part in parts if part.counts["spans"])
    count = sum(part.counts["spans"] for part in parts)
    changes = "SELECT (SELECT count(*) FROM copies) + (SELECT count(*) FROM denied)"
    if not len(attached) and database.execute(changes).fetchone() == (0,):
        return Rows(SPILLED, paths, count)
    filled = ", ".join(f'coalesce(spans."{name}", attached."{name}") AS "{name}"' for name in FILLED)
    kept = (
        f"FROM kept_spans AS spans LEFT JOIN {attached.relation()} AS attached USING (trace_id, span_id)"
        f" SELECT spans.* REPLACE ({filled}, {REDACTIONS})"
    )
    written = database.execute(
        f"COPY ({kept}) TO {sql_literal(path)} (FORMAT parquet, ROW_GROUP_SIZE {BATCH_ROWS})"
    ).fetchone()
    count = int(written[0]) if written else 0
    for old in paths:
        old.unlink()
    return Rows(SPILLED, (path,) if count else (), count)
