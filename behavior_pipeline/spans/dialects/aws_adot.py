"""AWS's distribution of OpenTelemetry (from 0.10 on, AgentCore): contents of spans stand in log records.

A record has its span's ids, the span's scope as its name, and a body {input: {messages}, output: {messages}};
before that one record with a numbered key a message (`user.message.0`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import as_object, mapping
from behavior_pipeline.dumps.records import RawLog
from behavior_pipeline.spans.content.message_parts import blocks
from behavior_pipeline.spans.content.messages import Message, message
from behavior_pipeline.spans.conventions.meanings import talk
from behavior_pipeline.spans.dialect import Dialect

BODIES, CONSOLIDATED = "aws.span.bodies", "gen_ai.content.consolidated"
NUMBERED = re.compile(r"(\w+)\.message\.(\d+)")
Sides = tuple[list[Message], list[Message]]


def names_log(log: RawLog) -> str | None:
    """Return the name for a record whose body has the messages of both sides of a span."""
    body = log.body if isinstance(log.body, dict) else {}
    sides = (body.get("input"), body.get("output"))
    return BODIES if any(isinstance(side, dict) and "messages" in side for side in sides) else None


def from_logs(logs: Sequence[RawLog]) -> dict[str, Any]:
    """Return what the records of a span say; of one that was written twice, the first."""
    asked: list[Message] = []
    answered: list[Message] = []
    for log in logs:
        body = as_object(log.body)
        given, back = _numbered(body) if log.name == CONSOLIDATED else _sides(body)
        asked += [turn for turn in given if turn not in asked]
        answered += [turn for turn in back if turn not in answered]
    return talk(asked, answered)


def _sides(body: Mapping[str, Any]) -> Sides:
    return _messages(body.get("input"), "user"), _messages(body.get("output"), "assistant")


def _messages(side: Any, role: str) -> list[Message]:
    turns = mapping(side).get("messages")
    return [message(_opened(turn), role=role) for turn in (turns if isinstance(turns, list) else [])]


def _opened(turn: Any) -> Any:
    """Return a message whose content is what the span's event had: fields, or JSON of blocks in a text."""
    if not isinstance(turn, dict):
        return turn
    inner = turn.get("content")
    fields = {**turn, **inner} if isinstance(inner, dict) else dict(turn)
    content = fields.pop("message", None) if isinstance(inner, dict) and "message" in inner else None
    content = fields.get("content") if content is None else content
    fields["content"] = blocks(content) if not isinstance(content, dict) else [content]
    fields["role"] = turn.get("role", fields.get("role"))
    return fields


def _numbered(body: Mapping[str, Any]) -> Sides:
    keyed = [(NUMBERED.fullmatch(str(key)), turn) for key, turn in body.items()]
    turns = [message(_opened(turn), role=known[1]) for known, turn in keyed if known is not None]
    answered = [one for one in turns if one["role"] == "assistant"]
    return [one for one in turns if one["role"] != "assistant"], answered


PLUGIN = Dialect(
    title="AWS distribution of OpenTelemetry",
    precedence=2,
    recognises=lambda signs: False,
    normalise=lambda span: {"operation": "other"},
    sources={
        "input_messages": ("log body.input.messages",),
        "output_messages": ("log body.output.messages",),
        "finish_reason": ("log body.output.messages",),
        "system_prompt": ("log body.input.messages",),
        "reasoning": ("log body.output.messages",),
    },
    log_events=frozenset({BODIES, CONSOLIDATED}),
    from_logs=from_logs,
    names_log=names_log,
    lost={"operation": "on the span", "input_messages": "in log records, which need to lie with the spans"},
)
