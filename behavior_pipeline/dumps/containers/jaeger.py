"""Jaeger's JSON: traces as its query API and its UI give them, and single spans as its stores keep them.

Tags are OTLP's attributes, with the scope and the status among them; times are in microseconds; ids lack the
zeros that they begin with.
"""

import re
from collections.abc import Iterator
from typing import Any

from behavior_pipeline.dumps.attributes import as_list, mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import text
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import (
    MAX_NANOSECONDS,
    SPAN_DIGITS,
    TRACE_DIGITS,
    RefusedError,
    parse_id,
    start_ns,
)
from behavior_pipeline.dumps.otlp.json import attribute_integer
from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.reasons import Reason

MICROSECOND = 1000
HEX = re.compile(r"[0-9a-fA-F]{1,32}")
SPAN = frozenset({"traceID", "spanID", "operationName"})
NAMES = tuple(re.compile(rb'"' + name.encode() + rb'"\s*:') for name in sorted(SPAN))
SCOPE = ("otel.scope.name", "otel.library.name")
STATUS = {"OK": "ok", "ERROR": "error", "UNSET": "unset"}
# What Jaeger's exporters make of a span's own fields: no attributes.
OWN_TAGS = frozenset({
    *SCOPE, "otel.scope.version", "otel.library.version", "otel.status_code", "otel.status_description",
    "error", "span.kind", "internal.span.format", "w3c.tracestate", "otel.dropped_attributes_count",
})  # fmt: skip


def recognises(head: bytes) -> bool:
    """Return whether the first bytes have the names of Jaeger's spans; in a text their quotes are escaped."""
    return all(name.search(head) for name in NAMES)


def fits(columns: frozenset[str]) -> bool:
    """Return whether a table has the columns of Jaeger's spans."""
    return columns >= SPAN


def rows(document: Any) -> Iterator[Any]:
    """Yield every span with the process that it ran in."""
    for one in unwrapped(document, "data", "traces"):
        trace = mapping(one.get("_source")) or one if isinstance(one, dict) else one
        spans = trace.get("spans") if isinstance(trace, dict) else None
        if not isinstance(spans, list):
            yield trace
            continue
        processes = mapping(trace.get("processes"))
        for span in spans:
            process = mapping(span).get("process") or processes.get(str(mapping(span).get("processID")))
            yield {**span, "process": process} if isinstance(span, dict) else span


def record(row: dict[str, Any], place: Place) -> RawSpan:
    """Return a span."""
    span_id = _id(row.get("spanID"), SPAN_DIGITS, Reason.BAD_SPAN_ID)
    start = start_ns(_microseconds(row.get("startTime")))
    duration = 0 if row.get("duration") is None else _microseconds(row["duration"])
    tags = _tags(row.get("tags")) | _map_tags(row)
    process = mapping(row.get("process"))
    resource = _tags(process.get("tags")) | _map_tags(process)
    message = tags.get("otel.status_description")
    return RawSpan(
        place=place,
        trace_id=_id(row.get("traceID"), TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id=span_id,
        parent_span_id=_parent(row, span_id),
        name=text(row.get("operationName")),
        start_ns=start,
        end_ns=min(start + duration, MAX_NANOSECONDS),
        status=_status(tags),
        status_message=message if isinstance(message, str) else None,
        attributes={name: value for name, value in tags.items() if name not in OWN_TAGS},
        resource=resource
        | ({"service.name": process["serviceName"]} if isinstance(process.get("serviceName"), str) else {}),
        scope=next((text(tags[name]) for name in SCOPE if name in tags), ""),
        events=[_event(_tags(mapping(log).get("fields"))) for log in as_list(row.get("logs")) or []],
        trace_state=text(tags.get("w3c.tracestate")),
    )


def _id(value: Any, digits: int, reason: Reason) -> str:
    """Return an id with the zeros that it begins with; of 64 bits, a trace's has sixteen more."""
    hexadecimal = isinstance(value, str) and HEX.fullmatch(value) is not None
    return parse_id(value.zfill(digits) if hexadecimal else value, digits, reason)


def _parent(row: dict[str, Any], span_id: str) -> str | None:
    """Return the span above: the first reference CHILD_OF in the same trace, else any of the trace."""
    references = [mapping(one) for one in as_list(row.get("references")) or []]
    within = [one for one in references if one.get("traceID") in (None, row.get("traceID"))]
    above = sorted(within, key=lambda one: one.get("refType") != "CHILD_OF")
    value = above[0].get("spanID") if above else row.get("parentSpanID")
    if not isinstance(value, str) or not value.strip("0"):
        return None
    parent = _id(value, SPAN_DIGITS, Reason.BAD_SPAN_ID)
    return None if parent == span_id else parent


def _microseconds(value: Any) -> int:
    """Return nanoseconds of a whole number of microseconds, which stores write as a text."""
    number = attribute_integer(value)
    if number is None or not 0 <= number <= MAX_NANOSECONDS // MICROSECOND:
        raise RefusedError(Reason.BAD_TIME)
    return number * MICROSECOND


def _status(tags: dict[str, Any]) -> str:
    code = STATUS.get(text(tags.get("otel.status_code")).upper())
    failed = tags.get("error") is True or text(tags.get("error")).lower() == "true"
    return code or ("error" if failed else "unset")


def _event(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = fields.pop("event", "") or fields.pop("message", "")
    return text(name), fields


def _tags(value: Any) -> dict[str, Any]:
    """Return tags as attributes; structures come as JSON texts, which conventions read as such."""
    if not isinstance(value, list):
        return {}
    return {
        tag["key"]: _typed(text(tag.get("type")).lower(), tag.get("value"))
        for tag in value
        if isinstance(tag, dict) and isinstance(tag.get("key"), str)
    }


def _map_tags(row: dict[str, Any]) -> dict[str, Any]:
    """Return the tags that a store keeps as a map (`tag`), dots in their names written as `@`."""
    return {name.replace("@", "."): value for name, value in mapping(row.get("tag")).items()}


def _typed(kind: str, value: Any) -> Any:
    """Return a value by its declared type, since stores write all of them as texts."""
    if kind in ("int64", "long"):
        return attribute_integer(value)
    if kind in ("bool", "float64", "double") and isinstance(value, str):
        plain = parsed(value.lower())
        return plain if isinstance(plain, bool if kind == "bool" else int | float) else None
    return value


EXPORT = Export(fits=fits, rows=rows, record=record)
PLUGIN = Container(precedence=28, recognises=recognises, read=EXPORT.read, table=EXPORT)
