"""Decodes OTLP export requests from protobuf (opentelemetry-proto) into spans and log records.

By the same rules as OTLP/JSON, so that a span means the same however it was written.
"""

import math
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from behavior_pipeline.dumps.ids import MAX_NANOSECONDS, SPAN_DIGITS, TRACE_DIGITS, RefusedError, start_ns
from behavior_pipeline.dumps.otlp.wire import LENGTH, field
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.reasons import Reason

M = TypeVar("M", bound=Message)
STATUS = ("unset", "ok", "error")


def records_of(content: bytes, place: Place) -> Iterator[Record]:
    """Yield the records of one export request of spans or logs; other bytes are one unreadable record.

    Requests of traces, logs and metrics look alike on the wire; the fields of their records tell them apart.
    Metrics hold nothing for us.
    """
    traces = _parsed(ExportTraceServiceRequest, content)
    if traces is not None and _has_spans(traces):
        yield from _spans(traces, place)
        return
    metrics = _parsed(ExportMetricsServiceRequest, content)
    if metrics is not None and _has_metrics(metrics):
        return
    logs = _parsed(ExportLogsServiceRequest, content)
    if logs is not None and _has_logs(logs):
        yield from _logs(logs, place)
        return
    if traces is None and (rescued := list(_spans_one_by_one(content, place))):
        yield from rescued
        return
    refused = list(_spans(traces, place)) if traces is not None else []
    if refused or (traces is not None and not _hides_something(traces)):
        yield from refused
    else:
        yield Unreadable.of(place, Reason.INVALID_PROTOBUF, content)


def _parsed(kind: type[M], content: bytes) -> M | None:
    try:
        message: M = kind.FromString(content)
    except DecodeError:
        return None
    return message


def _has_spans(request: ExportTraceServiceRequest) -> bool:
    return any(
        len(span.trace_id) == TRACE_DIGITS // 2 or span.start_time_unix_nano
        for group in request.resource_spans for scope in group.scope_spans for span in scope.spans
    )  # fmt: skip


def _has_metrics(request: ExportMetricsServiceRequest) -> bool:
    return any(
        metric.WhichOneof("data")
        for group in request.resource_metrics for scope in group.scope_metrics for metric in scope.metrics
    )  # fmt: skip


def _has_logs(request: ExportLogsServiceRequest) -> bool:
    return any(
        log.time_unix_nano or log.observed_time_unix_nano or log.HasField("body") or log.attributes
        for group in request.resource_logs for scope in group.scope_logs for log in scope.log_records
    )  # fmt: skip


def _hides_something(request: ExportTraceServiceRequest) -> bool:
    """Return whether a request without records holds fields that OTLP does not know."""
    messages: list[Message] = [request, *request.resource_spans]
    messages += [scope for group in request.resource_spans for scope in group.scope_spans]
    return any(len(UnknownFieldSet(message)) for message in messages)


def _spans(request: ExportTraceServiceRequest, place: Place) -> Iterator[Record]:
    number = 0
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes)
        for scope in group.scope_spans:
            name = scope.scope.name
            for span in scope.spans:
                at = place._replace(record=number)
                number += 1
                try:
                    yield _span(span, resource, name, at)
                except RefusedError as refusal:
                    yield Unreadable.of(at, refusal.reason, span.SerializeToString())


def _spans_one_by_one(content: bytes, place: Place) -> Iterator[Record]:
    """Yield the spans of a request that cannot be parsed as a whole, good ones first; none without one."""
    good: list[Record] = []
    broken: list[Record] = []
    for number, (raw, resource, scope) in enumerate(_raw_spans(content)):
        at, span = place._replace(record=number), _parsed(Span, raw)
        try:
            if span is None:
                raise RefusedError(Reason.INVALID_PROTOBUF)
            good.append(_span(span, resource, scope, at))
        except RefusedError as refusal:
            broken.append(Unreadable.of(at, refusal.reason, raw))
    if good:
        yield from good
        yield from broken


