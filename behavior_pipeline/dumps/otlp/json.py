"""Decodes OTLP/JSON export requests (opentelemetry-proto, JSON mapping) into spans and log records."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from behavior_pipeline.dumps.ids import (
    SPAN_DIGITS,
    TRACE_DIGITS,
    RefusedError,
    nanoseconds,
    parse_id,
    start_ns,
)
from behavior_pipeline.dumps.json.documents import documents
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.reasons import Reason

STATUS = {
    0: "unset", 1: "ok", 2: "error", "STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error", "OK": "ok",
    "ERROR": "error", "1": "ok", "2": "error",
}  # fmt: skip
ZERO_IN_BASE64 = "aaaaaaaaaaa="
Item = tuple[str, Any, dict[str, Any], str]  # kind, record, resource attributes, scope name
FLAT_SPAN = frozenset({"traceId", "spanId", "startTimeUnixNano"})
SIGNALS = ("resourceSpans", "resourceLogs", "resourceMetrics")
# What stores of traces wrap a request in, and what Tempo calls its groups of spans.
WRAPPERS, BATCHES = ("trace", "traces", "result", "data"), "batches"
# Names as protobuf's JSON mapping writes them when it is told to keep those of the proto files.
SNAKE = re.compile(
    "(?:resource|scope)_(?:spans|logs|metrics)|log_records|(?:trace|span|parent_span)_id|trace_state"
    "|(?:start_time|end_time|time|observed_time)_unix_nano|event_name|instrumentation_library(?:_spans|_logs)?"
    "|(?:string|int|double|bool|array|kvlist|bytes)_value|dropped_\\w+_count|schema_url|severity_\\w+"
)


def read_requests(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield the records of a stream of JSON documents, each on one line or indented over many."""
    for reading in documents(stream, max_line_bytes):
        if isinstance(reading, Unreadable):
            yield reading
        else:
            yield from requests_of(reading.value, reading.place, reading.content)


def requests_of(document: Any, place: Place, raw: bytes) -> Iterator[Record]:
    """Yield the records of one decoded JSON document: an export request, or a list of them.

    An empty object or list holds nothing; anything else that is no request is one unreadable record.
    """
    for number, item in enumerate(_items_of(document)):
        yield _record(item, place._replace(record=number), raw)


def _items_of(document: Any) -> Iterator[Item]:
    for one in document if isinstance(document, list) else [document]:
        try:
            request = unwrapped_request(one)
        except RecursionError:
            request = None
        if request is not None:
            yield from _items(request)
        elif isinstance(one, dict) and one.keys() >= FLAT_SPAN:
            yield flat_span(one)
        else:
            yield "foreign", one, {}, ""


def flat_span(span: dict[str, Any]) -> Item:
    """Return a span that stands by itself, with the resource and the scope that it names."""
    resource, scope = span.get("resource"), span.get("scope")
    name = scope.get("name") if isinstance(scope, dict) else ""
    attributes = _attributes_or_none(resource.get("attributes")) if isinstance(resource, dict) else {}
    return "span", span, attributes or {}, name if isinstance(name, str) else ""


def unwrapped_request(document: Any) -> dict[str, Any] | None:
    """Return the export request that a document is or wraps, by the names of OTLP/JSON; None for others."""
    if not isinstance(document, dict):
        return None
    request = document
    if not any(key in request for key in SIGNALS):
        inner = next((document[key] for key in WRAPPERS if isinstance(document.get(key), dict)), None)
        request = document if inner is None else inner
        if any(SNAKE.fullmatch(key) for key in request):
            request = with_protocol_names(request)
        if BATCHES in request:
            request = {**request, SIGNALS[0]: with_protocol_names(request[BATCHES])}
    return request if not document or any(key in request for key in SIGNALS) else None


