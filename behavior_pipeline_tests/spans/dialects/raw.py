"""Makes raw spans and log records for tests of dialects."""

import json
from typing import Any

from behavior_pipeline.dumps.records import Place, RawLog, RawSpan
from behavior_pipeline.spans.dialect import Signs, dialect_of


def span(attributes: dict[str, Any], **changes: Any) -> RawSpan:
    """Return a span with these attributes."""
    plain: dict[str, Any] = {
        "place": Place(1, 0), "trace_id": "1" * 32, "span_id": "2" * 16, "parent_span_id": None, "name": "x",
        "start_ns": 1, "end_ns": 2, "status": "unset", "status_message": None, "attributes": attributes,
        "resource": {}, "scope": "",
    }  # fmt: skip
    return RawSpan(**{**plain, **changes})


def log(name: str, body: Any, **attributes: Any) -> RawLog:
    """Return a log record."""
    return RawLog(Place(1, 0), "1" * 32, "2" * 16, name, 1, attributes, body)


def meaning(wanted: str, attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what a span means, its JSON as values; the span must be recognised as the wanted dialect."""
    raw = span(attributes, **changes)
    name, dialect = dialect_of(Signs.of(raw))
    assert name == wanted
    return values(dialect.normalise(raw))


def values(meanings: dict[str, Any]) -> dict[str, Any]:
    """Return meanings with JSON columns as values, and only those that are there."""
    return {
        name: json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value
        for name, value in meanings.items()
        if value is not None
    }


def text(role: str, content: str, kind: str = "text") -> dict[str, Any]:
    """Return a message of one text."""
    return {"role": role, "parts": [{"type": kind, "content": content}]}


def call(number: str | None, name: str, arguments: Any) -> dict[str, Any]:
    """Return the part of a tool call."""
    return {"type": "tool_call", "id": number, "name": name, "arguments": arguments}
