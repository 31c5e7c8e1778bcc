"""Writes the same spans and log records in every container and compression, as their exporters do."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf.json_format import MessageToJson, ParseDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from behavior_pipeline.dumps import compression

Record = dict[str, Any]  # a span or a log record of OTLP/JSON; a span has a startTimeUnixNano
IDS = ("traceId", "spanId", "parentSpanId")


def request(records: Sequence[Record], resource: Record | None = None) -> Record:
    """Return an export request of spans and log records, in OTLP/JSON."""
    signals: Record = {}
    for signal, scopes, name, wanted in (
        ("resourceSpans", "scopeSpans", "spans", True),
        ("resourceLogs", "scopeLogs", "logRecords", False),
    ):
        if chosen := [record for record in records if is_span(record) is wanted]:
            signals[signal] = [
                {"resource": resource or {}, scopes: [{"scope": {"name": "test"}, name: chosen}]}
            ]
    return signals


def is_span(record: Record) -> bool:
    return "startTimeUnixNano" in record


def lines(requests: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in requests)


def documents(requests: Sequence[Record]) -> bytes:
    return b"\n".join(json.dumps(one, indent=2).encode() for one in requests)


def flat_documents(requests: Sequence[Record]) -> bytes:
    return b"\n".join(json.dumps(one, indent=0).encode() for one in requests)


def one_list(requests: Sequence[Record]) -> bytes:
    return json.dumps(list(requests), indent=1, ensure_ascii=False).encode()


def list_of_lines(requests: Sequence[Record]) -> bytes:
    return b"[\n" + b",\n".join(json.dumps(one).encode() for one in requests) + b"\n]\n"


def body(requests: Sequence[Record]) -> bytes:
    return b"".join(part for one in requests for part in messages(one))


def frames(requests: Sequence[Record]) -> bytes:
    return b"".join(framed(part) for one in requests for part in messages(one))


def zstd_frames(requests: Sequence[Record]) -> bytes:
    return b"".join(framed(zstd(part)) for one in requests for part in messages(one))


def zstd_json_frames(requests: Sequence[Record]) -> bytes:
    return b"".join(framed(zstd(json.dumps(one).encode())) for one in requests)


def console(requests: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(item, indent=4).encode() + b"\n" for item in printed(requests))


def console_lines(requests: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in printed(requests))


def protobuf_json(requests: Sequence[Record], **how: Any) -> bytes:
    """Write what protobuf's own JSON mapping makes of requests: base64 ids, enumerations by name."""
    texts = (MessageToJson(kind, indent=None, **how) for one in requests for kind in parsed(one))
    return b"".join(text.encode() + b"\n" for text in texts)


def snake_json(requests: Sequence[Record]) -> bytes:
    return protobuf_json(requests, preserving_proto_field_name=True)


def tempo(requests: Sequence[Record]) -> bytes:
    """Write groups of spans as Tempo's API calls them; logs are none of its."""
    made = []
    for number, one in enumerate(requests):
        for signal, groups in _base64_ids(one).items():
            name = "batches" if signal == "resourceSpans" else signal
            made.append({name: groups} if number % 2 or name == signal else {"trace": {name: groups}})
    return lines(made)


def flat(requests: Sequence[Record]) -> bytes:
    """Write spans and log records one by one with plain attributes, as CloudWatch has them."""
    made = []
    for one in requests:
        for signal, scopes, name in (
            ("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"),
        ):  # fmt: skip
            for group in one.get(signal, []):
                resource = {"attributes": _plain(group.get("resource", {}).get("attributes"))}
                made += [
                    {"resource": resource, "scope": scope["scope"], **_flat_record(record)}
                    for scope in group[scopes]
                    for record in scope[name]
                ]
    return lines(made)


def _flat_record(record: Record) -> Record:
    status = record.get("status") or {}
    times = {name: int(cell) for name, cell in record.items() if name.endswith("UnixNano")}
    state = {"code": ("UNSET", "OK", "ERROR")[status.get("code", 0)]}
    events = [{**one, "attributes": _plain(one.get("attributes"))} for one in record.get("events", [])]
    body = {} if is_span(record) else {"body": None}
    return {
        **record, **times, **body, "attributes": _plain(record.get("attributes")),
        "status": {**status, **state}, "events": events,
    }  # fmt: skip


CONTAINERS: dict[str, Callable[[Sequence[Record]], bytes]] = {
    "lines": lines,
    "documents": documents,
    "flat_documents": flat_documents,
    "one_list": one_list,
    "list_of_lines": list_of_lines,
    "body": body,
    "frames": frames,
    "zstd_frames": zstd_frames,
    "zstd_json_frames": zstd_json_frames,
    "protobuf_json": protobuf_json,
    "snake_json": snake_json,
    "tempo": tempo,
    "flat": flat,
}
CONSOLE = {"console": console, "console_lines": console_lines}


def plain(content: bytes) -> bytes:
    return content


