"""Makes one day of what its files held: copies dropped or refused, logs attached, consent honoured.

The rows stay on disk: DuckDB goes through them in batches and spills what does not fit, so that memory does
not grow with the day.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pandas as pd
import pyarrow as pa

from behavior_pipeline.dumps.records import Place, RawLog, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.row import redact_row
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

MEMORY = "400MB"
BATCH_ROWS = 4096
WHERE_IT_STOOD = ("day", "file", "line", "role")  # columns in which copies of one span may differ
FILLED = tuple(name for name in MEANINGS if name != "operation")  # what logs may add to a span
# What was replaced in a span and what in its logs are both counted by kind.
REDACTIONS = """nullif(CAST(
    json_merge_patch(coalesce(spilled.redactions, '{}'), coalesce(attached.redactions, '{}')) AS VARCHAR
), '{}') AS redactions"""
PATCH = pa.schema([SPILLED.field(name) for name in ("trace_id", "span_id", "redactions", *FILLED)])

# Hashes first: only spans that share one are looked at closely.
COPIES = """
CREATE TEMP TABLE copies AS
WITH many AS (
    SELECT hash(trace_id, span_id) AS h FROM spilled GROUP BY h HAVING count(*) > 1
), held AS (
    SELECT number, line, record, byte_offset, file, trace_id, span_id, {content} AS content
    FROM spilled SEMI JOIN many ON hash(trace_id, span_id) = many.h
)
SELECT * EXCLUDE (content), content IS NOT DISTINCT FROM first_value(content) OVER copy AS same
FROM held
WINDOW copy AS (PARTITION BY trace_id, span_id ORDER BY number, line, record)
QUALIFY row_number() OVER copy > 1
"""
DENIED = """
CREATE TEMP TABLE denied AS
SELECT trace_id FROM spilled GROUP BY trace_id HAVING NOT coalesce(bool_and(consented), $absent)
"""
NO_ONE_DENIED = "CREATE TEMP TABLE denied (trace_id VARCHAR)"
LOGS_OF_SPANS = """
SELECT logs.* FROM logs SEMI JOIN spilled USING (trace_id, span_id)
WHERE name IN (SELECT unnest($names))
ORDER BY trace_id, span_id, time_ns, number, line, record
"""
FIRST_COPIES = "FROM spilled ANTI JOIN copies USING (number, line, record)"
COUNTED = f"""
SELECT number, count(*) FILTER (denied.trace_id IS NULL) AS stored,
       count(denied.trace_id) AS not_consented
{FIRST_COPIES} LEFT JOIN denied USING (trace_id) GROUP BY number
"""
COPIES_COUNTED = """
SELECT number, count(*) FILTER (same) AS duplicated, count(*) FILTER (NOT same) AS conflicting
FROM copies GROUP BY number
"""
REFUSED_SLICES = f"""
WITH refused AS (
    SELECT trace_id, attributes {FIRST_COPIES} SEMI JOIN denied USING (trace_id)
), spans AS (
    SELECT trace_id, count(*) AS n FROM refused GROUP BY trace_id
), members AS (
    SELECT DISTINCT trace_id, 'all' AS slice_key, 'all' AS slice_value FROM refused
    UNION
    SELECT trace_id, key AS slice_key, json_extract_string(attributes, '$."' || key || '"') AS slice_value
    FROM refused, (SELECT unnest($slices) AS key)
    WHERE slice_value IS NOT NULL
)
SELECT slice_key, slice_value, count(*) AS traces, sum(n)::BIGINT AS spans
FROM members JOIN spans USING (trace_id) GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - constants of this module


# A result quotes what its trace says, so where consent has to be said it needs that of its trace's spans.
CONSENTED_EVALUATIONS = """
FROM evaluations ANTI JOIN denied USING (trace_id)
WHERE ($anyone OR trace_id IN (SELECT trace_id FROM spilled))
"""
EVALUATIONS_COUNTED = f"SELECT file_number, count(*) {CONSENTED_EVALUATIONS} AND logged GROUP BY file_number"


