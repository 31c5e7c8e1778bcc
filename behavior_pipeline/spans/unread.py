"""Names what looks like content of a model call and is read by no dialect; names only, never values."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.dumps.records import RawLog

MODEL = re.compile(r"llm|gen_?ai|prompt|completion|token|chat", re.IGNORECASE)
CONTENT = re.compile(
    r"llm|gen_?ai|prompt|completion|message|input|output|request|response|content|question|answer|reply|body",
    re.IGNORECASE,
)
# Names that look like it and are none: settings, ids, counts, errors, queues, web requests.
OTHER = re.compile(
    r"^(gen_ai\.(system|provider|request|usage|agent|operation|tool\.(type|description|status))\b"
    r"|messaging\.|exception\.|error|http\.|url\.|rpc\.|db\.|code\.|otel\.|metadata\b|tag)"
    r"|version|\bid$|_id$|name|hash|type|count|tokens|length|cost|latency|duration|time|status|uri|url|path",
    re.IGNORECASE,
)
TALK = frozenset({"messages", "prompt", "completion", "role"})  # fields of a record's body
LOG = "log "  # before the name of a log record
FEW, SHORT = 8, 100  # names may be data, too


def suspects(names: Iterable[str], left: Iterable[str]) -> tuple[str, ...]:
    """Return which of the names that are left may hold content, of a span that has all of `names`."""
    return _likely(left) if any(map(MODEL.search, names)) else ()


def in_attributes(names: Iterable[str], attributes: Mapping[str, Any]) -> str | None:
    """Return as a JSON list those of the names whose value may be content; None if there are none."""
    return _listed(name for name in names if _holds_content(attributes.get(name)))


def in_log(log: RawLog) -> str | None:
    """Return as a JSON list what of a log record may be content; an application's own lines are none."""
    body = log.body if isinstance(log.body, dict) else {}
    fields = {**log.attributes, **body}
    talks = not TALK.isdisjoint(body) or any(map(MODEL.search, (log.name, *fields)))
    left = _likely(fields) if talks else ()
    return _listed(f"{LOG}{log.name}: {name}" for name in left if _holds_content(fields[name]))


def _likely(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if CONTENT.search(name) and not OTHER.search(name))


def _holds_content(value: Any) -> bool:
    if isinstance(value, str):
        return " " in value.strip() or value.startswith(("{", "["))
    return isinstance(value, list | dict) and bool(value)


def _listed(names: Iterable[str]) -> str | None:
    return json_text([name[:SHORT] for name in names][:FEW] or None)
