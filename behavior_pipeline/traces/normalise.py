"""Turns a raw span into a row of content.spans: what its dialect means, and what holds for every dialect."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.traces.allow_list import AllowList
from behavior_pipeline.traces.attributes import as_text, json_text
from behavior_pipeline.traces.consent import consent_of
from behavior_pipeline.traces.dialect import MEANINGS, Dialect, dialect_of
from behavior_pipeline.traces.pseudonym import user_key
from behavior_pipeline.traces.records import RawSpan
from behavior_pipeline.traces.sampling_state import upstream_weight

USER_IDS = ("user.id", "enduser.id", "user_id", "langfuse.user.id")
SESSION_IDS = ("session.id", "session_id")
MAX_NAMES_HELD = 10_000
BLANK: dict[str, Any] = dict.fromkeys((*MEANINGS, "redactions"))
NOISE = ("telemetry.sdk.", "process.", "os.", "host.")


@dataclass(frozen=True)
class SpanContext:
    """What a row needs beside the span: its day and role, the names of attributes, the pseudonym key.

    `allowed` says which attributes are stored; without it, all of them are. `consent` names the attribute
    that says whether a span may be. `kept` remembers which attributes stay.
    """

    day: date
    role: str
    names: Attributes
    key: bytes
    allowed: AllowList | None = None
    consent: str | None = None
    kept: dict[Dialect, "_Kept"] = field(default_factory=dict, compare=False, repr=False)


def span_row(span: RawSpan, context: SpanContext, *, file: str) -> dict[str, Any] | Reason:
    """Return the row of content.spans, or the reason why the span cannot be stored.

    Beside its columns stands `consented`: what the span says of consent, None where it says nothing.
    """
    weight = upstream_weight(span.trace_state) if span.trace_state else 1.0
    if isinstance(weight, Reason):
        return weight
    name, dialect = dialect_of(span)
    meant = dialect.normalise(span)
    unpacked = meant.pop("unpacked", None)
    held = {**span.resource, **span.attributes, **unpacked} if unpacked else span.resource | span.attributes
    user = meant.pop("user_id", None) or _first(held, USER_IDS)
    row: dict[str, Any] = BLANK | meant
    row["day"] = context.day
    row["trace_id"] = span.trace_id
    row["span_id"] = span.span_id
    row["parent_span_id"] = span.parent_span_id
    row["name"] = span.name
    row["start_ns"] = span.start_ns
    row["end_ns"] = span.end_ns
    row["status"] = span.status
    row["prompt_version"] = _first(held, context.names.prompt_version) or row["prompt_version"]
    row["session_id"] = row["session_id"] or _first(held, SESSION_IDS)
    row["user_key"] = None if user is None else user_key(user, context.key)
    row["feedback"] = _first(held, context.names.feedback)
    row["sampling_weight"] = weight
    row["role"] = context.role
    row["attributes"] = json_text(rest(held, dialect, context)) or "{}"
    row["dialect"] = name
    row["file"] = file
    row["line"] = span.place.line
    row["consented"] = None if context.consent is None else consent_of(held, context.consent)
    if span.status == "error" and row["error_type"] is None:
        row["error_type"] = _exception_type(span)
    return row


def _first(held: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in held and (value := held[name]) not in (None, ""):
            return as_text(value)
    return None


def rest(held: dict[str, Any], dialect: Dialect, context: SpanContext) -> dict[str, Any]:
    """Return the attributes that no column holds, no noise and nothing that is not allowed."""
    kept = context.kept.get(dialect)
    if kept is None:
        kept = context.kept.setdefault(dialect, _Kept(dialect, context.allowed))
    return {key: value for key, value in held.items() if kept[key]}


class _Kept(dict[str, bool]):
    """Whether an attribute stays among the rest, by its name: asked for every attribute of every span."""

    def __init__(self, dialect: Dialect, allowed: AllowList | None) -> None:
        super().__init__()
        self._keys, self._dropped, self._allowed = dialect.keys, (*NOISE, *dialect.prefixes), allowed

    def __missing__(self, key: str) -> bool:
        """Decide, and remember it while there are few names: names may be data, too."""
        kept = key not in self._keys and key not in USER_IDS and not key.startswith(self._dropped)
        kept = kept and (self._allowed is None or self._allowed.keeps(key))
        if len(self) < MAX_NAMES_HELD:
            self[key] = kept
        return kept


def _exception_type(span: RawSpan) -> str:
    for name, attributes in span.events:
        if name == "exception" and isinstance(attributes.get("exception.type"), str):
            return str(attributes["exception.type"])
    return "error"
