"""Decides per concept who says what a span means: the first of its dialects that knows, no two mixed."""

from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from behavior_pipeline.dumps.attributes import PLACEHOLDERS, json_text, parsed
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.attribute_plan import AttributePlan
from behavior_pipeline.spans.dialect import MEANINGS

# Counts of one call are one concept: what one writer counts inside of the input, another counts beside it.
COUNTS = frozenset(name for name in MEANINGS if name.endswith("_tokens"))
NAMES = (
    "requested_model", "model", "response_id", "tool_call_id", "conversation_id", "session_id", "user_id",
    "error_type",
)  # fmt: skip
# On the span of a tool, what it was given and gave back as messages: the column, the messages, and where in a
# part of which type it stands, the likeliest first.
TOOL_MESSAGES = (
    ("tool_arguments", "input_messages", (("tool_call", "arguments"), ("tool_call_response", "response"))),
    ("tool_result", "output_messages", (("tool_call_response", "response"), ("text", "content"))),
)


def read_span(span: RawSpan, plan: AttributePlan) -> dict[str, Any]:
    """Return what a span means to the dialects of its plan."""
    meant = plan.dialect.normalise(span)
    if not plan.dialect.knows_placeholders:
        _named(meant)
    for follower in plan.followers:
        left = msgspec.structs.replace(
            span,
            attributes={name: span.attributes[name] for name in follower.names},
            events=[event for event in span.events if event[0] in follower.events],
        )
        _fill(meant, _named(follower.dialect.normalise(left)))
    talked = meant.get("input_messages") is not None or meant.get("output_messages") is not None
    if talked and meant.get("operation") == "execute_tool":
        meant |= of_tool_messages(meant)
    return meant


def _named(meant: dict[str, Any]) -> dict[str, Any]:
    """Take placeholders out of what a dialect says."""
    if not PLACEHOLDERS.isdisjoint(map(meant.get, NAMES)):
        meant |= {name: None for name in NAMES if meant.get(name) in PLACEHOLDERS}
    return meant


def _fill(meant: dict[str, Any], more: dict[str, Any]) -> None:
    """Put what another dialect says where nothing is yet."""
    counted = any(meant.get(name) is not None for name in COUNTS)
    for name, value in more.items():
        if name == "operation":
            if meant.get(name, "other") == "other":
                meant[name] = value
        elif name == "unpacked":
            meant[name] = {**(value or {}), **(meant.get(name) or {})}
        elif value is not None and meant.get(name) is None and not (counted and name in COUNTS):
            meant[name] = value


def of_tool_messages(meant: dict[str, Any]) -> dict[str, Any]:
    """Return a tool's arguments and result where they stand in messages of its span, which then hold no talk.

    Strands writes both in the form of messages. A result that is a message of the asked side, with nothing on
    the other, could be either; it is left where it stands.
    """
    known: dict[str, Any] = {}
    for column, side, kinds in TOOL_MESSAGES:
        if meant.get(side) is None or meant.get(column) is not None:
            continue
        sure = kinds if meant.get("output_messages") is not None else kinds[:1]
        for part, key in _parts_of(meant[side], sure):
            known[column] = json_text(parsed(part[key]))
            known[side] = None
            if column == "tool_arguments" or meant.get("tool_call_id") is None:
                known["tool_call_id"] = meant.get("tool_call_id") or part.get("id")
            break
    return known


def _parts_of(messages: str, kinds: tuple[tuple[str, str], ...]) -> Iterator[tuple[dict[str, Any], str]]:
    parts = [part for message in orjson.loads(messages) for part in message["parts"]]
    for kind, key in kinds:
        for part in parts:
            if part["type"] == kind and part.get(key) is not None:
                yield part, key
