from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.traces.coverage.shift import Shifts, coverage_shifts

TODAY = date(2026, 3, 2)
N = 24


def row(days_ago: int, field: str, seen: float, **changes: Any) -> dict[str, Any]:
    cell = {"slice_key": "all", "slice_value": "all", "dialect": "all", "expected": float(N)}
    day = pd.Timestamp(TODAY - timedelta(days=days_ago))
    return {"day": day, "field": field, "seen": float(seen), **cell, **changes}


def quiet(days: int = 28, dialects: tuple[str, ...] = ("genai",), **shares: float) -> list[dict[str, Any]]:
    """Return days of traffic with the given shares of fields, split evenly between dialects."""
    rows = []
    for ago in range(1, days + 1):
        for field, share in {"texts": 1.0, **shares}.items():
            rows.append(row(ago, field, round(N * share)))
            for dialect in dialects:
                part = N / len(dialects)
                rows.append(row(ago, field, round(part * share), dialect=dialect, expected=part))
    return rows


def shifts(rows: list[dict[str, Any]]) -> Shifts:
    return coverage_shifts(TODAY, pd.DataFrame(rows), floor=0.05, error_rate=0.01)


def named(day_shifts: Shifts) -> list[tuple[Any, ...]]:
    return list(day_shifts.moved[["what", "field", "dialect"]].itertuples(index=False, name=None))


def test_a_day_like_the_others_is_steady() -> None:
    day_shifts = shifts([*quiet(input_tokens=1.0), row(0, "texts", N), row(0, "input_tokens", N - 1)])
    assert day_shifts.moved.empty and day_shifts.compared == 2


def test_a_share_that_fell_is_named_with_before_and_after() -> None:
    day_shifts = shifts([*quiet(input_tokens=1.0), row(0, "texts", N), row(0, "input_tokens", N / 2)])
    assert named(day_shifts) == [("moved", "input_tokens", "all")]
    moved = day_shifts.moved.iloc[0]
    assert (moved["before"], moved["after"]) == (1.0, 0.5) and moved["p_value"] <= 0.01


def test_a_share_that_rose_is_named_too() -> None:
    day_shifts = shifts([*quiet(documents=0.25), row(0, "texts", N), row(0, "documents", N)])
    assert named(day_shifts) == [("moved", "documents", "all")]


def test_a_slice_is_named_by_its_value() -> None:
    cell = {"slice_key": "customer.segment", "slice_value": "smb"}
    before = [row(ago, "texts", N, **cell) for ago in range(1, 29)]
    day_shifts = shifts([*quiet(), *before, row(0, "texts", N), row(0, "texts", 0, **cell)])
    moved = day_shifts.moved.iloc[0]
    assert (moved["slice_key"], moved["slice_value"], moved["what"]) == (*cell.values(), "vanished")


def test_a_change_below_the_floor_is_no_shift_however_sure() -> None:
    many = {"expected": 100_000.0}
    rows = [row(ago, "documents", 50_000, **many) for ago in range(1, 29)]
    assert shifts([*rows, row(0, "documents", 54_000, **many)]).moved.empty
    assert len(shifts([*rows, row(0, "documents", 56_000, **many)]).moved) == 1


def test_a_field_gone_from_one_dialect_is_named_with_it() -> None:
    today = [
        row(0, "texts", N), row(0, "input_tokens", N / 2),
        *(row(0, "texts", N / 2, dialect=name, expected=N / 2) for name in ("genai", "openinference")),
        row(0, "input_tokens", N / 2, dialect="genai", expected=N / 2),
        row(0, "input_tokens", 0, dialect="openinference", expected=N / 2),
    ]  # fmt: skip
    day_shifts = shifts([*quiet(dialects=("genai", "openinference"), input_tokens=1.0), *today])
    assert ("vanished", "input_tokens", "openinference") in named(day_shifts)
    assert ("vanished", "input_tokens", "genai") not in named(day_shifts)


def test_a_dialect_that_is_gone_is_named() -> None:
    today = [row(0, "texts", N), row(0, "texts", N, dialect="genai")]
    day_shifts = shifts([*quiet(dialects=("genai", "openinference")), *today])
    assert ("vanished", "traces_of_dialect", "openinference") in named(day_shifts)


def test_a_dialect_too_rare_to_be_missed_is_listed_and_not_named() -> None:
    rare = [row(ago, "texts", 1, dialect="plain", expected=1.0) for ago in range(1, 29, 7)]
    day_shifts = shifts([*quiet(), *rare, row(0, "texts", N), row(0, "texts", N, dialect="genai")])
    assert day_shifts.moved.empty
    assert list(day_shifts.absent["dialect"]) == ["plain"]


