"""Decodes OTLP/JSON export requests of spans straight into typed records: the fast way for what fits.

Whatever is odd about a line (a type that the protocol does not have there, an id that is none, a log record)
is left to the patient way of `otlp.json`; what is accepted here gives the same records both ways, which is
a test.
"""

import math
import re
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from behavior_pipeline.dumps.ids import EARLIEST_NANOSECONDS, MAX_NANOSECONDS, RefusedError
from behavior_pipeline.dumps.otlp.json import STATUS, attribute_integer
from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.reasons import Reason


class _ArrayValue(Struct, gc=False):
    values: list["_AnyValue"] | None = None


class _KeyValueList(Struct, gc=False):
    values: list["_KeyValue"] | None = None


class _AnyValue(Struct, gc=False, forbid_unknown_fields=True):
    stringValue: str | None = None  # noqa: N815 - names of the protocol
    intValue: str | int | None = None  # noqa: N815
    doubleValue: float | str | None = None  # noqa: N815
    boolValue: bool | None = None  # noqa: N815
    arrayValue: _ArrayValue | None = None  # noqa: N815
    kvlistValue: _KeyValueList | None = None  # noqa: N815
    bytesValue: str | None = None  # noqa: N815


class _KeyValue(Struct, gc=False):
    key: str
    value: _AnyValue | None = None


class _Event(Struct, gc=False):
    name: str | None = None
    attributes: list[_KeyValue] | None = None


class _Status(Struct, gc=False):
    code: int | str = 0
    message: str | None = None


class _Span(Struct, gc=False):
    traceId: str  # noqa: N815
    spanId: str  # noqa: N815
    startTimeUnixNano: str | int  # noqa: N815
    endTimeUnixNano: str | int | None = None  # noqa: N815
    parentSpanId: str | None = None  # noqa: N815
    name: str | None = None
    attributes: list[_KeyValue] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None
    traceState: str | None = None  # noqa: N815


class _Scope(Struct, gc=False):
    name: str | None = None


class _ScopeSpans(Struct, gc=False):
    spans: list[_Span] | None = None
    scope: _Scope | None = None


class _Resource(Struct, gc=False):
    attributes: list[_KeyValue] | None = None


class _ResourceSpans(Struct, gc=False):
    scopeSpans: list[_ScopeSpans]  # noqa: N815
    resource: _Resource | None = None
    instrumentationLibrarySpans: Raw | UnsetType = UNSET  # noqa: N815 - its name before protocol 0.19


class _Request(Struct, gc=False):
    resourceSpans: list[_ResourceSpans]  # noqa: N815
    resourceLogs: Raw | UnsetType = UNSET  # noqa: N815


_place = tuple.__new__  # a third of the time of the named tuple's own way
# An id of zeros is none.
_HEX_128 = re.compile(r"(?!0{32})[0-9a-f]{32}")
_HEX_64 = re.compile(r"(?!0{16})[0-9a-f]{16}")
_decoder = msgspec.json.Decoder(_Request)


def typed_spans(content: bytes, place: Place) -> list[RawSpan] | None:
    """Return the spans of one export request, or None where the patient way has to read it."""
    try:
        request = _decoder.decode(content)
        return None if request.resourceLogs is not UNSET else _spans(request, place)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _spans(request: _Request, place: Place) -> list[RawSpan]:
    spans: list[RawSpan] = []
    line, offset, _ = place
    for group in request.resourceSpans:
        if group.instrumentationLibrarySpans is not UNSET:
            raise RefusedError(Reason.NOT_OTLP)
        resource = _attributes(group.resource.attributes) if group.resource else {}
        for scope in group.scopeSpans:
            name = (scope.scope.name or "") if scope.scope else ""
            for span in scope.spans or ():
                spans.append(_raw(span, resource, name, _place(Place, (line, offset, len(spans)))))
    return spans


def _raw(span: _Span, resource: dict[str, Any], scope: str, place: Place) -> RawSpan:
    trace_id, span_id, parent = span.traceId.lower(), span.spanId.lower(), span.parentSpanId
    if _HEX_128.fullmatch(trace_id) is None or _HEX_64.fullmatch(span_id) is None:
        raise RefusedError(Reason.BAD_SPAN_ID)
    if parent:
        parent = parent.lower()
        if parent == span_id or not parent.strip("0"):
            parent = None
    status, events = span.status, span.events
    start, end = _times(span.startTimeUnixNano, span.endTimeUnixNano)
    return RawSpan(
        place, trace_id, span_id, parent or None, span.name or "", start, end or start,
        STATUS.get(status.code, "unset") if status else "unset", status.message if status else None,
        _attributes(span.attributes), resource, scope,
        [(event.name or "", _attributes(event.attributes)) for event in events] if events else [],
        span.traceState or "",
    )  # fmt: skip


def _times(start: str | int, end: str | int | None) -> tuple[int, int]:
    # int() reads more than digits (signs, spaces, underscores), which is no time; of nothing it raises.
    digits = f"{start}{start if end is None else end}"
    if not digits.isdecimal() or not digits.isascii():
        raise RefusedError(Reason.BAD_TIME)
    first = int(start)
    last = first if end is None else int(end)
    if not EARLIEST_NANOSECONDS <= first <= MAX_NANOSECONDS or last > MAX_NANOSECONDS:
        raise RefusedError(Reason.BAD_TIME)
    return first, last


def _attributes(entries: list[_KeyValue] | None) -> dict[str, Any]:
    by_key: dict[str, Any] = {}
    for entry in entries or ():
        value = entry.value
        # nine of ten are texts
        by_key[entry.key] = _value(value) if value is None or (text := value.stringValue) is None else text
    return by_key


def _value(value: _AnyValue | None) -> Any:  # noqa: PLR0911 - one return a kind of AnyValue
    if value is None:
        return None
    if value.stringValue is not None:
        return value.stringValue
    if value.intValue is not None:
        return attribute_integer(value.intValue)
    if value.doubleValue is not None:
        number = value.doubleValue
        return number if not isinstance(number, str) and math.isfinite(number) else None
    if value.boolValue is not None:
        return value.boolValue
    if value.arrayValue is not None:
        return [_value(item) for item in value.arrayValue.values or ()]
    if value.kvlistValue is not None:
        return _attributes(value.kvlistValue.values)
    return value.bytesValue
