"""Reads the raw request and response of a model's API, where instrumentation keeps them whole."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import (
    as_count,
    as_list,
    as_object,
    as_text,
    first,
    json_text,
    parsed,
)
from behavior_pipeline.spans.content.messages import Message, read_messages

SCHEMA_KEYS = ("response_format", "text", "output_config", "response_schema")
INPUT_COUNTS = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_token_count", "inputTokens")
OUTPUT_COUNTS = (
    "completion_tokens", "output_tokens", "candidatesTokenCount", "candidates_token_count", "outputTokens",
)  # fmt: skip


def asked_in(request: Mapping[str, Any]) -> list[Message]:
    """Return the messages of a request to a chat, responses (`input`), Gemini or completions API."""
    system = first(request, ("system", "instructions", "system_instruction", "systemInstruction"))
    found = [] if system is None else read_messages(_as_system(system), role="system")
    held = first(request, ("messages", "input", "contents", "prompt"))
    return found + ([] if held is None else read_messages(held, role="user"))


def _as_system(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict) and "parts" in value:
        return [{**value, "role": "system"}]
    return [{"role": "system", "content": value}]


def answered_in(response: Mapping[str, Any]) -> list[Message]:
    """Return the messages of a response; those of several choices are one each."""
    held = first(response, ("choices", "output", "candidates", "generations", "message"))
    if isinstance(held, dict) and isinstance(
        held.get("message"), dict
    ):  # Bedrock: {output: {message}, stopReason}
        held = [{"finish_reason": response.get("stopReason"), **held}]
    if held is None and "content" in response:
        held = [response]
    return [] if held is None else read_messages(held, role="assistant")


def tools_in(request: Mapping[str, Any]) -> str | None:
    """Return the tools that a request offers."""
    held = first(request, ("tools", "functions"))
    return None if held is None else definitions(held)


def schema_in(request: Mapping[str, Any]) -> str | None:
    """Return the JSON Schema that a request asks the answer to fit."""
    return next((found for key in SCHEMA_KEYS if (found := schema(request.get(key))) is not None), None)


def model_in(body: Mapping[str, Any]) -> str | None:
    """Return the model that a request or response names."""
    return as_text(first(body, ("model", "model_name", "modelVersion", "model_version", "model_id")))


def counts_in(response: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens that a response says it used."""
    usage = as_object(first(response, ("usage", "usageMetadata", "usage_metadata", "token_usage")))
    inside = as_object(first(usage, ("prompt_tokens_details", "input_tokens_details")))
    outside = as_object(first(usage, ("completion_tokens_details", "output_tokens_details")))
    found = {
        "input_tokens": as_count(first(usage, INPUT_COUNTS)),
        "output_tokens": as_count(first(usage, OUTPUT_COUNTS)),
        "cached_tokens": as_count(inside.get("cached_tokens", usage.get("cache_read_input_tokens"))),
        "reasoning_tokens": as_count(outside.get("reasoning_tokens")),
    }
    return {name: count for name, count in found.items() if count is not None}


def definitions(value: Any) -> str | None:
    """Return tool definitions as a JSON list; each may be a JSON text of its own."""
    found = as_list(parsed(value))
    return json_text([parsed(item) for item in found]) if found else None


def schema(value: Any) -> str | None:
    """Return the JSON Schema of an answer, unwrapped from the parameter of an API where it stands in one."""
    found = parsed(value)
    for key in ("format", "json_schema", "schema"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    return json_text(found) if isinstance(found, dict) and ("type" in found or "$defs" in found) else None
