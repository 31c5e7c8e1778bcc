import pandas as pd
import pytest

from behavior_pipeline.report import words
from behavior_pipeline.report.words import DASH, MINUS


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.012, "+.01"), (-0.05, f"{MINUS}.05"), (0.004, "±.00"), (-0.004, "±.00"), (None, DASH), (pd.NA, DASH)],
)
def test_a_change_has_a_sign_unless_it_rounds_to_nothing(value: object, shown: str) -> None:
    assert words.change(value) == shown


def test_an_interval_with_one_end_missing_is_none() -> None:
    assert words.interval(0.9, pd.NA) == "no interval"
    assert words.interval(0.9, 1.0) == f".90{DASH}1.00"


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0 %"), (1, "100 %"), (0.999, "99.9 %"), (0.004, "0.4 %"), (0.5, "50 %")]
)
def test_almost_all_is_not_shown_as_all(value: float, shown: str) -> None:
    assert words.percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "unknown"), (0.0, "$0.00"), (0.00123, "$0.0012"), (1234.5, "$1,234.50")]
)
def test_an_unknown_cost_is_no_zero(value: float | None, shown: str) -> None:
    assert words.money(value) == shown


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    assert words.name("a" * 70) == f'<bdi title="{"a" * 70}">{"a" * 59}…</bdi>'


@pytest.mark.parametrize("state", ["unmeasured", "blocked", "suspended"])
def test_a_gate_that_is_not_open_does_not_look_open(state: str) -> None:
    assert "gate-open" not in words.gate_chip(state)