def with_protocol_names(value: Any) -> Any:
    """Return JSON whose names of the proto files (`start_time_unix_nano`) are those of OTLP/JSON."""
    if isinstance(value, list):
        return [with_protocol_names(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        # Attributes as a plain map have names of their own.
        _protocol_name(key): item
        if key == "attributes" and isinstance(item, dict)
        else with_protocol_names(item)
        for key, item in value.items()
    }


def _protocol_name(key: str) -> str:
    if "_" not in key or not SNAKE.fullmatch(key):
        return key
    return re.sub("_(.)", lambda part: part[1].upper(), key)


def _record(item: Item, place: Place, raw: bytes) -> Record:
    kind, body, resource, scope = item
    if kind == "foreign":
        return Unreadable.of(place, Reason.NOT_OTLP, raw)
    try:
        return span_of(body, resource, scope, place) if kind == "span" else log_of(body, place)
    except RefusedError as refusal:
        return Unreadable.of(place, refusal.reason, _bytes_of(body))
    except RecursionError:
        return Unreadable.of(place, Reason.NESTED_TOO_DEEP, f"{place}")


def _bytes_of(body: Any) -> bytes:
    try:
        return canonical_json(body)
    except (TypeError, ValueError, RecursionError):
        return type(body).__name__.encode()


def _items(request: dict[str, Any]) -> Iterator[Item]:
    for signal, scopes, records, kind in (
        ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans", "span"),
        ("resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords", "log"),
    ):
        for group in _list(request.get(signal)):
            if not isinstance(group, dict):
                yield kind, group, {}, ""
                continue
            holder = group.get("resource")
            resource = _attributes_or_none(holder.get("attributes")) if isinstance(holder, dict) else {}
            # Before protocol 0.19 a scope was called instrumentation library.
            for scope in (one for name in scopes for one in _list(group.get(name))):
                if not isinstance(scope, dict):
                    yield kind, scope, {}, ""
                    continue
                named = scope.get("scope") or scope.get("instrumentationLibrary")
                name = named.get("name") if isinstance(named, dict) else ""
                for record in _list(scope.get(records)):
                    yield kind, record, resource or {}, name if isinstance(name, str) else ""


def _list(value: Any) -> list[Any]:
    """Return a list as it is, nothing for null, and anything else as one (unreadable) entry."""
    return value if isinstance(value, list) else [] if value is None else [value]


def span_of(body: Any, resource: dict[str, Any], scope: str, place: Place) -> RawSpan:
    """Return a span of OTLP/JSON; RefusedError where it is none."""
    if not isinstance(body, dict):
        raise RefusedError(Reason.BAD_SPAN)
    trace_id = parse_id(body.get("traceId"), TRACE_DIGITS, Reason.BAD_TRACE_ID)
    span_id = parse_id(body.get("spanId"), SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start = start_ns(nanoseconds(body.get("startTimeUnixNano")))
    end = nanoseconds(body.get("endTimeUnixNano"), default=start)
    status = body.get("status")
    status = status if isinstance(status, dict) else {}
    code, message, name = status.get("code", 0), status.get("message"), body.get("name")
    state = body.get("traceState")
    return RawSpan(
        place=place, trace_id=trace_id, span_id=span_id, parent_span_id=_parent(body, span_id),
        name=name if isinstance(name, str) else "", start_ns=start, end_ns=end or start,
        status=STATUS.get(code, "unset") if isinstance(code, int | str) else "unset",
        status_message=message if isinstance(message, str) else None,
        attributes=attributes_of(body.get("attributes")), resource=resource, scope=scope,
        events=_events(body.get("events")), trace_state=state if isinstance(state, str) else "",
    )  # fmt: skip


def log_of(body: Any, place: Place) -> RawLog:
    """Return a log record of OTLP/JSON; RefusedError where it is none."""
    if not isinstance(body, dict):
        raise RefusedError(Reason.BAD_SPAN)
    attributes = attributes_of(body.get("attributes"))
    name = body.get("eventName") or attributes.get("event.name") or ""
    return RawLog(
        place=place,
        trace_id=_id_or_text(body.get("traceId"), TRACE_DIGITS),
        span_id=_id_or_text(body.get("spanId"), SPAN_DIGITS),
        name=name if isinstance(name, str) else "",
        time_ns=_log_time(body),
        attributes=attributes,
        body=_value(body.get("body")),
    )


def _id_or_text(value: Any, digits: int) -> str:
    """Return an id as spans have it; what is none stays as it is, and belongs to no span."""
    if not isinstance(value, str):
        return ""
    try:
        return parse_id(value, digits, Reason.BAD_SPAN_ID)
    except RefusedError:
        return value.lower()


def _log_time(body: dict[str, Any]) -> int:
    """Return when a log record was made; one without a readable time counts as the earliest."""
    for key in ("timeUnixNano", "observedTimeUnixNano"):
        try:
            if time := nanoseconds(body.get(key), default=0):
                return time
        except RefusedError:
            continue
    return 0


def _parent(body: dict[str, Any], span_id: str) -> str | None:
    parent = _id_or_text(body.get("parentSpanId"), SPAN_DIGITS)
    return parent if parent.strip("0") and parent not in (span_id, ZERO_IN_BASE64) else None


def _events(value: Any) -> list[tuple[str, dict[str, Any]]]:
    return [
        (str(event.get("name") or ""), _attributes_or_none(event.get("attributes")) or {})
        for event in (value if isinstance(value, list) else [])
        if isinstance(event, dict)
    ]


def _attributes_or_none(value: Any) -> dict[str, Any] | None:
    try:
        return attributes_of(value)
    except RefusedError:
        return None


def attributes_of(value: Any) -> dict[str, Any]:
    """Return attributes by key: OTLP's list of key and value, or a plain map as some exporters write it."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return {key: _plain_or_value(item) for key, item in value.items()}
    if not isinstance(value, list):
        raise RefusedError(Reason.BAD_ATTRIBUTES)
    attributes = {}
    for entry in value:
        # Protobuf's own JSON mapping leaves out what is empty.
        if isinstance(entry, dict) and entry and isinstance(key := entry.get("key", ""), str):
            attributes[key] = _value(entry.get("value"))
    return attributes


def _plain_or_value(item: Any) -> Any:
    """Return what an entry of a plain map holds: an AnyValue's value, else the entry itself."""
    return _value(item) if isinstance(item, dict) and len(item) == 1 and set(item) <= KINDS.keys() else item


def _value(value: Any) -> Any:
    """Return what an AnyValue holds: the first of its kinds that is there, in the order of KINDS."""
    if not isinstance(value, dict):
        return None
    for kind, read in KINDS.items():
        if value.get(kind) is not None:
            return read(value[kind])
    return None


def attribute_integer(inner: Any) -> int | None:
    """Return a 64-bit integer of OTLP/JSON: its digits as a text, or a number; anything else is None."""
    if isinstance(inner, str):
        return int(inner) if re.fullmatch(r"-?[0-9]{1,19}", inner) else None
    if isinstance(inner, float) and inner.is_integer() and abs(inner) < 2**63:
        return int(inner)
    return inner if isinstance(inner, int) and not isinstance(inner, bool) else None


def _double(inner: Any) -> float | None:
    if isinstance(inner, bool) or not isinstance(inner, int | float):
        return None
    return float(inner) if math.isfinite(inner) else None


def _members(inner: Any) -> Any:
    return inner.get("values") if isinstance(inner, dict) else None


KINDS: dict[str, Callable[[Any], Any]] = {
    "stringValue": lambda inner: inner if isinstance(inner, str) else None,
    "intValue": attribute_integer,
    "doubleValue": _double,
    "boolValue": lambda inner: inner if isinstance(inner, bool) else None,
    "arrayValue": lambda inner: [_value(item) for item in _list(_members(inner))],
    "kvlistValue": lambda inner: attributes_of(_members(inner)),
    "bytesValue": lambda inner: inner if isinstance(inner, str) else None,
}
