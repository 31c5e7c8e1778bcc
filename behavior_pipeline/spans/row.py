"""Turns a raw span into a row of content.spans: what its dialect means, and what holds for every dialect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from behavior_pipeline.dumps.attributes import PLACEHOLDERS, as_text, json_text
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.pseudonym import user_key
from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.spans.allow_list import AllowList
from behavior_pipeline.spans.attribute_plan import AttributePlans, Names
from behavior_pipeline.spans.concepts import read_span
from behavior_pipeline.spans.content.withheld import is_placeholder
from behavior_pipeline.spans.dialect import MEANINGS
from behavior_pipeline.spans.sampling_state import upstream_weight
from behavior_pipeline.spans.unread import in_attributes
from behavior_pipeline.tables.few_values import LONGEST_NAME, short_name

REFUSALS = frozenset({"false", "0", "no", "denied", "deny", "withdrawn", "none", "null", ""})
THREAD = "thread_id"  # of a conversation; a number is the operating system's
TALKING = frozenset({"chat", "invoke_agent", "other"})
# What rows are counted by; a text of any length may stand there.
NAMES = ("model", "requested_model", "prompt_version", "tool_name", "finish_reason", "error_type")
BLANK: dict[str, Any] = dict.fromkeys((*MEANINGS, "redactions", "unread"))


@dataclass(frozen=True)
class SpanContext:
    """What a row needs beside the span: its day and role, the names of attributes, the pseudonym key.

    `allowed` says which attributes are stored; without it, all of them are. `consent` names the attribute
    that says whether a span may be.
    """

    day: date
    role: str
    names: Attributes
    key: bytes
    allowed: AllowList | None = None
    consent: str | None = None

    @cached_property
    def plans(self) -> AttributePlans:
        """Return what is known of spans by the names of their attributes."""
        return AttributePlans(self.names, self.allowed)


def span_row(span: RawSpan, context: SpanContext, *, file: str) -> dict[str, Any] | Reason:
    """Return the row of content.spans, or the reason why the span cannot be stored.

    Beside its columns stands `consented`: what the span says of consent, None where it says nothing.
    """
    weight = upstream_weight(span.trace_state) if span.trace_state else 1.0
    if isinstance(weight, Reason):
        return weight
    plan, attributes, resource = context.plans.of(span), span.attributes, span.resource
    meant = read_span(span, plan)
    if unpacked := meant.pop("unpacked", None):
        attributes = attributes | unpacked
        plan = context.plans.with_more(plan, attributes, resource)
    user = meant.pop("user_id", None) or _first(plan.users, attributes, resource)
    row: dict[str, Any] = BLANK | meant
    row["day"] = context.day
    row["trace_id"] = span.trace_id
    row["span_id"] = span.span_id
    row["parent_span_id"] = span.parent_span_id
    row["name"] = span.name
    row["start_ns"] = span.start_ns
    row["end_ns"] = span.end_ns
    row["status"] = span.status
    row["prompt_version"] = _first(plan.prompt_versions, attributes, resource) or row["prompt_version"]
    row["session_id"] = row["session_id"] or _first(plan.sessions, attributes, resource)
    row["user_key"] = None if user is None or is_placeholder(user) else user_key(user, context.key)
    row["feedback"] = _first(plan.feedback, attributes, resource)
    row["sampling_weight"] = weight
    row["role"] = context.role
    silent = row["input_messages"] is None and row["output_messages"] is None
    if plan.suspects and silent and row["operation"] in TALKING:
        row["unread"] = in_attributes(plan.suspects, attributes)
    rest = {key: attributes[key] for key in plan.kept}
    for key in plan.inherited:
        rest[key] = resource[key]
    row["attributes"] = json_text(rest) or "{}"
    row["dialect"] = plan.name
    row["file"] = file
    row["line"] = span.place.line
    row["consented"] = None if context.consent is None else _consent(resource | attributes, context.consent)
    if span.status == "error" and row["error_type"] is None:
        row["error_type"] = _exception_type(span)
    for name in NAMES:
        if (text := row[name]) is not None and len(text) > LONGEST_NAME:
            row[name] = short_name(text)
    return row


def _first(names: Names, attributes: dict[str, Any], resource: dict[str, Any]) -> str | None:
    for name in names:
        value = attributes[name] if name in attributes else resource[name]
        if value is None or value == "" or (isinstance(value, str) and value in PLACEHOLDERS):
            continue
        if name != THREAD or (isinstance(value, str) and not value.isdigit()):
            return as_text(value)
    return None


def _consent(attributes: Mapping[str, Any], name: str) -> bool | None:
    """Return what a span's attributes say of consent; None where they say nothing.

    One refusal in a trace outranks any number of consents, see `merge_files`. Some products write values as
    JSON: a quoted word counts as the word.
    """
    if name not in attributes:
        return None
    return str(attributes[name]).strip().strip('"').strip().lower() not in REFUSALS


def _exception_type(span: RawSpan) -> str:
    for name, attributes in span.events:
        if name == "exception" and isinstance(attributes.get("exception.type"), str):
            return str(attributes["exception.type"])
    return "error"
