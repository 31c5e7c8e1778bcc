"""Rows on disk break a contract exactly where a frame does."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from behavior_pipeline.errors import ContractError
from behavior_pipeline.lake.contract_guard import _broken, refuse_broken
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.registry import lake_tables
from behavior_pipeline.tables.rows import RowWriter, arrow_schema
from behavior_pipeline.tables.scores import SAMPLED_TRACES
from behavior_pipeline.tables.traces import QUARANTINE

DAY = date(2026, 3, 2)
REFUSED = {
    "day": DAY, "file": "a", "line": 1, "record": 0, "byte_offset": 0, "reason": "bad_span", "digest": "d",
}  # fmt: skip
DRAWN = {
    "day": DAY, "trace_id": "t", "dimension": "tone", "inclusion_probability": 0.5, "u": 0.1,
    "stratum": "routine", "reason": "routine", "sampling_weight": 1.0, "sampling_version": "1",
}  # fmt: skip


def refusal(table: Table, folder: Path, *rows: Mapping[str, Any]) -> str:
    """Return what is said of rows, nothing if they keep the contract."""
    with RowWriter(folder / "rows.parquet", arrow_schema(table)) as writer:
        for row in rows:
            writer.add(row)
    with duckdb.connect() as cursor:
        try:
            assert refuse_broken(cursor, table, writer.rows().relation()) == len(rows)
        except ContractError as refused:
            return str(refused)
    return ""


@pytest.mark.parametrize(
    ("table", "good", "change", "named"),
    [
        (QUARANTINE, REFUSED, {}, ""),
        (QUARANTINE, REFUSED, {"reason": "no such word"}, "reason: isin"),
        (QUARANTINE, REFUSED, {"file": None}, "file: not_nullable"),
        (SAMPLED_TRACES, DRAWN, {"u": 0.0, "inclusion_probability": 1.0}, ""),
        (SAMPLED_TRACES, DRAWN, {"u": 1.0000001}, "u: in_range"),
        (SAMPLED_TRACES, DRAWN, {"u": -0.1}, "u: in_range"),
        (SAMPLED_TRACES, DRAWN, {"u": float("nan")}, "u: in_range"),
        (SAMPLED_TRACES, DRAWN, {"sampling_weight": float("nan")}, "sampling_weight: greater_than"),
        (SAMPLED_TRACES, DRAWN, {"sampling_weight": 0.0}, "sampling_weight: greater_than"),
        (SAMPLED_TRACES, DRAWN, {"sampling_weight": float("inf")}, ""),
    ],
)
def test_a_broken_value_is_named_and_counted_and_never_shown(
    tmp_path: Path, table: Table, good: dict[str, Any], change: dict[str, Any], named: str
) -> None:
    shown = refusal(table, tmp_path, good, {**good, **change}, good)
    assert named in shown and bool(named) == bool(shown)
    assert "(1 rows)" in shown or not named
    assert "no such word" not in shown and "1.0000001" not in shown


def test_every_check_of_every_table_can_be_asked_in_sql() -> None:
    tables = lake_tables(dimensions()).values()
    with duckdb.connect() as database:
        for table in tables:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in table.sql_types().items())
            database.execute(f"CREATE OR REPLACE TABLE rows ({columns})")
            assert refuse_broken(database, table, "rows") == 0
            asked = [what for what, _ in _broken(table)]
            checks = [f"{name}: {check.name}" for name, one in table.columns.items() for check in one.checks]
            assert set(checks) <= set(asked)


@pytest.mark.parametrize("table", [SAMPLED_TRACES, QUARANTINE], ids=lambda table: table.name)
def test_rows_are_refused_as_a_frame_of_them_is(tmp_path: Path, table: Table) -> None:
    good = DRAWN if table is SAMPLED_TRACES else REFUSED
    rows = arrow_schema(table)
    for name in table.columns:
        changed = {**good, name: None}
        with RowWriter(tmp_path / f"{name}.parquet", rows) as writer:
            writer.add(changed)
        with pytest.raises(ContractError):
            table.validate(writer.rows().frame())
        assert refusal(table, tmp_path, changed)
