"""What the lake holds: schemas, one table a contract, and the views over them."""

from collections.abc import Mapping

import duckdb

from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.duck import CATALOG
from behavior_pipeline.tables.contract import Table

SCORES_PREFIX = "scores_"
VERSION_TUPLES = """
    SELECT tuple_id, model, prompt, judge, dataset, rubric, min(day) AS first_seen, max(day) AS last_seen
    FROM analysis.tuple_days GROUP BY ALL"""
ALERTS = """
    SELECT * FROM analysis.drift_alerts
    QUALIFY row_number() OVER (PARTITION BY alert_id ORDER BY week DESC) = 1"""
VIEWS = ("scores", "version_tuples", "alerts")

# A row group waits in memory until it is full, one a thread; spans with their texts are long rows.
FIRST = (
    "CREATE SCHEMA IF NOT EXISTS content",
    "CREATE SCHEMA IF NOT EXISTS analysis",
    f"CALL {CATALOG}.set_option('parquet_row_group_size', 16384)",
)
Columns = dict[str, dict[str, str]]


def upgrades(cursor: duckdb.DuckDBPyConnection, tables: Mapping[str, Table]) -> list[str]:
    """Return the statements that bring the lake to its contracts; none when it is there already."""
    present = _columns(cursor)
    statements = [] if present else list(FIRST)
    for table in tables.values():
        statements += _of_table(table, present.get(table.qualified))
    stored = {name.partition(".")[2] for name in present} | set(tables)
    return statements + _of_views(sorted(stored), present=present, changed=bool(statements))


def _of_table(table: Table, present: dict[str, str] | None) -> list[str]:
    wanted = table.sql_types()
    if present is None:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in wanted.items())
        return [f"CREATE TABLE IF NOT EXISTS {table.qualified} ({columns})"]
    added = [name for name in wanted if name not in present]
    other = [name for name in wanted if name in present and present[name] != _spelled(wanted[name])]
    retired = [name for name in present if name in table.retired]
    gone = [name for name in present if name not in wanted and name not in table.retired]
    required = [name for name in added if not table.columns[name].nullable]
    if other or gone or required:
        raise StorageError(
            happened=f"{table.qualified} in the lake is not what this version writes: other types {other}, "
            f"unknown columns {gone}, missing columns {required}",
            kept="the lake as it was",
            remedy="use the version that wrote it, or a new data root and run the days again",
        )
    return [
        *(f'ALTER TABLE {table.qualified} ADD COLUMN "{name}" {wanted[name]}' for name in added),
        *(f'ALTER TABLE {table.qualified} DROP COLUMN "{name}"' for name in retired),
    ]


def _of_views(stored: list[str], *, present: Columns, changed: bool) -> list[str]:
    scores = [name for name in stored if name.startswith(SCORES_PREFIX)]
    bodies = {"version_tuples": VERSION_TUPLES} if "tuple_days" in stored else {}
    if "drift_alerts" in stored:
        bodies["alerts"] = ALERTS
    if scores:
        parts = [
            f"SELECT '{name.removeprefix(SCORES_PREFIX)}' AS dimension, * FROM analysis.{name}"  # noqa: S608
            for name in scores
        ]
        bodies["scores"] = " UNION ALL BY NAME ".join(parts)
    return [
        f"CREATE OR REPLACE VIEW analysis.{name} AS {body}"
        for name, body in bodies.items()
        if changed or f"analysis.{name}" not in present
    ]


def _columns(cursor: duckdb.DuckDBPyConnection) -> Columns:
    columns: Columns = {}
    rows = cursor.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name IN ('content', 'analysis') AND NOT internal"
    ).fetchall()
    for table, column, kind in rows:
        columns.setdefault(table, {})[column] = kind
    return columns


def _spelled(kind: str) -> str:
    return "TIMESTAMP WITH TIME ZONE" if kind == "TIMESTAMPTZ" else kind
