"""Rows on disk are what was written."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.tables.rows import Rows, RowWriter, arrow_schema
from behavior_pipeline.tables.traces import QUARANTINE

DAY = date(2026, 3, 2)
SCHEMA = arrow_schema(QUARANTINE)
GOOD = {
    "day": DAY, "file": "a", "line": 1, "record": 0, "byte_offset": 0, "reason": "bad_span", "digest": "d",
}  # fmt: skip


def written(path: Path, rows: list[dict[str, Any]], *, positions: list[int] | None = None) -> Rows:
    with RowWriter(path, SCHEMA) as writer:
        for number, row in enumerate(rows):
            writer.add(row, positions[number] if positions else 0)
    return writer.rows()


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 2100), parts=st.integers(1, 3))
def test_what_is_written_is_read_again_in_order(tmp_path: Path, count: int, parts: int) -> None:
    rows = [{**GOOD, "line": number} for number in range(count)]
    files = [written(tmp_path / f"{n}.arrow", rows[n::parts]) for n in range(parts)]
    joined = Rows.joined(files)
    assert len(joined) == count
    assert joined.frame()["line"].tolist() == [line for n in range(parts) for line in range(count)[n::parts]]


def test_long_rows_end_a_batch_early(tmp_path: Path) -> None:
    rows = written(tmp_path / "a.arrow", [GOOD] * 6, positions=[0, 1, 9 << 20, 9 << 20, 18 << 20, 19 << 20])
    assert [len(batch) for batch in rows.batches(["line"])] == [3, 2, 1]


def test_amended_columns_are_told_anew_and_the_others_stay(tmp_path: Path) -> None:
    amendments = pa.schema([SCHEMA.field("line"), SCHEMA.field("digest")])
    parts = []
    for first in (0, 10):
        rows = written(tmp_path / f"{first}.parquet", [{**GOOD, "line": first + n} for n in range(3)])
        with RowWriter(tmp_path / f"{first}.new.parquet", amendments) as writer:
            writer.add({"line": first + 1, "digest": f"new {first}"})
        parts.append(rows.amended(writer.rows(), by="line"))
    joined = Rows.joined([*parts, written(tmp_path / "plain.parquet", [{**GOOD, "line": 20}])])
    frame = joined.frame().sort_values("line")
    assert frame["digest"].tolist() == ["d", "new 0", "d", "d", "new 10", "d", "d"]
    assert set(frame["file"]) == {"a"} and len(joined) == 7
