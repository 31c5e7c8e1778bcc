import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.json import elements
from behavior_pipeline.dumps.json.documents import Document
from behavior_pipeline.dumps.records import Unreadable
from behavior_pipeline.reasons import Reason

LIMIT = 1 << 16
TEXTS = st.text(st.sampled_from('ab"\\{}[],:\u2028\u0085\r\n\t\0 é😀'), max_size=12)
VALUES = st.recursive(
    st.none() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), min_size=1, max_size=5)
FRAMINGS = {
    "lines": lambda rows: "".join(json.dumps(row) + "\n" for row in rows),
    "lines without the last end": lambda rows: "\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
    "list": lambda rows: json.dumps(rows, ensure_ascii=False),
    "lists": lambda rows: "\n".join(json.dumps([row]) for row in rows),
    "indented list": lambda rows: json.dumps(rows, indent=2, ensure_ascii=False),
    "list, one a line": lambda rows: "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]",
    "list, commas first": lambda rows: "[" + "\n,".join(map(json.dumps, rows)) + "]",
    "indented objects": lambda rows: "\n".join(json.dumps(row, indent=1) for row in rows),
    "joined": lambda rows: "".join(map(json.dumps, rows)),
    "byte order mark, CRLF": lambda rows: "\ufeff" + "\r\n\r\n".join(map(json.dumps, rows)),
}


def read(content: str | bytes, limit: int = LIMIT) -> list[Document | Unreadable]:
    raw = content if isinstance(content, bytes) else content.encode()
    return list(elements.elements(io.BytesIO(raw), limit))


def values(content: str | bytes, limit: int = LIMIT) -> list[Any]:
    return [one.value if isinstance(one, Document) else one.reason for one in read(content, limit)]


class TestFraming:
    """The same objects are read, whichever way they were written down."""

    @pytest.mark.parametrize("name", FRAMINGS)
    @settings(max_examples=40, deadline=None)
    @given(rows=ROWS)
    def test_documents_do_not_depend_on_their_framing(self, name: str, rows: list[Any]) -> None:
        assert values(FRAMINGS[name](rows)) == rows

    @pytest.mark.parametrize("name", FRAMINGS)
    @settings(max_examples=25, deadline=None)
    @given(rows=ROWS, chunk=st.integers(1, 30))
    def test_nor_on_how_much_of_a_long_line_is_read_at_once(
        self, name: str, rows: list[Any], chunk: int
    ) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(elements, "CHUNK", chunk)
            assert values(FRAMINGS[name](rows)) == rows

    @given(st.binary(max_size=200), st.integers(8, 60))
    @settings(max_examples=200, deadline=None)
    def test_no_bytes_make_it_raise_or_vanish(self, raw: bytes, limit: int) -> None:
        readings = read(raw, limit)
        assert readings or not raw.strip(b" \t\r\n,[]\xef\xbb\xbf")

    @settings(max_examples=200, deadline=None)
    @given(st.text(st.sampled_from('{}[]",:1\n x\\'), max_size=60), st.integers(8, 60))
    def test_lines_never_go_back(self, text: str, limit: int) -> None:
        """So a record's number within its line tells it from all others of the file."""
        places = [reading.place.line for reading in read(text, limit)]
        assert places == sorted(places)

    @settings(deadline=None)
    @given(rows=ROWS, cut=st.integers(1, 200))
    def test_a_list_that_breaks_off_keeps_what_was_complete(self, rows: list[Any], cut: int) -> None:
        text = json.dumps(rows)
        cut = min(cut, len(text))
        read_values = values(text[: len(text) - cut])
        kept = [one for one in read_values if not isinstance(one, Reason)]
        assert kept == rows[: len(kept)]
        assert cut == len(text) or Reason.INVALID_JSON in read_values


class TestBrokenText:
    """A broken line costs only itself."""

    @pytest.mark.parametrize("half", ['{"a": 1, ', '{"a": "b', '{"a": [{', "<html>", "}", '"', "[1, {"])
    def test_the_lines_around_half_a_line_are_read(self, half: str) -> None:
        read_values = values(f'{{"n": 1}}\n{half}\n{{"n": 2}}\n{{"n": 3}}\n')
        assert [one for one in read_values if not isinstance(one, Reason)] == [{"n": 1}, {"n": 2}, {"n": 3}]
        assert Reason.INVALID_JSON in read_values

    def test_half_an_element_of_a_list_costs_only_itself(self) -> None:
        read_values = values('[\n{"n": 1},\n{"n": 2, "x": "\n{"n": 3},\n{"n": 4}\n]')
        assert read_values == [{"n": 1}, Reason.INVALID_JSON, {"n": 3}, {"n": 4}]

    def test_a_document_over_the_limit_is_refused_and_the_next_is_read(self) -> None:
        long = json.dumps({"a": "x" * 500})
        assert values(f'{long}\n{{"n": 1}}\n', 100) == [Reason.LINE_TOO_LONG, {"n": 1}]
        assert values(json.dumps([{"n": 1}, {"a": ["x" * 50] * 9}, {"n": 2}]), 100) == [
            {"n": 1}, Reason.LINE_TOO_LONG, {"n": 2},
        ]  # fmt: skip

    def test_a_list_may_be_longer_than_the_limit_of_a_document(self) -> None:
        rows = [{"n": n, "t": "x" * 40} for n in range(100)]
        assert values(json.dumps(rows), 100) == rows

    def test_what_python_writes_for_no_number_is_null(self) -> None:
        assert values('{"a": NaN, "b": [-Infinity], "c": "NaN", "d": 1}\n') == [
            {"a": None, "b": [None], "c": "NaN", "d": 1}
        ]

    def test_lone_surrogates_and_bad_utf8_are_told_apart(self) -> None:
        assert values('{"a": "\\ud800"}\n') == [{"a": "\ufffd"}]
        assert values(b'{"a": "\xff"}\n{"n": 1}') == [Reason.INVALID_UTF8, {"n": 1}]

    def test_places_say_where_a_document_begins(self) -> None:
        text = '{"n": 1}\n[\n  {"n": 2},\n  {"n": 3}\n]\n'
        places = [reading.place for reading in read(text)]
        assert [place.line for place in places] == [1, 3, 4]
        assert [text[place.byte_offset] for place in places] == ["{", "{", "{"]
