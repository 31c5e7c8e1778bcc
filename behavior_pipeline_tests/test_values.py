"""Plain values of cells, and cells as text: missing is None, and nothing steers a terminal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.values import (
    bounded,
    first,
    from_spreadsheet,
    none_if_missing,
    number_or_none,
    plain,
    printable,
    records,
    scorer,
    short,
    spoken,
    spreadsheet_cell,
    sql_beside,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.94, ".94"), (1.0, "1.00"), (0.0, ".00"), (-0.05, "-.05"), (None, "unknown"), (0.999, "1.00")],
)
def test_scores_are_written_with_two_digits(value: float | None, text: str) -> None:
    assert short(value) == text


@settings(deadline=None)
@given(st.text(max_size=300))
def test_words_from_traces_are_printable_and_bounded(text: str) -> None:
    assert plain(text).isprintable() and len(plain(text)) <= 80


@given(st.text())
def test_nothing_steers_a_terminal(text: str) -> None:
    cleaned = printable(text, lines=True)
    assert len(cleaned) == len(text)
    assert all(c == "\n" or c.isprintable() for c in cleaned)


@given(st.text(), st.integers(1, 20))
def test_a_cut_text_says_that_it_is_cut(text: str, limit: int) -> None:
    shown = bounded(text, limit)
    assert len(shown) <= limit and (shown == text or shown.endswith("…"))


def test_direction_and_control_signs_are_replaced() -> None:
    assert printable("a\u202eb\x00c\x1b[31m") == "a\ufffdb\ufffdc\ufffd[31m"


def test_a_reason_is_spoken_as_its_sentence() -> None:
    assert spoken("no_price") == "no price is declared for this model in pipeline.toml"
    assert spoken("something else") == "something else"
    assert spoken(None) == ""


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA])
def test_what_a_frame_holds_where_nothing_is_becomes_none(missing: object) -> None:
    assert none_if_missing(missing) is None
    assert number_or_none(missing) is None


@pytest.mark.parametrize("value", [0, "", False, [], [None], {"a": np.nan}])
def test_what_is_there_stays(value: object) -> None:
    assert none_if_missing(value) is value


def test_rows_become_records_with_none_where_nothing_is() -> None:
    frame = pd.DataFrame(
        {"n": pd.array([1, None], dtype="Int64"), "day": [pd.Timestamp("2026-03-02"), pd.NaT]}
    )
    assert records(frame) == [{"n": 1, "day": pd.Timestamp("2026-03-02")}, {"n": None, "day": None}]
    assert first(frame)["n"] == 1
    assert first(frame.iloc[:0]) == {}


def test_sql_is_read_from_the_folder_of_its_module(tmp_path: Path) -> None:
    (tmp_path / "traffic.sql").write_text("SELECT 1", encoding="utf-8")
    assert sql_beside(str(tmp_path / "module.py"), "traffic") == "SELECT 1"


def test_dimension_without_a_judge_has_checks() -> None:
    assert scorer("none") == scorer("none", judged="judge ") == "checks"
    assert (scorer("v1@a"), scorer("v1@a", judged="judge ")) == ("v1@a", "judge v1@a")


class TestSpreadsheetCells:
    """A cell that begins like a formula is text to a spreadsheet, and comes back as it was."""

    @given(text=st.text(alphabet="'=+-@\t\ra1", max_size=6))
    def test_each_text_comes_back(self, text: str) -> None:
        assert from_spreadsheet(spreadsheet_cell(text)) == text

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_no_cell_begins_like_a_formula(self, text: str) -> None:
        assert spreadsheet_cell(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["", "good", "it's", "'tis", "a=b", "1-2"])
    def test_other_texts_stay(self, text: str) -> None:
        assert spreadsheet_cell(text) == text == from_spreadsheet(text)
