"""Messages written as events (GenAI conventions 1.28 to 1.36): as logs, span events or a JSON list."""

from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_object, parsed
from behavior_pipeline.spans.content.message_parts import blocks
from behavior_pipeline.spans.content.messages import Message, message
from behavior_pipeline.spans.conventions.meanings import talk

CHOICE = "gen_ai.choice"
ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    CHOICE: "assistant",
}
CONTENT = "gen_ai.event.content"  # Azure's instrumentation: the body as JSON in one attribute
# Fields of which a message has at least one; a model's answer in JSON is a text.
MESSAGE_KEYS = frozenset({"role", "parts", "tool_calls"})
MESSAGE_ONLY = frozenset({"content", "refusal", "finish_reason", "index"})
Event = tuple[str, Mapping[str, Any]]


def body_of(body: Any, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an event says: its body, or what older exporters wrote as attributes instead."""
    fields = as_object(body)
    if not fields and isinstance(body, str) and body:
        return {"content": body}
    return fields or as_object(attributes.get(CONTENT)) or attributes


def meaning(events: Iterable[Event]) -> dict[str, Any]:
    """Return what the message events of one call mean, in the order in which they were written."""
    asked, answered = sides(events)
    return talk(asked, answered)


def sides(events: Iterable[Event]) -> tuple[list[Message], list[Message]]:
    """Return the messages that were sent to the model, and those that it chose."""
    asked: list[Message] = []
    answered: list[Message] = []
    for name, body in events:
        if (role := ROLES.get(name)) is not None:
            (answered if name == CHOICE else asked).append(message(_read(body, role), role=role))
    return asked, answered


def _read(body: Mapping[str, Any], role: str) -> dict[str, Any]:
    """Return the message of an event: a choice holds one, whose content may be JSON in a text."""
    fields = dict(body)
    inner = _message_in(fields.get("message"))
    if isinstance(inner, list | str):  # a writer that gives the message's content only
        fields.pop("message")
        fields.setdefault("content", inner)
    elif isinstance(inner, dict):
        fields["message"] = {"tool_calls": fields.get("tool_calls"), **inner}
    if not isinstance(fields.get("role"), str) or fields["role"] not in ROLES.values():
        fields["role"] = role
    fields["content"] = blocks(fields.get("content"))
    return fields


def _message_in(text: Any) -> Any:
    """Return the message or the blocks that a JSON text holds; an answer in JSON stays as it was written."""
    if isinstance(text, str) and text.startswith("{"):
        inner = parsed(text)
        fields = inner.keys() if isinstance(inner, dict) else set()
        return inner if MESSAGE_KEYS & fields or (fields and fields <= MESSAGE_ONLY) else text
    return blocks(text)
