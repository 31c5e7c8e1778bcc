"""OTLP in other wrappings, Jaeger and Opik are read; of other files it is said what they look like."""

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.dumps.container import framing_of, read_records
from behavior_pipeline.dumps.records import RawSpan, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.products import framings
from behavior_pipeline_tests.public_cases.cases import case, spans_of, trace_in, traces_in
from behavior_pipeline_tests.spans.world import parse

LIMIT = 1 << 26
TRACE, TOP, CALL = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "11f067aa0ba902b8"
MICROS = 1_783_936_800_000_000
Row = dict[str, Any]


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "dump.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def reasons_of(path: Path) -> list[Reason]:
    return [one.reason for one in read_records(path, LIMIT) if isinstance(one, Unreadable)]


def test_flat_spans_are_one_trace() -> None:
    row = trace_in(case("p11"))
    assert (row["n_spans"], row["input_tokens"], row["output_tokens"]) == (2, 50, 12)


def test_answer_of_tempo_is_read() -> None:
    row = trace_in(case("p12"))
    assert (row["input_tokens"], row["output_tokens"], row["input_text"]) == (10, 5, "Open?")


def test_protobuf_json_with_base64_ids_is_read() -> None:
    (row,) = spans_of(case("c12"))
    assert (row["trace_id"], row["input_tokens"]) == (f"{0xABC123:032x}", 3)
    assert (row["status"], row["input_messages"] is None) == ("error", False)


