"""The current GenAI conventions of OpenTelemetry (1.37 and later): messages as JSON on spans or events."""

from collections.abc import Callable, Sequence
from typing import Any

from behavior_pipeline.traces.attributes import as_count, as_list, as_text, json_text, lines, parsed
from behavior_pipeline.traces.dialect import Dialect
from behavior_pipeline.traces.finish_reasons import finish_reason
from behavior_pipeline.traces.messages import instructions, said
from behavior_pipeline.traces.records import RawLog, RawSpan

OPERATIONS = {
    "chat": "chat",
    "text_completion": "chat",
    "generate_content": "chat",
    "embeddings": "embeddings",
    "execute_tool": "execute_tool",
    "retrieval": "retrieval",
    "invoke_agent": "invoke_agent",
    "invoke_workflow": "invoke_agent",
    "create_agent": "other",
}
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
SOURCES = {
    "operation": ("gen_ai.operation.name",),
    "error_type": ("error.type",),
    "requested_model": ("gen_ai.request.model",),
    "model": ("gen_ai.response.model",),
    "response_id": ("gen_ai.response.id",),
    "input_tokens": ("gen_ai.usage.input_tokens",),
    "output_tokens": ("gen_ai.usage.output_tokens",),
    "cached_tokens": ("gen_ai.usage.cache_read.input_tokens",),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "finish_reason": ("gen_ai.response.finish_reasons", "gen_ai.output.messages"),
    "tool_name": ("gen_ai.tool.name",),
    "tool_call_id": ("gen_ai.tool.call.id",),
    "tool_arguments": ("gen_ai.tool.call.arguments",),
    "tool_result": ("gen_ai.tool.call.result",),
    "input_messages": ("gen_ai.input.messages",),
    "output_messages": ("gen_ai.output.messages",),
    "reasoning": ("gen_ai.output.messages",),
    "system_prompt": ("gen_ai.system_instructions", "gen_ai.input.messages"),
    "documents": ("gen_ai.retrieval.documents",),
    "tool_definitions": ("gen_ai.tool.definitions",),
    "response_schema": ("gen_ai.output.schema", "gen_ai.request.response_schema"),
    "conversation_id": ("gen_ai.conversation.id",),
}


def recognises(span: RawSpan) -> bool:
    """Return whether the span names a GenAI operation."""
    return "gen_ai.operation.name" in span.attributes


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a GenAI span; message attributes may stand on a span event instead."""
    found = meaning(_with_events(span) if span.events else span.attributes)
    found["operation"] = OPERATIONS.get(found.get("operation", ""), "other")
    return found


def meaning(held: dict[str, Any]) -> dict[str, Any]:
    """Return what the attributes say, one look at each, since this is asked for every span."""
    found: dict[str, Any] = {}
    for key, value in held.items():
        if (name := TEXTS.get(key)) is not None:
            found[name] = (value or None) if value.__class__ is str else as_text(value)
        elif (known := OTHERS.get(key)) is not None:
            found[known[0]] = known[1](value)
    if not MESSAGES.isdisjoint(held):
        found |= _conversation(held)
    return found


def from_logs(logs: Sequence[RawLog]) -> dict[str, Any]:
    """Return what the details events of a span say; the last of several counts."""
    held: dict[str, Any] = {}
    for log in logs:
        body = log.body if isinstance(log.body, dict) else {}
        held |= {**body, **log.attributes}
    return {name: value for name, value in meaning(held).items() if value is not None}


def _with_events(span: RawSpan) -> dict[str, Any]:
    held = span.attributes
    for name, attributes in span.events:
        if name == DETAILS_EVENT or name.startswith("gen_ai."):
            held = {**attributes, **held}
    return held


def _conversation(held: dict[str, Any]) -> dict[str, Any]:
    asked = said(held.get("gen_ai.input.messages"), role="user")
    answered = said(held.get("gen_ai.output.messages"), role="assistant")
    told = held.get("gen_ai.system_instructions")
    reasons = as_list(parsed(held.get("gen_ai.response.finish_reasons"))) or ()
    return {
        "input_messages": asked.text,
        "output_messages": answered.text,
        "system_prompt": lines(instructions(told), asked.system) if told else asked.system,
        "reasoning": answered.reasoning,
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None) or answered.finish_reason,
    }


def _as_json(value: Any) -> str | None:
    return json_text(parsed(value))


def _as_json_list(value: Any) -> str | None:
    return json_text(as_list(parsed(value)))


def _documents(value: Any) -> str | None:
    found = as_list(parsed(value))
    return None if found is None else json_text([item for item in found if isinstance(item, dict | str)])


MESSAGES = frozenset(
    {
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
        "gen_ai.response.finish_reasons",
    }
)  # fmt: skip
READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("tool_arguments", "tool_result", "response_schema"), _as_json),
    **dict.fromkeys(("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"), as_count),
    "tool_definitions": _as_json_list,
    "documents": _documents,
}
PLAIN = {key: name for name, keys in SOURCES.items() for key in keys if key not in MESSAGES}
TEXTS = {key: name for key, name in PLAIN.items() if name not in READERS}
OTHERS = {key: (name, READERS[name]) for key, name in PLAIN.items() if name in READERS}

PLUGIN = Dialect(
    title="GenAI conventions 1.37 and later",
    precedence=10,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    log_events=frozenset({DETAILS_EVENT}),
    from_logs=from_logs,
)