def _raw_spans(content: bytes) -> Iterator[tuple[bytes, dict[str, Any], str]]:
    """Yield the bytes of every span with its resource's attributes and scope, as far as lengths lead."""
    for group in _members(content, 1):
        resources = (_parsed(Resource, raw) for raw in _members(group, 1))
        resource = next((_attributes(one.attributes) for one in resources if one is not None), {})
        for of_scope in _members(group, 2):
            scopes = (_parsed(InstrumentationScope, raw) for raw in _members(of_scope, 1))
            scope = next((one.name for one in scopes if one is not None), "")
            for raw in _members(of_scope, 2):
                yield raw, resource, scope


def _members(message: bytes, number: int) -> Iterator[bytes]:
    """Yield the bytes of a message's members of one number, up to where its fields break off."""
    at = 0
    while at < len(message) and (entry := field(message, at)) is not None and entry[3] <= len(message):
        if entry[:2] == (number, LENGTH):
            yield message[entry[2] : entry[3]]
        at = entry[3]


def _span(span: Any, resource: dict[str, Any], scope: str, place: Place) -> RawSpan:
    trace_id = _id(span.trace_id, TRACE_DIGITS, Reason.BAD_TRACE_ID)
    span_id = _id(span.span_id, SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    if start > MAX_NANOSECONDS or end > MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    start = start_ns(start)  # 0 is how protobuf writes an absent one
    parent = span.parent_span_id.hex()
    code = span.status.code
    return RawSpan(
        place=place, trace_id=trace_id, span_id=span_id,
        parent_span_id=parent if parent.strip("0") and parent != span_id else None,
        name=span.name, start_ns=start, end_ns=end or start,
        status=STATUS[code] if 0 <= code < len(STATUS) else "unset",
        status_message=span.status.message or None,
        attributes=_attributes(span.attributes), resource=resource, scope=scope,
        events=[(event.name, _attributes(event.attributes)) for event in span.events],
        trace_state=span.trace_state,
    )  # fmt: skip


def _logs(request: ExportLogsServiceRequest, place: Place) -> Iterator[Record]:
    records = (
        log for group in request.resource_logs for scope in group.scope_logs for log in scope.log_records
    )
    for number, log in enumerate(records):
        attributes = _attributes(log.attributes)
        name = log.event_name or attributes.get("event.name")
        yield RawLog(
            place=place._replace(record=number),
            trace_id=log.trace_id.hex(),
            span_id=log.span_id.hex(),
            name=name if isinstance(name, str) else "",
            time_ns=_log_time(log),
            attributes=attributes,
            body=_value(log.body),
        )


def _log_time(log: Any) -> int:
    """Return when a log record was made; one without a readable time counts as the earliest."""
    times = (log.time_unix_nano, log.observed_time_unix_nano)
    return next((int(time) for time in times if 0 < time <= MAX_NANOSECONDS), 0)


def _id(raw: bytes, digits: int, reason: Reason) -> str:
    text = raw.hex()
    if len(text) != digits or not text.strip("0"):
        raise RefusedError(reason)
    return text


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    # Most values are texts, and asking for one is half the price of asking which kind it is.
    return {pair.key: pair.value.string_value or _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    """Return what an AnyValue holds; of a kind that came after this version, nothing."""
    read = KINDS.get(value.WhichOneof("value"))
    return None if read is None else read(value)


def _finite(value: Any) -> float | None:
    number = float(value.double_value)
    return number if math.isfinite(number) else None


KINDS: dict[str | None, Callable[[Any], Any]] = {
    "string_value": lambda value: value.string_value,
    "int_value": lambda value: value.int_value,
    "bool_value": lambda value: value.bool_value,
    "double_value": _finite,
    "array_value": lambda value: [_value(item) for item in value.array_value.values],
    "kvlist_value": lambda value: _attributes(value.kvlist_value.values),
    "bytes_value": lambda value: b64encode(value.bytes_value).decode(),
}
