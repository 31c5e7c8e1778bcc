import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.dumps.exports.cell_values import absent, first, moment_ns, parent_id, plain, span_times
from behavior_pipeline.dumps.ids import RefusedError

SECONDS = st.integers(100_000_000, 9_000_000_000)  # 1973 to 2255


@given(seconds=SECONDS, nanos=st.integers(0, 10**9 - 1))
def test_a_time_is_the_same_in_every_unit_and_text(seconds: int, nanos: int) -> None:
    whole = seconds * 10**9 + nanos
    assert moment_ns(whole) == moment_ns(str(whole)) == whole
    assert moment_ns(whole // 10**3) == whole // 10**3 * 10**3
    assert moment_ns(whole // 10**6) == whole // 10**6 * 10**6
    assert moment_ns(seconds) == moment_ns(float(seconds)) == seconds * 10**9
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=nanos // 1000)
    for text in (moment.isoformat(), moment.isoformat(" "), moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")):
        assert moment_ns(text) == whole // 1000 * 1000
    assert moment_ns(pd.Timestamp(whole, unit="ns")) == whole


@pytest.mark.parametrize(
    "value", [None, "", "soon", True, -5, 0, math.nan, math.inf, 2**63, 9 * 10**16, 10**11 - 1, [], "9" * 400]
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(RefusedError):
        moment_ns(value)


def test_a_span_without_an_end_ends_when_it_began() -> None:
    for end in (None, "", math.nan, pd.NaT):
        assert span_times(1_700_000_000, end) == (17 * 10**17, 17 * 10**17)


def test_nothing_zeros_and_the_span_itself_are_no_parent() -> None:
    for value in (None, "", math.nan, "0" * 16, "0x0", "a" * 16):
        assert parent_id(value, "a" * 16) is None
    assert parent_id("B" * 16, "a" * 16) == "b" * 16
    assert parent_id("obs-1", "a" * 16) == parent_id("obs-1", "c" * 16)


def test_cells_of_tables_become_what_json_has() -> None:
    cell = {"a": None, "b": (Decimal("2.0"), Decimal("0.5")), "c": b"text", "d": b"\xff\x00",
            "e": UUID(int=1), "f": pd.Timestamp("2026-03-02T10:00:00.123456789Z"), "g": [math.nan, pd.NaT],
            }  # fmt: skip
    assert plain(cell) == {
        "b": [2, 0.5], "c": "text", "d": "ff00", "e": str(UUID(int=1)),
        "f": "2026-03-02T10:00:00.123456789+00:00", "g": [None, None],
    }  # fmt: skip


def test_the_first_cell_that_holds_something_counts() -> None:
    row = {"a": None, "b": "", "c": math.nan, "d": pd.NaT, "e": 0, "f": 1}
    assert first(row, "x", *row) == 0
    assert first(row, "a", "b") is None
    assert [name for name, cell in row.items() if absent(cell)] == ["a", "b", "c", "d"]
