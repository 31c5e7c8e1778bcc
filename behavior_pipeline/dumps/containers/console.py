"""Console exporters' output: spans and log records as JSON objects, between whatever else was printed.

What OpenTelemetry's ConsoleSpanExporter and its sibling for logs print: ids with 0x, ISO times in
microseconds, attributes as plain JSON. The instrumentation scope is not in it.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.ids import (
    SPAN_DIGITS,
    TRACE_DIGITS,
    RefusedError,
    instant_ns,
    parse_id,
    start_ns,
)
from behavior_pipeline.dumps.json.documents import documents
from behavior_pipeline.dumps.json.lines import decode_printed
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.reasons import Reason

SPAN = re.compile(rb'"context":\s*\{\s*"trace_id":\s*"0x')
LOG = re.compile(rb'^[\[\s]{0,99}\{\s{0,99}"body":', re.MULTILINE)
SEVERITY = b'"severity_number":'
STATE = re.compile(r"\{key=([^,{}]+), value=([^{}]*)\}")
STATUS = {"OK": "ok", "ERROR": "error"}


def recognises(head: bytes) -> bool:
    """Return whether a printed span or log record begins within the first bytes.

    Inside of a string of another container the same words have escaped quotes.
    """
    return bool(SPAN.search(head) or (SEVERITY in head and LOG.search(head)))


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield every span and log record; any other line or object is unreadable."""
    for reading in documents(stream, max_line_bytes, decode_printed):
        if isinstance(reading, Unreadable):
            yield reading
            continue
        items = reading.value if isinstance(reading.value, list) else [reading.value]
        for number, item in enumerate(items):
            yield _record(item, reading.place._replace(record=number), reading.content)


def _record(item: Any, place: Place, raw: bytes) -> Record:
    try:
        if isinstance(item, dict) and "context" in item:
            return _span(item, place)
        if isinstance(item, dict) and "body" in item and "trace_id" in item:
            return _log(item, place)
    except RefusedError as refusal:
        return Unreadable.of(place, refusal.reason, raw)
    return Unreadable.of(place, Reason.NOT_OTLP, raw)


def _span(item: dict[str, Any], place: Place) -> RawSpan:
    context = _object(item["context"])
    trace_id = parse_id(_bare(context.get("trace_id")), TRACE_DIGITS, Reason.BAD_TRACE_ID)
    span_id = parse_id(_bare(context.get("span_id")), SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start = start_ns(instant_ns(item.get("start_time")))
    status = _object(item.get("status"))
    message = status.get("description")
    return RawSpan(
        place=place, trace_id=trace_id, span_id=span_id, parent_span_id=_parent(item, span_id),
        name=_text(item.get("name")), start_ns=start,
        end_ns=start if item.get("end_time") is None else instant_ns(item["end_time"]),
        status=STATUS.get(_text(status.get("status_code")).rpartition(".")[2], "unset"),
        status_message=message if isinstance(message, str) else None,
        attributes=_attributes(item.get("attributes")),
        resource=_object(_object(item.get("resource")).get("attributes")),
        scope="",
        events=[
            (_text(event.get("name")), _object(event.get("attributes")))
            for event in _list(item.get("events"))
            if isinstance(event, dict)
        ],
        trace_state=_state(context.get("trace_state")),
    )  # fmt: skip


def _log(item: dict[str, Any], place: Place) -> RawLog:
    attributes = _attributes(item.get("attributes"))
    return RawLog(
        place=place,
        trace_id=_text(_bare(item.get("trace_id"))).lower(),
        span_id=_text(_bare(item.get("span_id"))).lower(),
        name=_text(item.get("event_name")) or _text(attributes.get("event.name")),
        time_ns=_log_time(item),
        attributes=attributes,
        body=item.get("body"),
    )


def _log_time(item: dict[str, Any]) -> int:
    """Return when a log record was made; one without a readable time counts as the earliest."""
    for key in ("timestamp", "observed_timestamp"):
        try:
            return instant_ns(item.get(key))
        except RefusedError:
            continue
    return 0


def _parent(item: dict[str, Any], span_id: str) -> str | None:
    parent = _text(_bare(item.get("parent_id"))).lower()
    return parent if parent.strip("0") and parent != span_id else None


def _state(value: Any) -> str:
    """Return the W3C header of a trace state, which is printed as Python writes a list of its pairs."""
    return ",".join(f"{key}={content}" for key, content in STATE.findall(_text(value)))


def _attributes(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise RefusedError(Reason.BAD_ATTRIBUTES)
    return value or {}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _bare(value: Any) -> Any:
    return value[2:] if isinstance(value, str) and value[:2] in ("0x", "0X") else value


PLUGIN = Container(precedence=30, recognises=recognises, read=read)