def test_answer_of_tempo_in_batches_with_base64_ids_is_read(tmp_path: Path) -> None:
    content = json.loads(case("p12").read_bytes())["trace"]
    span = content["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    trace_id = b64encode(bytes.fromhex(span["traceId"])).decode()
    span |= {"traceId": trace_id, "spanId": b64encode(bytes.fromhex(span["spanId"])).decode()}
    span["parentSpanId"] = None
    for indent in (None, 2):
        raw = json.dumps({"batches": content["resourceSpans"]}, indent=indent).encode()
        assert trace_in(written(tmp_path, raw))["trace_id"] == "7f7ef9c9a88fd0a9c44d863eba3ad4c9"


def test_spans_in_messages_of_a_log_group_are_read(tmp_path: Path) -> None:
    lines = case("p11").read_text().splitlines()
    events = [{"timestamp": 1, "message": line} for line in lines]
    row = trace_in(written(tmp_path, {"events": events, "nextToken": None}))
    assert row["n_spans"] == 2


def tag(key: str, kind: str, value: Any) -> Row:
    return {"key": key, "type": kind, "value": value}


def jaeger_spans(trace: str = TRACE) -> list[Row]:
    common: Row = {"traceID": trace, "processID": "p1", "warnings": None, "flags": 1}
    above = {"refType": "CHILD_OF", "traceID": trace, "spanID": TOP.lstrip("0")}
    link = {"refType": "FOLLOWS_FROM", "traceID": "1" * 32, "spanID": "2" * 16}
    top = {
        **common, "spanID": TOP.lstrip("0"), "operationName": "invoke_agent", "references": [],
        "startTime": MICROS, "duration": 2_000_000, "logs": [],
        "tags": [tag("gen_ai.operation.name", "string", "invoke_agent")],
    }  # fmt: skip
    call = {
        **common, "spanID": CALL, "operationName": "chat m", "references": [link, above],
        "startTime": MICROS + 1, "duration": 1_000_000,
        "tags": [
            tag("gen_ai.operation.name", "string", "chat"), tag("gen_ai.request.model", "string", "m"),
            tag("gen_ai.usage.input_tokens", "int64", 7), tag("gen_ai.usage.output_tokens", "int64", "3"),
            tag("gen_ai.input.messages", "string",
                json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Open?"}]}])),
            tag("error", "bool", True), tag("otel.status_description", "string", "late"),
            tag("otel.scope.name", "string", "app"),
        ],
        "logs": [{"timestamp": MICROS, "fields": [tag("event", "string", "exception"),
                                                  tag("exception.type", "string", "TimeoutError")]}],
    }  # fmt: skip
    return [top, call]


def jaeger(trace: str = TRACE) -> Row:
    process = {"serviceName": "assistant", "tags": [tag("service.version", "string", "1.4")]}
    return {"traceID": trace, "spans": jaeger_spans(trace), "processes": {"p1": process}}


@pytest.mark.parametrize("wrapping", ["page", "traces", "stored spans", "elastic"])
def test_jaeger_is_read(tmp_path: Path, wrapping: str) -> None:
    spans = [{**one, "process": jaeger()["processes"]["p1"]} for one in jaeger_spans()]
    lines = {"stored spans": spans, "elastic": [{"_id": "1", "_source": one} for one in spans]}.get(wrapping)
    content = (
        {"data": [jaeger()], "total": 0, "limit": 0, "errors": None} if wrapping == "page" else [jaeger()]
    )
    raw = json.dumps(content) if lines is None else "\n".join(map(json.dumps, lines))
    path = written(tmp_path, raw.encode())
    row = trace_in(path)
    assert (row["trace_id"], row["n_spans"], row["duration_ms"]) == (TRACE, 2, 2000)
    assert (row["input_tokens"], row["output_tokens"], row["input_text"]) == (None, None, "Open?")
    spans_read = {one.span_id: one for one in read_records(path, LIMIT) if isinstance(one, RawSpan)}
    call = spans_read[CALL]
    assert (call.parent_span_id, call.status, call.status_message, call.scope) == (
        TOP,
        "error",
        "late",
        "app",
    )
    assert call.attributes["gen_ai.usage.input_tokens"] == 7
    assert call.attributes["gen_ai.usage.output_tokens"] == 3
    assert call.events == [("exception", {"exception.type": "TimeoutError"})]
    assert call.resource == {"service.name": "assistant", "service.version": "1.4"}


def test_ids_of_64_bits_get_the_zeros_that_they_lack(tmp_path: Path) -> None:
    row = trace_in(written(tmp_path, {"data": [jaeger("3ce929d0e0e4736")]}))
    assert row["trace_id"] == "3ce929d0e0e4736".zfill(32)


OPIK_TRACE = "0197d1c0-7f3a-7cc2-8a3e-5b1d0e4f6a7b"


def opik() -> tuple[Row, list[Row]]:
    trace: Row = {
        "id": OPIK_TRACE, "project_id": "0197d1c0-0000-7000-8000-000000000001", "name": "answer",
        "start_time": "2026-07-13T10:00:00.000001Z", "end_time": "2026-07-13T10:00:02Z",
        "input": {"messages": [{"role": "user", "content": "Open?"}]}, "output": {"content": "Yes."},
        "thread_id": "t-1", "metadata": {"user_id": "u"}, "tags": [], "error_info": None,
        "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28},
        "feedback_scores": [], "span_count": 2,
    }  # fmt: skip
    common = {
        "trace_id": OPIK_TRACE,
        "project_id": trace["project_id"],
        "parent_span_id": None,
        "usage": None,
    }
    call = {
        **common, "id": "0197d1c0-7f3a-7cc2-8a3e-000000000001", "name": "chat", "type": "llm",
        "start_time": "2026-07-13T10:00:00.5Z", "end_time": "2026-07-13T10:00:01Z",
        "input": {"messages": [{"role": "system", "content": "Be brief."}, *trace["input"]["messages"]]},
        "output": {"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]},
        "model": "gpt-4o-2024-08-06", "provider": "openai", "metadata": {"model": "gpt-4o"},
        "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28,
                  "original_usage.prompt_tokens_details.cached_tokens": 5},
    }  # fmt: skip
    tool = {
        **common, "id": "0197d1c0-7f3a-7cc2-8a3e-000000000002", "name": "gates", "type": "tool",
        "start_time": "2026-07-13T10:00:00.2Z", "end_time": "2026-07-13T10:00:00.4Z",
        "input": {"gate": 4}, "output": {"result": "open"},
        "error_info": {"exception_type": "TimeoutError", "message": "late", "traceback": "..."},
    }  # fmt: skip
    return trace, [call, tool]


@pytest.mark.parametrize("framing", [name for name in framings([]) if name != "packed"])
def test_spans_of_opik_are_read(tmp_path: Path, framing: str) -> None:
    spans = opik()[1]
    path = written(tmp_path, framings(spans, page="content")[framing])
    framed = framing_of(path)
    assert framed is not None
    assert framed.container == "opik"
    (row,) = traces_in(path)
    assert row["trace_id"] == OPIK_TRACE.replace("-", "")
    assert (row["input_tokens"], row["output_tokens"], row["cached_tokens"]) == (20, 8, 5)
    assert (row["model"], row["requested_model"]) == ("gpt-4o-2024-08-06", "gpt-4o")


@pytest.mark.parametrize("wrapping", ["exported trace", "lines"])
def test_trace_of_opik_is_the_root_of_its_spans(tmp_path: Path, wrapping: str) -> None:
    trace, spans = opik()
    lines = "\n".join(map(json.dumps, [*spans, trace])).encode()
    path = written(tmp_path, {"trace": trace, "spans": spans} if wrapping == "exported trace" else lines)
    row = trace_in(path)
    assert (row["n_spans"], row["n_model_calls"], row["conversation_id"]) == (3, 1, "t-1")
    assert (row["input_text"], row["output_text"], row["system_prompt"]) == ("Open?", "Yes.", "Be brief.")
    assert (row["finish_reason"], round(row["duration_ms"])) == ("stop", 2000)
    (call,) = json.loads(row["tool_calls"])
    assert (call["name"], call["arguments"]) == ("gates", {"gate": 4})
    assert json.loads(row["unmeasurable"]).get("duration_ms") is None


ZIPKIN = {
    "traceId": "1" * 16, "id": "2" * 16, "name": "get", "timestamp": 1, "duration": 2, "kind": "CLIENT",
    "localEndpoint": {"serviceName": "x"}, "tags": {},
}  # fmt: skip
DATADOG = {
    "trace_id": 1, "span_id": 2, "parent_id": 0, "service": "x", "resource": "GET", "name": "x", "start": 1,
    "duration": 1, "error": 0, "meta": {}, "metrics": {},
}  # fmt: skip
ELASTIC = {
    "@timestamp": "2026-07-13T10:00:00Z", "processor": {"event": "transaction"}, "trace": {"id": "1"},
    "transaction": {"id": "1", "name": "GET"},
}  # fmt: skip
FOREIGN: dict[str, tuple[Any, Reason]] = {
    "zipkin": ([ZIPKIN], Reason.LOOKS_LIKE_ZIPKIN),
    "datadog": ([[DATADOG]], Reason.LOOKS_LIKE_DATADOG),
    "elastic": (ELASTIC, Reason.LOOKS_LIKE_ELASTIC_APM),
    "csv": (b"trace_id,dimension,label\nabc,tone,on_brand\n", Reason.LOOKS_LIKE_CSV),
    "html": (b"<!DOCTYPE html>\n<html></html>", Reason.LOOKS_LIKE_MARKUP),
    "xml": (b'<?xml version="1.0"?><error><code>403</code></error>', Reason.LOOKS_LIKE_MARKUP),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_file_of_another_system_says_what_it_looks_like(tmp_path: Path, name: str) -> None:
    content, reason = FOREIGN[name]
    reasons = reasons_of(written(tmp_path, content))
    assert set(reasons) == {reason}
    assert len(reasons) == 1 or name == "html"


def test_good_lines_behind_what_looks_foreign_are_read(tmp_path: Path) -> None:
    line = case("c11_0").read_bytes()
    for before in (b"name,value\n", b"<html>\n"):
        assert len(parse([written(tmp_path, before + line)]).spans)


PAGE: Row = json.loads(case("p22").read_bytes())


@pytest.mark.parametrize(
    ("beside", "more"),
    [
        ({"next_cursor": "abc"}, True), ({"next_cursor": None}, False), ({"hasMore": True}, True),
        ({"hasMore": False, "nextPageToken": "x"}, False), ({"nextPageToken": "x"}, True),
        ({"meta": {"page": 1, "limit": 50, "totalItems": 120, "totalPages": 3}}, True),
        ({"meta": {"page": 1, "limit": 50, "totalItems": 20, "totalPages": 1}}, False),
        ({"page": 1, "size": 10, "total": 25}, True), ({"page": 1, "size": 100, "total": 25}, False),
        ({"cursors": {"next": "x", "prev": None}}, True), ({"pageInfo": {"hasNextPage": True}}, True),
    ],
)  # fmt: skip
def test_page_says_that_more_follow(tmp_path: Path, beside: Row, more: bool) -> None:
    path = written(tmp_path, {**{name: cell for name, cell in PAGE.items() if name == "data"}, **beside})
    assert reasons_of(path) == ([Reason.MORE_PAGES] if more else [])
    assert any(isinstance(one, RawSpan) for one in read_records(path, LIMIT))


def test_all_pages_in_one_file_are_whole(tmp_path: Path) -> None:
    def raw(pages: Sequence[Row]) -> bytes:
        return "\n".join(json.dumps({"data": PAGE["data"], **page}) for page in pages).encode()

    numbered = [{"meta": {"page": number, "totalPages": 3}} for number in (1, 2, 3)]
    assert reasons_of(written(tmp_path, raw(numbered))) == []
    assert reasons_of(written(tmp_path, raw(numbered[:2]))) == [Reason.MORE_PAGES]
    assert reasons_of(written(tmp_path, raw([{"next_cursor": "x"}, {"next_cursor": None}]))) == []


@pytest.mark.parametrize("start", ["0", "1783936800", "1783936800000", 1783936800000000])
def test_start_that_is_none_or_in_another_unit_is_refused(tmp_path: Path, start: str | int) -> None:
    span = {"traceId": TRACE, "spanId": TOP, "name": "chat", "startTimeUnixNano": start,
            "endTimeUnixNano": "1783936801000000000"}  # fmt: skip
    for document in ({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}, {**span, "attributes": {}}):
        assert reasons_of(written(tmp_path, document)) == [Reason.BAD_TIME]


def test_export_whose_end_is_1970_was_still_open(tmp_path: Path) -> None:
    row = {**json.loads(case("p15_ids").read_text().splitlines()[0]), "endTime": "1970-01-01T00:00:00.000Z"}
    (span,) = read_records(written(tmp_path, row), LIMIT)
    assert isinstance(span, RawSpan)
    assert span.end_ns == span.start_ns
