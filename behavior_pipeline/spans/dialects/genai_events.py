"""GenAI conventions 1.28 to 1.36: spans without messages, which stand in log records or in span events."""

from collections.abc import Sequence
from typing import Any

from behavior_pipeline.dumps.records import RawLog, RawSpan
from behavior_pipeline.spans.conventions import current, events
from behavior_pipeline.spans.dialect import Dialect, Signs

SOURCES = {
    **{name: keys for name, keys in current.SOURCES.items() if name not in ("response_schema", "documents")},
    "finish_reason": (*current.REASON_NAMES, "event gen_ai.choice"),
    "input_messages": ("event gen_ai.{system,user,assistant,tool}.message",),
    "output_messages": ("event gen_ai.choice",),
    "reasoning": (),
    "system_prompt": ("event gen_ai.system.message",),
    "tool_definitions": (),
}
NEWER = frozenset({"gen_ai.provider.name", current.INPUT, current.OUTPUT})


def recognises(signs: Signs) -> bool:
    """Return whether the span is of these versions: the provider under its old name, and no messages."""
    keys = signs.keys
    if not signs.events.isdisjoint(events.ROLES):
        return True
    return "gen_ai.system" in keys and current.OPERATION in keys and NEWER.isdisjoint(keys)


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span; its messages where they are events of it, else logs bring them later."""
    meanings = current.meaning(span.attributes)
    if span.events:
        of_events = events.meaning(
            (name, events.body_of(None, attributes)) for name, attributes in span.events
        )
        meanings = {**of_events, **meanings}
    meanings["operation"] = current.operation(span.attributes, meanings)
    return meanings


def from_logs(logs: Sequence[RawLog]) -> dict[str, Any]:
    """Return what the message logs of one span mean."""
    return events.meaning((log.name, events.body_of(log.body, log.attributes)) for log in logs)


PLUGIN = Dialect(
    title="GenAI conventions 1.28 to 1.36",
    precedence=15,
    recognises=recognises,
    normalise=normalise,
    knows_placeholders=True,
    sources=SOURCES,
    log_events=frozenset(events.ROLES),
    from_logs=from_logs,
    lost={
        "refusal": "a refused answer is a message without content",
        "reasoning": "not part of these versions",
        "documents": "not part of these versions",
        "tool_definitions": "not part of these versions",
        "response_schema": "not part of these versions",
        "finish_reason": "of a stream only in the event",
        "cached_tokens": "not part of these versions; some writers add them",
    },
)