@dataclass(frozen=True)
class ParsedDay:
    """A day's rows for the tables that are made of dumps, with nothing lost between them."""

    spans: Rows
    quarantine: Rows
    ingested: pd.DataFrame
    not_consented: pd.DataFrame
    evaluations: Rows


def one_day(
    parts: Sequence[FilePart], day: date, reading: Reading, keeper: Any, *, folder: Path
) -> ParsedDay:
    """Return the day that some files make; of copies of a span the first in the order of files counts."""
    counts = {part.number: Counter(part.counts) for part in parts}
    with _database(parts, folder) as database:
        database.execute(COPIES.format(content=_content()))
        denies = reading.privacy.consent.denies_absent
        if reading.privacy.consent.attribute is not None or denies:
            database.execute(DENIED, {"absent": not denies})
        else:
            database.execute(NO_ONE_DENIED)
        conflicts = _conflicts(database, folder / "conflicts.parquet", day)
        evaluations = _evaluations(
            database, folder / "evaluations.parquet", counts, keeper=keeper,
            anyone=reading.privacy.consent.attribute is None and not denies,
        )  # fmt: skip
        attached = _attach(database, folder / "from_logs.parquet", counts, reading)
        _count(database, counts)
        refused = database.execute(REFUSED_SLICES, {"slices": list(reading.slices)}).df()
        spans = _stored(database, parts, attached, keeper, path=folder / "spans.parquet")
    files = [part.path("quarantine") for part in parts if part.counts["refused"]]
    quarantine = Rows(
        REFUSED,
        (*files, *conflicts.paths),
        sum(part.counts["refused"] for part in parts) + len(conflicts),
        keeper,
    )
    accounts = [
        {**dict.fromkeys(INGESTED.columns, 0), **counts[part.number], "file": part.file} for part in parts
    ]
    return ParsedDay(
        spans, quarantine,
        ingested=pd.DataFrame(accounts, columns=list(INGESTED.columns)).assign(day=day),
        not_consented=refused.assign(day=day)[list(NOT_CONSENTED.columns)],
        evaluations=evaluations,
    )  # fmt: skip


