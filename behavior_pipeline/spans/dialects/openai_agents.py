"""The OpenAI Agents SDK's own spans: `span_data` of each kind, and the trace's record as their root."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_list, as_text, json_text, mapping, parsed
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.count_names import COUNTS
from behavior_pipeline.spans.content.model_calls import read_request
from behavior_pipeline.spans.content.product_spans import conversation, error_name, span_meaning
from behavior_pipeline.spans.content.usage import completed, token_counts
from behavior_pipeline.spans.dialect import Dialect, Signs

PREFIX = "openai_agents."
OPERATIONS = {
    "generation": "chat", "response": "chat", "function": "execute_tool", "agent": "invoke_agent",
    "trace": "invoke_agent", "guardrail": "guardrail",
}  # fmt: skip
KIND, INPUT, OUTPUT, RESPONSE = (f"{PREFIX}{name}" for name in ("type", "input", "output", "response"))
USAGE, MODEL, NAME = (f"{PREFIX}{name}" for name in ("usage", "model", "name"))
GROUP, RESPONSE_ID, ERROR = (f"{PREFIX}{name}" for name in ("group_id", "response_id", "error"))
SOURCES = {
    "operation": (KIND,),
    "error_type": (ERROR,),
    "requested_model": (MODEL,),
    "model": (RESPONSE,),
    "response_id": (RESPONSE_ID, RESPONSE),
    "input_tokens": (USAGE, RESPONSE),
    "output_tokens": (USAGE, RESPONSE),
    "cached_tokens": (USAGE, RESPONSE),
    "cache_written_tokens": (USAGE, RESPONSE),
    "reasoning_tokens": (USAGE, RESPONSE),
    "audio_input_tokens": (USAGE, RESPONSE),
    "audio_output_tokens": (USAGE, RESPONSE),
    "finish_reason": (OUTPUT, RESPONSE),
    "tool_name": (NAME,),
    "tool_arguments": (INPUT,),
    "tool_result": (OUTPUT,),
    "input_messages": (INPUT, RESPONSE),
    "output_messages": (OUTPUT, RESPONSE),
    "reasoning": (OUTPUT, RESPONSE),
    "system_prompt": (INPUT, RESPONSE),
    "tool_definitions": (RESPONSE,),
    "response_schema": (RESPONSE,),
    "conversation_id": (GROUP,),
    "session_id": (GROUP,),
}


def recognises(signs: Signs) -> bool:
    """Return whether the span was exported by the SDK."""
    return KIND in signs.keys


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span; a `response` has its id only, unless an exporter added the rest."""
    attributes = span.attributes
    operation = OPERATIONS.get(str(attributes.get(KIND)), "other")
    meanings: dict[str, Any] = {}
    if operation == "chat":
        meanings = _call(attributes)
    elif operation == "execute_tool":
        meanings = span_meaning(operation, attributes.get(INPUT), None)
        meanings |= {
            "tool_name": as_text(attributes.get(NAME)),
            "tool_result": json_text(parsed(attributes.get(OUTPUT))),
        }
    return meanings | conversation(attributes.get(GROUP)) | {
        "operation": operation,
        "error_type": _error(mapping(attributes.get(ERROR))),
    }  # fmt: skip


def _call(attributes: dict[str, Any]) -> dict[str, Any]:
    response = mapping(parsed(attributes.get(RESPONSE)))
    meanings = span_meaning("chat", attributes.get(INPUT), response or _generated(attributes.get(OUTPUT)))
    counts = completed(token_counts(attributes.get(USAGE)), meanings)
    if response:  # it repeats the request's instructions, tools and format
        repeated = read_request({name: response.get(name) for name in ("instructions", "tools", "text")})
        meanings |= {
            name: value for name, value in repeated.items() if value is not None and meanings[name] is None
        }
    return meanings | {
        "requested_model": as_text(attributes.get(MODEL)) or meanings["requested_model"],
        "response_id": as_text(attributes.get(RESPONSE_ID)) or meanings["response_id"],
        **{name: counts[name] for name in COUNTS},
    }


def _generated(output: Any) -> Any:
    """Return a generation's output: messages, or of a stream a whole response.

    The SDK puts that response together itself: its id is the same for all, its model the one asked for.
    """
    items = as_list(parsed(output)) or []
    whole = mapping(items[0]) if len(items) == 1 else {}
    if "choices" in whole or whole.get("object") == "response":
        return {name: value for name, value in whole.items() if name not in ("id", "model")}
    return items


def _error(error: dict[str, Any]) -> str | None:
    data = mapping(error.get("data"))
    return error_name(data.get("name")) or error_name(data.get("error")) or error_name(error.get("message"))


PLUGIN = Dialect(
    title="OpenAI Agents SDK (own export)",
    precedence=76,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
)
