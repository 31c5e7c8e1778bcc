"""Turns a raw span into a row of content.spans: what its dialect means, and what holds for every dialect."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.traces.attributes import as_text, json_text
from behavior_pipeline.traces.dialect import MEANINGS, Dialect, dialect_of
from behavior_pipeline.traces.pseudonym import user_key
from behavior_pipeline.traces.records import RawSpan
from behavior_pipeline.traces.sampling_state import upstream_weight

USER_IDS = ("user.id", "enduser.id", "user_id", "langfuse.user.id")
SESSION_IDS = ("session.id", "session_id")
NOISE = ("telemetry.sdk.", "process.", "os.", "host.")


@dataclass(frozen=True)
class SpanContext:
    """What a row needs beside the span: its day and role, the names of attributes, the pseudonym key."""

    day: date
    role: str
    names: Attributes
    key: bytes


def span_row(span: RawSpan, context: SpanContext, *, file: str) -> dict[str, Any] | Reason:
    """Return the row of content.spans, or the reason why the span cannot be stored."""
    weight = upstream_weight(span.trace_state)
    if isinstance(weight, Reason):
        return weight
    name, dialect = dialect_of(span)
    meant = dialect.normalise(span)
    held = {**span.resource, **span.attributes, **(meant.pop("unpacked", None) or {})}
    user = meant.pop("user_id", None) or _first(held, USER_IDS)
    row: dict[str, Any] = dict.fromkeys(MEANINGS)
    row |= meant
    row |= {
        "day": context.day,
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id,
        "name": span.name,
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "status": span.status,
        "prompt_version": _first(held, context.names.prompt_version) or row["prompt_version"],
        "session_id": row["session_id"] or _first(held, SESSION_IDS),
        "user_key": None if user is None else user_key(user, context.key),
        "feedback": _first(held, context.names.feedback),
        "sampling_weight": weight,
        "role": context.role,
        "attributes": _rest(held, dialect),
        "dialect": name,
        "file": file,
        "line": span.place.line,
    }
    if span.status == "error" and row["error_type"] is None:
        row["error_type"] = _exception_type(span)
    return row


def _first(held: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((as_text(held[name]) for name in names if held.get(name) not in (None, "")), None)


def _rest(held: dict[str, Any], dialect: Dialect) -> str:
    dropped = (*NOISE, *dialect.prefixes)
    kept = {
        key: value
        for key, value in held.items()
        if key not in dialect.keys and key not in USER_IDS and not key.startswith(dropped)
    }
    return json_text(kept) or "{}"


def _exception_type(span: RawSpan) -> str:
    for name, attributes in span.events:
        if name == "exception" and isinstance(attributes.get("exception.type"), str):
            return str(attributes["exception.type"])
    return "error"
