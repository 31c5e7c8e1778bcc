"""Documents between other text: each line that is none costs itself, a broken document only itself."""

import gzip
import io
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.json.documents import Document, Reading, documents
from behavior_pipeline.dumps.json.lines import decode_printed, lines
from behavior_pipeline.reasons import Reason

LIMIT = 1 << 16
TEXTS = st.text(st.sampled_from('ab"\\{}[],:\u2028\u0085\r\n\t 😀'), max_size=12)
OBJECTS = st.lists(
    st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=3), min_size=1), min_size=1, max_size=4
)


def read(content: str, limit: int = LIMIT) -> list[Reading]:
    return list(documents(io.BytesIO(content.encode()), limit))


def values(content: str, limit: int = LIMIT) -> list[Any]:
    return [
        reading.value if isinstance(reading, Document) else reading.reason for reading in read(content, limit)
    ]


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
@settings(max_examples=40, deadline=None)
@given(objects=OBJECTS)
def test_objects_are_read_however_they_are_indented(indent: int | None, objects: list[Any]) -> None:
    assert values("\n".join(json.dumps(one, indent=indent) for one in objects)) == objects


def test_a_list_is_one_document_and_begins_where_it_begins() -> None:
    (reading,) = read('\n[\n  {"n": 1},\n  {"n": 2}\n]\n')
    assert isinstance(reading, Document)
    assert (reading.value, reading.place.line) == ([{"n": 1}, {"n": 2}], 2)


@pytest.mark.parametrize("chatter", ["[INFO] started {port}", '{"half": ', "started", "}", '  "in": 1'])
def test_a_printed_line_is_refused_by_itself(chatter: str) -> None:
    good = json.dumps({"n": 1}, indent=2)
    assert values(f"{good}\n{chatter}\n{good}") == [{"n": 1}, Reason.INVALID_JSON, {"n": 1}]


def test_a_document_over_the_limit_is_refused_and_the_next_is_read() -> None:
    long = json.dumps({"a": ["x" * 50] * 9}, indent=2)
    assert values(f'{long}\n{{"n": 1}}\n', 100) == [Reason.LINE_TOO_LONG, {"n": 1}]


class TestLines:
    """What ends a line, and what is held of one that is too long."""

    def test_a_line_over_the_limit_is_passed_over_to_its_end(self) -> None:
        read_lines = list(lines(io.BytesIO(b"\xef\xbb\xbfa\n" + b"b" * 25 + b"\n\nc"), 10))
        assert [(line, complete) for _, line, complete in read_lines] == [
            (b"a\n", True), (b"b" * 10, False), (b"\n", True), (b"c", True),
        ]  # fmt: skip
        assert [tuple(place) for place, *_ in read_lines] == [(1, 0, 0), (2, 5, 0), (3, 31, 0), (4, 32, 0)]

    @given(st.binary(max_size=80), st.integers(1, 20))
    def test_places_are_where_lines_begin(self, raw: bytes, limit: int) -> None:
        for place, line, _ in lines(io.BytesIO(raw), limit):
            assert raw[place.byte_offset :].removeprefix(b"\xef\xbb\xbf").startswith(line)
            assert raw[: place.byte_offset].count(b"\n") == place.line - 1


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'["NaN, \\"Infinity", NaN]', ['NaN, "Infinity', None]),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"\xef\xbb\xbf[NaN]", [None]),
        (b"NaN or not", Reason.INVALID_JSON),
        (b'{"a": "\xff", "b": NaN}', Reason.INVALID_UTF8),
    ],
)
def test_what_python_prints_for_no_number_is_null(content: bytes, value: Any) -> None:
    assert decode_printed(content) == value


@given(st.lists(st.sampled_from([b"\n", b"\r\n", b" \n", b"\t\x0b\n", b"x\n", b"{}\n", b" y"]), max_size=60))
def test_blank_lines_are_passed_over_together_and_counted(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    whole = [(line, place) for place, line, _ in lines(io.BytesIO(content), LIMIT) if line.strip()]
    buffered = io.BufferedReader(io.BytesIO(content), 16)  # type: ignore[arg-type]
    assert [(line, place) for place, line, _ in lines(buffered, LIMIT) if line.strip()] == whole


def test_millions_of_blank_lines_cost_a_moment() -> None:
    packed = io.BytesIO(gzip.compress(b"\n" * 20_000_000 + b"{}\n"))
    began = time.monotonic()
    (last,) = [place for place, line, _ in lines(gzip.GzipFile(fileobj=packed), LIMIT) if line.strip()]  # type: ignore[arg-type]
    assert (last.line, last.byte_offset) == (20_000_001, 20_000_000)
    assert time.monotonic() - began < 10  # one by one they took 60 s
