"""The current GenAI conventions of OpenTelemetry (1.37 and later): messages as JSON on spans or events."""

from typing import Any

from behavior_pipeline.traces.attributes import as_count, as_text, json_text, messages, parsed, parts, texts
from behavior_pipeline.traces.dialect import Dialect
from behavior_pipeline.traces.records import RawSpan

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
FINISH_REASONS = {
    "tool_call": "tool_calls",
    "max_tokens": "length",
    "end_turn": "stop",
    "stop_sequence": "stop",
}
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
KEYS = frozenset(
    {
        "gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.response.id",
        "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.reasoning.output_tokens", "gen_ai.response.finish_reasons", "gen_ai.tool.name",
        "gen_ai.tool.call.id", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result",
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
        "gen_ai.retrieval.documents", "gen_ai.retrieval.query.text", "gen_ai.tool.definitions",
        "gen_ai.conversation.id", "error.type", "gen_ai.output.schema", "gen_ai.request.response_schema",
    }
)  # fmt: skip


def recognises(span: RawSpan) -> bool:
    """Return whether the span names a GenAI operation."""
    return "gen_ai.operation.name" in span.attributes


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a GenAI span; message attributes may stand on its details event instead."""
    held = _with_details(span)
    operation = OPERATIONS.get(str(held.get("gen_ai.operation.name")), "other")
    found = {
        "operation": operation,
        "error_type": as_text(held.get("error.type")),
        "requested_model": as_text(held.get("gen_ai.request.model")),
        "model": as_text(held.get("gen_ai.response.model")),
        "response_id": as_text(held.get("gen_ai.response.id")),
        "conversation_id": as_text(held.get("gen_ai.conversation.id")),
        "tool_name": as_text(held.get("gen_ai.tool.name")),
        "tool_call_id": as_text(held.get("gen_ai.tool.call.id")),
        "tool_arguments": json_text(parsed(held.get("gen_ai.tool.call.arguments"))),
        "tool_result": json_text(parsed(held.get("gen_ai.tool.call.result"))),
        "documents": _documents(held.get("gen_ai.retrieval.documents")),
        "tool_definitions": json_text(_list(parsed(held.get("gen_ai.tool.definitions")))),
        "response_schema": json_text(
            parsed(held.get("gen_ai.output.schema") or held.get("gen_ai.request.response_schema"))
        ),
    }
    return found | _tokens(held) | _conversation(held)


def _with_details(span: RawSpan) -> dict[str, Any]:
    held = dict(span.attributes)
    for name, attributes in span.events:
        if name == DETAILS_EVENT or name.startswith("gen_ai."):
            held = {**attributes, **held}
    return held


def _tokens(held: dict[str, Any]) -> dict[str, Any]:
    return {
        "input_tokens": as_count(held.get("gen_ai.usage.input_tokens")),
        "output_tokens": as_count(held.get("gen_ai.usage.output_tokens")),
        "cached_tokens": as_count(held.get("gen_ai.usage.cache_read.input_tokens")),
        "reasoning_tokens": as_count(held.get("gen_ai.usage.reasoning.output_tokens")),
    }


def _conversation(held: dict[str, Any]) -> dict[str, Any]:
    asked = messages(held.get("gen_ai.input.messages"), role="user") or []
    answered = messages(held.get("gen_ai.output.messages"), role="assistant") or []
    instructions = parts(parsed(held.get("gen_ai.system_instructions")))
    system = [texts({"parts": instructions}, "text")] if instructions else []
    system += [texts(message, "text") for message in asked if message["role"] in ("system", "developer")]
    reasoning = [texts(message, "reasoning", "thinking") for message in answered]
    return {
        "input_messages": json_text(asked or None),
        "output_messages": json_text(answered or None),
        "system_prompt": "\n".join(filter(None, system)) or None,
        "reasoning": "\n".join(filter(None, reasoning)) or None,
        "finish_reason": _finish_reason(held.get("gen_ai.response.finish_reasons"), answered),
    }


def _finish_reason(value: Any, answered: list[dict[str, Any]]) -> str | None:
    reasons = [item for item in _list(parsed(value)) or [] if isinstance(item, str)]
    reasons += [message["finish_reason"] for message in answered if message.get("finish_reason")]
    return FINISH_REASONS.get(reasons[0], reasons[0]) if reasons else None


def _documents(value: Any) -> str | None:
    found = _list(parsed(value))
    return None if found is None else json_text([item for item in found if isinstance(item, dict | str)])


def _list(value: Any) -> list[Any] | None:
    return None if value is None else value if isinstance(value, list) else [value]


PLUGIN = Dialect(precedence=10, recognises=recognises, normalise=normalise, keys=KEYS)
