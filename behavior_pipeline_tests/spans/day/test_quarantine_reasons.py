"""Every reason of quarantine is reached by a small input, and says in one sentence what to do about it."""

import gzip
from itertools import takewhile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from behavior_pipeline.dumps.container import MOST_REFUSED
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.containers import writing
from behavior_pipeline_tests.spans.world import parse, request, span

LIMIT = 1 << 16
PAGE = Path(__file__).parents[3] / "docs" / "reasons.md"
FRAME = writing.frames([writing.request([span()])])


def foreign_table() -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table({"x": [1]}), sink)
    return sink.getvalue().to_pybytes()


OF_A_FILE = (Reason.UNREADABLE_FILE, Reason.TRUNCATED_FILE, Reason.UNKNOWN_COLUMNS)
# Smallest inputs, by reason and what is wrong.
INPUTS: dict[Reason, dict[str, bytes]] = {
    Reason.UNREADABLE_FILE: {
        "another compression": b"PK\x03\x04 an archive",
        "compressed three times": gzip.compress(gzip.compress(gzip.compress(request(span())))),
        "damaged from the start": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + b"\xff" * 30,
    },
    Reason.TRUNCATED_FILE: {
        "gzip": gzip.compress(request(span()))[:-9],
        "zstd": writing.streamed_zstd(request(span()))[:-5],
        "frame": FRAME + FRAME[:-9],
        "length of a frame": FRAME + b"\x00\x00",
        "body": writing.body([writing.request([span()])]) * 2 + b"\x0a\x7f\x0a",
    },
    Reason.INVALID_UTF8: {"line": b'{"resourceSpans": "\xff"}'},
    Reason.INVALID_JSON: {"line": b'{"resourceSpans": [', "document": b'{\n "resourceSpans": [\n'},
    Reason.NESTED_TOO_DEEP: {"line": b"[" * 20_000 + b"]" * 20_000},
    Reason.INVALID_PROTOBUF: {
        "frame": FRAME + b"\x00\x00\x00\x05\x0a\x03\xff\xff\xff",
        "between frames": FRAME + b"\xff" * 40 + FRAME,
        "zeros behind frames": FRAME + bytes(400),
    },
    Reason.LINE_TOO_LONG: {
        "line": request(span(note="x" * LIMIT)),
        "document": writing.documents([writing.request([span(number=n) for n in range(1, 400)])]),
        "frame": writing.frames([writing.request([span(note="x" * LIMIT)])]),
        "zstd frame": writing.zstd_frames([writing.request([span(note="x" * LIMIT)])]),
        "body": writing.body([writing.request([span(note="x" * LIMIT)])]),
    },
    Reason.NOT_OTLP: {
        "line": b'"text"',
        "printed object": writing.console([writing.request([span()])]) + b"{}\n7\n",
    },
    Reason.BAD_SPAN: {"line": b'{"resourceSpans": [7]}'},
    Reason.BAD_TRACE_ID: {
        "line": request(span() | {"traceId": "0" * 32}),
        "printed": writing.console([writing.request([span() | {"traceId": "12"}])]),
        "frame": writing.frames([writing.request([span() | {"traceId": "12" * 15}])]),
    },
    Reason.BAD_SPAN_ID: {
        "line": request(span() | {"spanId": 5}),
        "frame": writing.frames([writing.request([span() | {"spanId": ""}])]),
    },
    Reason.BAD_TIME: {
        "line": request(span() | {"startTimeUnixNano": "soon"}),
        "frame": writing.frames([writing.request([span() | {"startTimeUnixNano": "0"}])]),
        "printed": writing.console([writing.request([span()])]).replace(b"2001-", b"soon-"),
    },
    Reason.BAD_ATTRIBUTES: {"line": request(span() | {"attributes": "none"})},
    Reason.CONFLICTING_DUPLICATE: {"line": request(span(note="a"), span(note="b"))},
    Reason.NO_SPAN: {"MLflow": b'{"info": {"trace_id": "tr-1", "request_time": 1}, "data": {"spans": []}}'},
    Reason.UNKNOWN_COLUMNS: {"Parquet": foreign_table()},
    Reason.LOOKS_LIKE_CSV: {"labels": b"trace_id,label\n1,2\n"},
    Reason.LOOKS_LIKE_MARKUP: {"error page": b"<html>"},
    Reason.LOOKS_LIKE_ZIPKIN: {"line": b'[{"traceId": "1", "id": "2", "timestamp": 1, "kind": "CLIENT"}]'},
    Reason.LOOKS_LIKE_DATADOG: {
        "line": b'[[{"trace_id": 1, "span_id": 2, "service": "x", "resource": "y", "meta": {}}]]'
    },
    Reason.LOOKS_LIKE_ELASTIC_APM: {
        "line": b'{"@timestamp": 1, "processor": {"event": "x"}, "transaction": {"id": "1"}}'
    },
    Reason.MORE_PAGES: {
        "Langfuse": b'{"data": [{"id": "1", "traceId": "2", "type": "SPAN", "parentObservationId": null,'
        b' "startTime": "2026-07-13T10:00:00Z"}], "meta": {"page": 1, "totalPages": 2}}'
    },
    Reason.BAD_SAMPLING: {"line": request(span() | {"traceState": "ot=p:63"})},
}  # fmt: skip


def test_every_reason_of_quarantine_has_an_input() -> None:
    quarantined = set(takewhile(lambda reason: reason is not Reason.NO_OUTPUT, Reason))
    assert quarantined - {Reason.NO_DUMP, Reason.LINK_OUT} == set(INPUTS)


def test_of_a_file_that_is_no_dump_the_rest_is_refused_as_one(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(gzip.compress(b"x\n" * (MOST_REFUSED + 1000)))
    parsed = parse([path])
    assert parsed.quarantine["reason"].value_counts().to_dict() == {
        Reason.INVALID_JSON: MOST_REFUSED, Reason.NO_DUMP: 1,
    }  # fmt: skip
    assert parsed.ingested["quarantined"].tolist() == [MOST_REFUSED + 1]


def test_a_dump_with_many_unreadable_lines_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(b"".join([b"x\n" * 800, b"\n" * 200]) * 130 + request(span()))
    assert len(parse([path]).spans) == 1


@pytest.mark.parametrize(
    ("reason", "raw"),
    [
        pytest.param(reason, raw, id=f"{reason}, {what}")
        for reason, inputs in INPUTS.items()
        for what, raw in inputs.items()
    ],
)
def test_the_input_is_quarantined_with_its_reason_and_place(
    tmp_path: Path, reason: Reason, raw: bytes
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(raw)
    quarantine = parse([path], max_line_bytes=LIMIT).quarantine
    assert set(quarantine["reason"]) == {reason}
    assert (quarantine["file"] == "dump").all()
    assert (quarantine["line"] >= (0 if reason in OF_A_FILE else 1)).all()


@pytest.mark.parametrize("reason", INPUTS)
def test_the_reason_is_documented_with_its_hint(reason: Reason) -> None:
    assert reason.hint
    assert f"| `{reason}` | {reason.hint} |" in PAGE.read_text(encoding="utf-8")
