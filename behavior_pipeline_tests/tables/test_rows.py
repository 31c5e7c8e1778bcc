"""Rows on disk are what was written, and break a contract exactly where a frame does."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.errors import ContractError
from behavior_pipeline.tables.rows import Rows, RowWriter, arrow_schema, guarded, refuse_broken
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


@pytest.mark.parametrize(
    ("change", "named"),
    [({"reason": "no such word"}, "reason: isin"), ({"file": None}, "file: not_nullable")],
)
def test_a_broken_value_is_named_and_never_shown(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    rows = written(tmp_path / "a.arrow", [GOOD, {**GOOD, **change}, GOOD])
    with pytest.raises(ContractError) as refusal:
        refuse_broken(QUARANTINE, rows.batches(guarded(QUARANTINE)))
    assert named in str(refusal.value)
    assert "no such word" not in str(refusal.value)


def test_good_rows_pass(tmp_path: Path) -> None:
    refuse_broken(QUARANTINE, written(tmp_path / "a.arrow", [GOOD] * 3).batches(guarded(QUARANTINE)))
