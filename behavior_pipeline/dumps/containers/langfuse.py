"""Langfuse's exports: observations from its API (camelCase) or its blob storage (snake_case).

Rows without observations are accounted for, too: a trace's summary becomes a log record of that trace, since
its times are not those of a span; scores are no spans. A trace from the API holds its observations.
"""

import re
from collections.abc import Iterator
from typing import Any

from behavior_pipeline.dumps.attributes import mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.cell_values import (
    absent,
    first,
    moment_ns,
    parent_id,
    present,
    span_times,
    text,
)
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import SPAN_DIGITS, TRACE_DIGITS, RefusedError, foreign_id
from behavior_pipeline.dumps.json.head_keys import row_keys
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record
from behavior_pipeline.reasons import Reason

OBSERVATION = frozenset({"parentObservationId", "completionStartTime", "usageDetails", "promptTokens",
                         "parent_observation_id", "completion_start_time", "usage_details",
                         "provided_model_name"})  # fmt: skip
TRACE = (
    frozenset({"id", "timestamp", "sessionId", "userId"}),
    frozenset({"id", "timestamp", "session_id", "user_id"}),
)
SCORE = (
    frozenset({"id", "timestamp", "dataType", "source"}),
    frozenset({"id", "timestamp", "data_type", "source"}),
)
ORIGINAL = ("attributes", "resourceAttributes", "scope")  # of the span that Langfuse received
USAGE = "langfuse.observation.usage_details"
EMPTY_PAGE = re.compile(rb'\s*\{\s*"data"\s*:\s*\[\s*\]\s*,\s*"meta"')
TRACE_EVENT = "langfuse.trace"
# What its SDKs write to OTLP under these attributes, by Langfuse's own names (camelCase in its API).
ATTRIBUTES = {
    "input": "langfuse.observation.input",
    "output": "langfuse.observation.output",
    "model": "langfuse.observation.model.name",
    "provided_model_name": "langfuse.observation.model.name",
    "model_parameters": "langfuse.observation.model.parameters",
    "level": "langfuse.observation.level",
    "status_message": "langfuse.observation.status_message",
    "prompt_name": "langfuse.observation.prompt.name",
    "prompt_version": "langfuse.observation.prompt.version",
    "tool_definitions": "langfuse.observation.tool_definitions",
    "completion_start_time": "langfuse.observation.completion_start_time",
    "trace_name": "langfuse.trace.name",
    "tags": "langfuse.trace.tags",
    "environment": "langfuse.environment",
    "release": "langfuse.release",
    "version": "langfuse.version",
    "session_id": "session.id",
    "user_id": "user.id",
}
COLUMNS = ATTRIBUTES | {
    re.sub("_(.)", lambda part: part[1].upper(), name): attribute for name, attribute in ATTRIBUTES.items()
}
OF_A_TRACE = ("tags", "environment", "release", "session_id", "sessionId", "user_id", "userId")
# Attributes of the original span, which Langfuse keeps as metadata beside having read them.
READ_ALREADY = (
    "langfuse.", "gen_ai.prompt", "gen_ai.completion", "gen_ai.input", "gen_ai.output", "gen_ai.usage",
    "gen_ai.system_instructions", "llm.", "ai.", "input.", "output.", "traceloop.", "openinference.",
    "session.id", "user.id",
)  # fmt: skip


def recognises(head: bytes) -> bool:
    """Return whether the rows have keys that only Langfuse's have."""
    keys = row_keys(head, "data", "observations")
    spans = "traceId" in keys and bool(keys & {"startTime", "projectId"}) and "type" in keys
    return (
        bool(keys & OBSERVATION)
        or spans
        or EMPTY_PAGE.match(head) is not None
        or any(form <= keys for form in (*TRACE, *SCORE))
    )


def fits(columns: frozenset[str]) -> bool:
    """Return whether a table has the columns of observations, traces or scores."""
    return bool(columns & OBSERVATION) or any(form <= columns for form in (*TRACE, *SCORE))