def zstd(content: bytes) -> bytes:
    return compression.zstd.compress(content)


def streamed_zstd(content: bytes) -> bytes:
    """Compress in two frames that do not say how long their content is, checksums included."""
    half, made = len(content) // 2, b""
    for part in (content[:half], content[half:]):
        parameter = compression.zstd.CompressionParameter
        flags = {parameter.checksum_flag: 1, parameter.content_size_flag: 0}
        frame = compression.zstd.ZstdCompressor(options=flags)
        made += frame.compress(part) + frame.flush()
    return made


def two_members(content: bytes) -> bytes:
    return gzip.compress(content[: len(content) // 2]) + gzip.compress(content[len(content) // 2 :])


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": plain,
    "gzip": gzip.compress,
    "gzip_members": two_members,
    "zstd": zstd,
    "zstd_frames": streamed_zstd,
    "gzip_in_zstd": lambda content: zstd(gzip.compress(content)),
    "gzip_in_gzip": lambda content: gzip.compress(gzip.compress(content)),
}


def framed(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def messages(one: Record) -> list[bytes]:
    """Return an OTLP/JSON request as protobuf, traces and logs in requests of their own."""
    return [message.SerializeToString() for message in parsed(one)]


def parsed(one: Record) -> list[Message]:
    made: list[Message] = []
    for signal, kind in (
        ("resourceSpans", ExportTraceServiceRequest),
        ("resourceLogs", ExportLogsServiceRequest),
    ):
        if signal in one:
            made.append(ParseDict(_base64_ids({signal: one[signal]}), kind(), ignore_unknown_fields=True))
    return made


def _base64_ids(value: Any) -> Any:
    """Return the same JSON with ids as protobuf's own JSON mapping has them."""
    if isinstance(value, list):
        return [_base64_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: b64encode(bytes.fromhex(item)).decode()
        if key in IDS and isinstance(item, str)
        else _base64_ids(item)
        for key, item in value.items()
    }


def printed(requests: Sequence[Record]) -> list[Record]:
    """Return what the console exporters of the Python SDK print of each record."""
    made = []
    for one in requests:
        for signal, scopes, name, show in (
            ("resourceSpans", "scopeSpans", "spans", _printed_span),
            ("resourceLogs", "scopeLogs", "logRecords", _printed_log),
        ):
            for group in one.get(signal, []):
                resource = {
                    "attributes": _plain(group.get("resource", {}).get("attributes")),
                    "schema_url": "",
                }
                made += [
                    {**show(record), "resource": resource}
                    for scope in group[scopes]
                    for record in scope[name]
                ]
    return made


def _printed_span(span: Record) -> Record:
    parent = span.get("parentSpanId")
    status = span.get("status", {})
    return {
        "name": span["name"],
        "context": {
            "trace_id": "0x" + span["traceId"], "span_id": "0x" + span["spanId"],
            "trace_state": _printed_state(span.get("traceState", "")),
        },
        "kind": "SpanKind.INTERNAL",
        "parent_id": "0x" + parent if parent else None,
        "start_time": iso(span["startTimeUnixNano"]),
        "end_time": iso(span["endTimeUnixNano"]),
        "status": {
            "status_code": ("UNSET", "OK", "ERROR")[status.get("code", 0)],
            **({"description": status["message"]} if status.get("message") else {}),
        },
        "attributes": _plain(span.get("attributes")),
        "events": [
            {"name": event["name"], "timestamp": iso("0"), "attributes": _plain(event.get("attributes"))}
            for event in span.get("events", [])
        ],
        "links": [],
    }  # fmt: skip


def _printed_log(log: Record) -> Record:
    return {
        "body": any_value(log.get("body")),
        "severity_number": 9,
        "severity_text": None,
        "attributes": _plain(log.get("attributes")),
        "dropped_attributes": 0,
        "timestamp": iso(log["timeUnixNano"]),
        "observed_timestamp": iso(log["timeUnixNano"]),
        "trace_id": "0x" + log["traceId"],
        "span_id": "0x" + log["spanId"],
        "trace_flags": 1,
        "event_name": log.get("eventName"),
    }


def _printed_state(state: str) -> str:
    pairs = (pair.split("=", 1) for pair in state.split(",") if pair)
    return str([f"{{key={key}, value={value}}}" for key, value in pairs])


def iso(nanoseconds: str) -> str:
    return datetime.fromtimestamp(int(nanoseconds) / 1e9, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(attributes: Any) -> Record:
    return {pair["key"]: any_value(pair.get("value")) for pair in attributes or []}


def any_value(value: Any) -> Any:
    """Return an AnyValue of OTLP/JSON as plain JSON."""
    if not value:
        return None
    kind, content = next(iter(value.items()))
    if kind == "intValue":
        return int(content)
    if kind == "arrayValue":
        return [any_value(item) for item in content.get("values", [])]
    return _plain(content.get("values")) if kind == "kvlistValue" else content