@contextmanager
def _database(parts: Sequence[FilePart], folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
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
        yield database


def _content() -> str:
    columns = (f'"{name}" := "{name}"' for name in SPANS.columns if name not in WHERE_IT_STOOD)
    return f"struct_pack({', '.join(columns)})"


def _conflicts(database: duckdb.DuckDBPyConnection, path: Path, day: date) -> Rows:
    """Put copies whose content differs from the first one's into quarantine."""
    found = database.execute(
        "SELECT line, byte_offset, record, file, trace_id, span_id FROM copies WHERE NOT same"
        " ORDER BY number, line, record"
    )
    with RowWriter(path, REFUSED) as writer:
        while rows := found.fetchmany(BATCH_ROWS):
            for line, offset, record, file, *ids in rows:
                refusal = Unreadable.of(
                    Place(line, offset, record), Reason.CONFLICTING_DUPLICATE, "/".join(ids)
                )
                writer.add(quarantine_row(day, file, refusal))
    return writer.rows()


def _evaluations(
    database: duckdb.DuckDBPyConnection, path: Path, counts: dict[int, Counter[str]], *,
    keeper: Any, anyone: bool,
) -> Rows:  # fmt: skip
    """Return the evaluation results that may be stored; logs that brought them are no longer unmatched."""
    for held in counts.values():
        held["logs_unmatched"] = held["logs"]
    if not any(held["evaluations"] for held in counts.values()):
        return Rows(arrow_schema(EVALUATIONS), (), 0, keeper)
    for number, kept in database.execute(EVALUATIONS_COUNTED, {"anyone": anyone}).fetchall():
        counts[number].update(logs_attached=kept, logs_unmatched=-kept)
    columns = ", ".join(f'"{name}"' for name in EVALUATIONS.columns)
    written = database.execute(
        f"COPY (SELECT {columns} {CONSENTED_EVALUATIONS}) TO {sql_literal(path)} (FORMAT parquet)",
        {"anyone": anyone},
    ).fetchone()
    count = int(written[0]) if written else 0
    return Rows(arrow_schema(EVALUATIONS), (path,) if count else (), count, keeper)


def _attach(
    database: duckdb.DuckDBPyConnection, path: Path, counts: dict[int, Counter[str]], reading: Reading
) -> Rows:
    """Read the logs of spans by the dialects that know them: what they say, one row a span."""
    readers, redact = log_readers(), redactor(reading.privacy, reading.key)
    with RowWriter(path, PATCH) as writer:
        if any(held["logs"] for held in counts.values()):
            found = database.execute(LOGS_OF_SPANS, {"names": list(readers)})
            names = [column[0] for column in found.description]
            for ids, logs in groupby(_rows(found, names), key=lambda log: (log["trace_id"], log["span_id"])):
                own = list(logs)
                for log in own:
                    counts[log["number"]].update(logs_attached=1, logs_unmatched=-1)
                patch = _patch(ids, own)
                if redact is not None:
                    redact_row(patch, redact)
                writer.add(patch)
    return writer.rows()


def _rows(found: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    while rows := found.fetchmany(BATCH_ROWS):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _patch(ids: tuple[str, str], logs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    by_dialect: dict[Dialect, list[RawLog]] = {}
    for log in logs:
        _, dialect = log_readers()[log["name"]]
        place = Place(log["line"], 0, log["record"])
        held = RawLog(
            place, *ids, log["name"], log["time_ns"], orjson.loads(log["attributes"]),
            orjson.loads(log["body"]) if log["body"] else None,
        )  # fmt: skip
        by_dialect.setdefault(dialect, []).append(held)
    said: dict[str, Any] = {}
    for dialect, its_logs in by_dialect.items():
        said |= dialect.from_logs(its_logs) if dialect.from_logs is not None else {}
    return {**dict.fromkeys(SPANS.columns), **said, "trace_id": ids[0], "span_id": ids[1]}


def _count(database: duckdb.DuckDBPyConnection, counts: dict[int, Counter[str]]) -> None:
    for number, stored, not_consented in database.execute(COUNTED).fetchall():
        counts[number].update(stored=stored, not_consented=not_consented)
    for number, duplicated, conflicting in database.execute(COPIES_COUNTED).fetchall():
        counts[number].update(duplicated=duplicated, quarantined=conflicting)


def _stored(
    database: duckdb.DuckDBPyConnection, parts: Sequence[FilePart], attached: Rows, keeper: Any, *, path: Path
) -> Rows:
    """Return the spans to be stored: the files as they were read, or where anything changes, one new file."""
    paths = tuple(part.path("spans") for part in parts if part.counts["spans"])
    count = sum(part.counts["spans"] for part in parts)
    changes = "SELECT (SELECT count(*) FROM copies) + (SELECT count(*) FROM denied)"
    if not len(attached) and database.execute(changes).fetchone() == (0,):
        return Rows(SPILLED, paths, count, keeper)
    filled = ", ".join(f'coalesce(spilled."{name}", attached."{name}") AS "{name}"' for name in FILLED)
    kept = (
        f"SELECT spilled.* REPLACE ({filled}, {REDACTIONS}) {FIRST_COPIES} ANTI JOIN denied USING (trace_id)"
        f" LEFT JOIN {attached.relation()} AS attached USING (trace_id, span_id)"
    )
    written = database.execute(
        f"COPY ({kept}) TO {sql_literal(path)} (FORMAT parquet, ROW_GROUP_SIZE {BATCH_ROWS})"
    ).fetchone()
    count = int(written[0]) if written else 0
    for old in paths:
        old.unlink()
    return Rows(SPILLED, (path,) if count else (), count, keeper)
