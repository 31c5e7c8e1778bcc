"""The current GenAI conventions of OpenTelemetry (1.37 and later): messages as JSON on spans or events."""

from collections.abc import Sequence
from typing import Any

from behavior_pipeline.traces.attributes import as_count, as_list, as_text, json_text, lines, parsed
from behavior_pipeline.traces.dialect import Dialect
from behavior_pipeline.traces.finish_reasons import finish_reason
from behavior_pipeline.traces.messages import messages, parts, texts
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
    held = _with_events(span)
    return meaning(held) | {"operation": OPERATIONS.get(str(held.get("gen_ai.operation.name")), "other")}


def meaning(held: dict[str, Any]) -> dict[str, Any]:
    """Return what the attributes say, the operation left out."""
    found: dict[str, Any] = {
        name: as_text(held.get(SOURCES[name][0]))
        for name in ("error_type", "requested_model", "model", "response_id", "conversation_id", "tool_name",
                     "tool_call_id")
    }  # fmt: skip
    found |= {
        name: json_text(parsed(held.get(SOURCES[name][0]))) for name in ("tool_arguments", "tool_result")
    }
    found["documents"] = _documents(held.get("gen_ai.retrieval.documents"))
    found["tool_definitions"] = json_text(as_list(parsed(held.get("gen_ai.tool.definitions"))))
    found["response_schema"] = json_text(parsed(_first(held, "response_schema")))
    for name in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        found[name] = as_count(_first(held, name))
    return found | _conversation(held)


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


def _first(held: dict[str, Any], name: str) -> Any:
    return next((held[key] for key in SOURCES[name] if held.get(key) is not None), None)


def _conversation(held: dict[str, Any]) -> dict[str, Any]:
    asked = messages(held.get("gen_ai.input.messages"), role="user") or []
    answered = messages(held.get("gen_ai.output.messages"), role="assistant") or []
    instructions = parts(parsed(held.get("gen_ai.system_instructions")))
    system = [texts({"parts": instructions}, "text")] if instructions else []
    system += [texts(message, "text") for message in asked if message["role"] == "system"]
    reasons = as_list(parsed(held.get("gen_ai.response.finish_reasons"))) or []
    reasons += [message.get("finish_reason") for message in answered]
    return {
        "input_messages": json_text(asked or None),
        "output_messages": json_text(answered or None),
        "system_prompt": lines(*system),
        "reasoning": lines(*(texts(message, "reasoning") for message in answered)),
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None),
    }


def _documents(value: Any) -> str | None:
    found = as_list(parsed(value))
    return None if found is None else json_text([item for item in found if isinstance(item, dict | str)])


PLUGIN = Dialect(
    title="GenAI conventions 1.37 and later",
    precedence=10,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    log_events=frozenset({DETAILS_EVENT}),
    from_logs=from_logs,
)
