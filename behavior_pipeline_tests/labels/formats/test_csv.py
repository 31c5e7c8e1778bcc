from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.records import Problem
from behavior_pipeline_tests.labels.reading import GOOD, HEADER, read

NEVER_CLOSED = "a quote is opened and never closed"


def test_a_record_is_named_by_its_first_line_in_files_with_long_texts_and_empty_lines() -> None:
    text = HEADER.replace("\n", ",text\r\n") + 'a1,tone,on_brand,2026-03-04,ana,"one\r\ntwo"\r\n\r\n'
    _, problems, _ = read(text + "b2,tone,meh,2026-03-04,ana,\r\n")
    assert [problem.place for problem in problems] == ["line 5"]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    rows, problems, _ = read(HEADER + GOOD + 'b2,tone,on_brand,2026-03-04,"ana\n' + GOOD.replace("a1", "c3"))
    assert rows["trace_id"].tolist() == ["a1", "c3"]
    assert problems == [Problem("line 3", NEVER_CLOSED)]


def test_a_line_with_more_cells_than_the_header_is_kept_out() -> None:
    _, problems, _ = read(HEADER + "a1,tone,on_brand,2026-03-04,ana,so,what\n")
    assert problems == [Problem("line 2", "has 7 cells, the header 5")]


def test_bytes_that_are_not_utf8_cost_their_line() -> None:
    rows, problems, _ = read(HEADER.encode() + b"\xff,tone,on_brand,2026-03-04,ana\n" + GOOD.encode())
    assert len(rows) == 1
    assert problems == [Problem("line 2", "holds bytes that are not UTF-8")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_seen_in_the_header(delimiter: str) -> None:
    rows, _, _ = read((HEADER + GOOD).replace(",", delimiter))
    assert len(rows) == 1


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert len(read(b"\xef\xbb\xbf" + (HEADER + GOOD).encode())[0]) == 1


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        ("trace_id,label\n".encode("utf-16"), "UTF-16"),
        (b"trace_id,label\nx,y\n", "no column for"),
        (b"trace_id,dimension,label,labelled_at,label\n", "twice"),
        (b'trace_id,"dimension\nx', "header that cannot be read"),
        (b"trace_id,dimension,label,labelled_at,\xff\n", "header that cannot be read"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_one_clear_error(raw: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(raw)


def test_a_column_of_theirs_may_have_the_name_of_another_of_ours() -> None:
    text = "id,trace_id,dimension,label,labelled_at,annotator\na1,other,tone,on_brand,2026-03-04,ana\n"
    rows, _, _ = read(text, columns={"trace_id": "id"})
    assert rows["trace_id"].tolist() == ["a1"]


@given(
    st.lists(
        st.sampled_from([GOOD, 'x"y,tone\n', '"x"y\n', '"open\n', "\n", "a,b\n", '"a\nb",\n', "z\x00,\n"])
    )
)
def test_every_line_that_holds_something_is_a_record_or_is_named(parts: list[str]) -> None:
    _, problems, records = read(HEADER + "".join(parts))
    starts = sorted(
        int(place.removeprefix("line ")) for place in {*records.places, *(p.place for p in problems)}
    )
    lines = (HEADER + "".join(parts)).split("\n")
    assert all(later > earlier for earlier, later in pairwise([1, *starts]))
    good = [number for number, line in enumerate(lines, 1) if line + "\n" == GOOD]
    swallowed = any(part.startswith('"') for part in parts)
    assert swallowed or set(good) <= set(starts)