@pytest.mark.parametrize("count", [1, 12])
def test_a_new_dialect_is_named_however_small(count: int) -> None:
    today = [row(0, "texts", N), row(0, "texts", N - count, dialect="genai", expected=float(N - count)),
             row(0, "texts", count, dialect="vercel", expected=float(count))]  # fmt: skip
    assert ("new", "traces_of_dialect", "vercel") in named(shifts([*quiet(), *today]))


@pytest.mark.parametrize("days", [0, 1, 6])
def test_without_a_week_of_history_nothing_is_compared(days: int) -> None:
    day_shifts = shifts([*quiet(days), row(0, "texts", 0), row(0, "texts", 0, dialect="other")])
    assert day_shifts.moved.empty and day_shifts.compared == 0


def test_rows_without_a_dialect_count_for_all() -> None:
    before = [row(ago, "texts", N, dialect=None) for ago in range(1, 29)]
    assert named(shifts([*before, row(0, "texts", 0)])) == [("vanished", "texts", "all")]


def test_a_day_without_traces_and_an_empty_table_are_steady() -> None:
    assert shifts([*quiet()]).moved.empty
    empty = pd.DataFrame(columns=list(row(0, "texts", 1)))
    empty["day"] = empty["day"].astype("datetime64[ns]")
    assert coverage_shifts(TODAY, empty, floor=0.05, error_rate=0.01).moved.empty


def test_days_that_come_after_are_not_looked_at() -> None:
    rows = [*quiet(), row(0, "texts", N)]
    later = [row(-ago, "texts", 0) for ago in range(1, 5)]
    pd.testing.assert_frame_equal(shifts(rows).moved, shifts([*rows, *later]).moved)


def test_quiet_traffic_seldom_warns() -> None:
    random = np.random.default_rng(7)
    warned = 0
    for _ in range(60):
        mix = random.beta(12, 18, 29)  # the share of questions that retrieve wanders from day to day
        rows = [row(28 - ago, "documents", random.binomial(N, mix[ago])) for ago in range(29)]
        rows += [row(28 - ago, "texts", random.binomial(N, 0.99)) for ago in range(29)]
        warned += bool(len(shifts(rows).moved))
    assert warned <= 3


class TestSlices:
    """An attribute that vanishes and a value that appears change what every slice is a mean of."""

    def sliced(self, days_ago: int, **traces: int) -> list[dict[str, Any]]:
        return [
            row(days_ago, "texts", count, slice_key="segment", slice_value=value, expected=float(count))
            for value, count in traces.items()
        ]

    def history(self) -> list[dict[str, Any]]:
        return [one for ago in range(1, 29) for one in self.sliced(ago, smb=12, enterprise=12)]

    def cells(self, day_shifts: Shifts) -> list[tuple[Any, ...]]:
        shown = day_shifts.moved[["what", "field", "slice_key", "slice_value"]]
        return list(shown.itertuples(index=False, name=None))

    def test_attribute_that_most_traces_lost_is_named(self) -> None:
        day_shifts = shifts([*quiet(), *self.history(), row(0, "texts", N), *self.sliced(0, smb=1)])
        assert ("moved", "traces_with_slice", "segment", "all") in self.cells(day_shifts)

    def test_attribute_that_is_gone_is_named(self) -> None:
        day_shifts = shifts([*quiet(), *self.history(), row(0, "texts", N)])
        assert self.cells(day_shifts) == [("vanished", "traces_with_slice", "segment", "all")]

    def test_value_that_appears_is_named_with_its_share(self) -> None:
        today = self.sliced(0, smb=9, enterprise=9, new=6)
        day_shifts = shifts([*quiet(), *self.history(), row(0, "texts", N), *today])
        assert self.cells(day_shifts) == [("new", "traces_with_slice", "segment", "new")]
        assert day_shifts.moved["after"].item() == 0.25

    def test_rare_values_are_not_named_one_by_one(self) -> None:
        today = self.sliced(0, smb=12, enterprise=11, new=1)
        assert shifts([*quiet(), *self.history(), row(0, "texts", N), *today]).moved.empty

    def test_a_steady_mix_is_steady(self) -> None:
        today = self.sliced(0, smb=14, enterprise=10)
        assert shifts([*quiet(), *self.history(), row(0, "texts", N), *today]).moved.empty
