"""Google's Agent Development Kit (0.1 to 1.x): requests, responses, tools under `gcp.vertex.agent.*`."""

from typing import Any

from behavior_pipeline.dumps.attributes import parsed
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.conventions import current
from behavior_pipeline.spans.conventions.table import by_names
from behavior_pipeline.spans.dialect import Signs

PREFIX = "gcp.vertex.agent."
REQUEST, RESPONSE = f"{PREFIX}llm_request", f"{PREFIX}llm_response"
MERGED = "(merged tools)"  # repeats what the spans of the tools say that ran beside each other
NAMES = {
    "operation": (current.OPERATION,),
    "requested_model": ("gen_ai.request.model",),
    "input_tokens": ("gen_ai.usage.input_tokens",),
    "output_tokens": ("gen_ai.usage.output_tokens",),
    "finish_reason": (current.REASONS,),
    "tool_name": ("gen_ai.tool.name",),
    "tool_call_id": ("gen_ai.tool.call.id",),
    "tool_arguments": (f"{PREFIX}tool_call_args", "gen_ai.tool.call.arguments"),
    "tool_result": (f"{PREFIX}tool_response", "gen_ai.tool.call.result"),
    "conversation_id": ("gen_ai.conversation.id",),
    "session_id": (f"{PREFIX}session_id",),
    "user_id": (f"{PREFIX}user_id",),
    "dropped": (f"{PREFIX}invocation_id", f"{PREFIX}event_id"),
}


def recognises(signs: Signs) -> bool:
    """Return whether the span has an attribute of the kit."""
    return any(key.startswith(PREFIX) for key in signs.keys)


def operation(span: RawSpan, meanings: dict[str, Any]) -> str:
    """Return the kind of operation; the span of a model call names none."""
    merged = span.attributes.get("gen_ai.tool.name") == MERGED
    return "other" if merged else current.operation(span.attributes, meanings)


def opened(body: Any) -> Any:
    """Return a body with what the kit puts under `config`: instructions, tools, settings."""
    value = parsed(body)
    config = value.get("config") if isinstance(value, dict) else None
    return {**config, **value} if isinstance(config, dict) else value


PLUGIN = by_names(
    "Google Agent Development Kit",
    32,
    recognises=recognises,
    operation=operation,
    names=NAMES,
    requests=(REQUEST,),
    responses=(RESPONSE,),
    body_of=opened,
    lost={"response_schema": "left out of the recorded request", "refusal": "a finish reason at best"},
)