def rows(document: Any) -> Iterator[Any]:
    """Yield the rows of a page; a trace's observations come with the trace that they belong to."""
    for row in unwrapped(document, "data"):
        inner = row.get("observations") if isinstance(row, dict) else None
        nested = [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
        yield from ({"trace": row, **one} for one in nested)
        if not nested:
            yield row


def record(row: dict[str, Any], place: Place) -> Record:
    """Return an observation as a span, or a trace's summary as a log record."""
    kind, start = text(row.get("type")).lower(), first(row, "start_time", "startTime")
    if not kind or start is None:
        return _summary(row, place)
    trace = mapping(row.get("trace"))
    metadata = mapping(parsed(row.get("metadata")))
    original, resource, scope = (
        mapping(parsed(metadata.pop(name))) if name in metadata else {} for name in ORIGINAL
    )
    span_id = foreign_id(row.get("id"), SPAN_DIGITS, Reason.BAD_SPAN_ID)
    message = first(row, "status_message", "statusMessage")
    began, ended = span_times(start, first(row, "end_time", "endTime"))
    return RawSpan(
        place=place,
        trace_id=foreign_id(_trace_id(row, trace), TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id=span_id,
        parent_span_id=parent_id(first(row, "parent_observation_id", "parentObservationId"), span_id),
        name=text(row.get("name")),
        start_ns=began,
        end_ns=ended,
        status="error" if text(row.get("level")).upper() == "ERROR" else "unset",
        status_message=message if isinstance(message, str) else None,
        attributes={
            **{name: cell for name, cell in original.items() if not name.startswith(READ_ALREADY)},
            **_context(trace),
            **_attributes(row),
            **{f"langfuse.observation.metadata.{name}": cell for name, cell in present(metadata).items()},
            "langfuse.observation.type": kind,
        },
        resource=resource,
        scope=text(scope.get("name")),
    )


def _trace_id(row: dict[str, Any], trace: dict[str, Any]) -> Any:
    return first(row, "trace_id", "traceId") or trace.get("id")


def _attributes(row: dict[str, Any]) -> dict[str, Any]:
    known = {COLUMNS[column]: cell for column, cell in row.items() if column in COLUMNS and not absent(cell)}
    for name in ("usage_details", "usageDetails", "usage"):
        if name in row and (usage := parsed(row[name])):
            known[USAGE] = usage
            return known
    counts = {
        name: row[name] for name in ("promptTokens", "completionTokens", "totalTokens") if row.get(name)
    }
    return known | {USAGE: counts} if counts else known


def _context(trace: dict[str, Any]) -> dict[str, Any]:
    """Return what a trace says of its observations."""
    if not trace:
        return {}
    attributes = {COLUMNS[name]: trace.get(name) for name in OF_A_TRACE if not absent(trace.get(name))}
    attributes["langfuse.trace.name"] = text(trace.get("name"))
    metadata = present(mapping(parsed(trace.get("metadata"))))
    kept = {
        f"langfuse.trace.metadata.{name}": cell for name, cell in metadata.items() if name not in ORIGINAL
    }
    return attributes | kept


def _summary(row: dict[str, Any], place: Place) -> RawLog:
    """Return a trace without its observations: what it says belongs to spans that stand elsewhere."""
    keys = frozenset(row)
    if not any(form <= keys for form in TRACE):
        raise RefusedError(Reason.NO_SPAN)
    return RawLog(
        place=place,
        trace_id=foreign_id(row["id"], TRACE_DIGITS, Reason.BAD_TRACE_ID),
        span_id="",
        name=TRACE_EVENT,
        time_ns=moment_ns(row["timestamp"]),
        attributes=_context(row),
        body=None,
    )


EXPORT = Export(fits=fits, rows=rows, record=record)
PLUGIN = Container(precedence=31, recognises=recognises, read=EXPORT.read, table=EXPORT)
