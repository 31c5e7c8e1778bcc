"""Decodes OTLP/JSON export requests (opentelemetry-proto, JSON mapping) into spans and log records."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from behavior_pipeline.dumps.ids import SPAN_ID, TRACE_ID, RefusedError, nanoseconds, parse_id
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.reasons import Reason

STATUS = {0: "unset", 1: "ok", 2: "error", "STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error"}
Item = tuple[str, Any, dict[str, Any], str]  # kind, record, resource attributes, scope name
SIGNALS = ("resourceSpans", "resourceLogs", "resourceMetrics")


def requests_of(document: Any, place: Place, raw: bytes) -> Iterator[Record]:
    """Yield the records of one decoded JSON document: an export request, or a list of them.

    An empty object or list holds nothing; anything else that is no request is one unreadable record.
    """
    for number, item in enumerate(_items_of(document)):
        yield _record(item, place._replace(record=number), raw)


def _items_of(document: Any) -> Iterator[Item]:
    for request in document if isinstance(document, list) else [document]:
        if isinstance(request, dict) and (not request or any(key in request for key in SIGNALS)):
            yield from _items(request)
        else:
            yield "foreign", request, {}, ""


def _record(item: Item, place: Place, raw: bytes) -> Record:
    kind, body, resource, scope = item
    if kind == "foreign":
        return Unreadable.of(place, Reason.NOT_OTLP, raw)
    try:
        return _span(body, resource, scope, place) if kind == "span" else _log(body, place)
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


def _span(body: Any, resource: dict[str, Any], scope: str, place: Place) -> RawSpan:
    if not isinstance(body, dict):
        raise RefusedError(Reason.BAD_SPAN)
    trace_id = parse_id(body.get("traceId"), TRACE_ID, Reason.BAD_TRACE_ID)
    span_id = parse_id(body.get("spanId"), SPAN_ID, Reason.BAD_SPAN_ID)
    start = nanoseconds(body.get("startTimeUnixNano"))
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
        attributes=_attributes(body.get("attributes")), resource=resource, scope=scope,
        events=_events(body.get("events")), trace_state=state if isinstance(state, str) else "",
    )  # fmt: skip


def _log(body: Any, place: Place) -> RawLog:
    if not isinstance(body, dict):
        raise RefusedError(Reason.BAD_SPAN)
    attributes = _attributes(body.get("attributes"))
    name = body.get("eventName") or attributes.get("event.name") or ""
    trace_id, span_id = body.get("traceId"), body.get("spanId")
    return RawLog(
        place=place,
        trace_id=trace_id.lower() if isinstance(trace_id, str) else "",
        span_id=span_id.lower() if isinstance(span_id, str) else "",
        name=name if isinstance(name, str) else "",
        time_ns=_log_time(body),
        attributes=attributes,
        body=_value(body.get("body")),
    )


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
    parent = body.get("parentSpanId")
    if not isinstance(parent, str) or not parent.strip("0"):
        return None
    return None if parent.lower() == span_id else parent.lower()


def _events(value: Any) -> list[tuple[str, dict[str, Any]]]:
    return [
        (str(event.get("name") or ""), _attributes_or_none(event.get("attributes")) or {})
        for event in (value if isinstance(value, list) else [])
        if isinstance(event, dict)
    ]


def _attributes_or_none(value: Any) -> dict[str, Any] | None:
    try:
        return _attributes(value)
    except RefusedError:
        return None


def _attributes(value: Any) -> dict[str, Any]:
    """Return attributes by key: OTLP's list of key and value, or a plain map as some exporters write it."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return {key: _value(item) if isinstance(item, dict) else item for key, item in value.items()}
    if not isinstance(value, list):
        raise RefusedError(Reason.BAD_ATTRIBUTES)
    attributes = {}
    for entry in value:
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            attributes[entry["key"]] = _value(entry.get("value"))
    return attributes


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
    "kvlistValue": lambda inner: _attributes(_members(inner)),
    "bytesValue": lambda inner: inner if isinstance(inner, str) else None,
}
