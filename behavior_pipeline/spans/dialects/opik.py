"""Opik: spans and traces of its exports, whose fields stand under `opik.*`."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_object, as_text, flat_metadata, nested
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.product_spans import conversation, error_name, span_meaning
from behavior_pipeline.spans.content.usage import token_counts
from behavior_pipeline.spans.dialect import Dialect, Signs

OPERATIONS = {"llm": "chat", "tool": "execute_tool", "trace": "invoke_agent"}
MODEL, INPUT, OUTPUT, USAGE = "opik.model", "opik.input", "opik.output", "opik.usage"
METADATA, ERROR = "opik.metadata", "opik.error_info"
SOURCES = {
    "operation": ("opik.type",),
    "error_type": (ERROR,),
    "requested_model": (INPUT, METADATA),
    "model": (MODEL, OUTPUT),
    "response_id": (OUTPUT,),
    "input_tokens": (USAGE,),
    "output_tokens": (USAGE,),
    "cached_tokens": (USAGE,),
    "reasoning_tokens": (USAGE,),
    "finish_reason": (OUTPUT, METADATA),
    "tool_call_id": (OUTPUT,),
    "tool_arguments": (INPUT,),
    "tool_result": (OUTPUT,),
    "input_messages": (INPUT,),
    "output_messages": (OUTPUT,),
    "reasoning": (OUTPUT,),
    "system_prompt": (INPUT,),
    "documents": (OUTPUT,),
    "tool_definitions": (INPUT, METADATA),
    "response_schema": (INPUT, METADATA),
    "conversation_id": ("opik.thread_id", METADATA),
    "session_id": ("opik.thread_id", METADATA),
    "prompt_version": (METADATA,),
    "user_id": (METADATA,),
    "unpacked": (METADATA,),
}


def recognises(signs: Signs) -> bool:
    """Return whether the span was read from an export of Opik's."""
    return "opik.type" in signs.keys


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span or a trace."""
    attributes = span.attributes
    operation = OPERATIONS.get(str(attributes.get("opik.type")).lower(), "other")
    metadata = flat_metadata(attributes.get(METADATA))
    meanings = span_meaning(operation, attributes.get(INPUT), attributes.get(OUTPUT))
    if operation == "execute_tool":
        meanings["tool_name"] = span.name or None
    if operation == "chat":
        meanings |= _call(attributes, metadata, meanings)
    error = as_object(attributes.get(ERROR))
    return meanings | conversation(attributes.get("opik.thread_id"), metadata.get("thread_id")) | {
        "operation": operation,
        "error_type": as_text(error.get("exception_type")) or error_name(error.get("message")),
        "user_id": as_text(metadata.get("user_id")),
        "unpacked": metadata,
    }  # fmt: skip


def _call(attributes: dict[str, Any], metadata: dict[str, Any], meanings: dict[str, Any]) -> dict[str, Any]:
    """Return what only a model call says; its model overwrites the one that was asked for."""
    named, unanswered = as_text(attributes.get(MODEL)), attributes.get(OUTPUT) in (None, "")
    asked = meanings["requested_model"] or as_text(metadata.get("model"))
    counts = token_counts(_usage(attributes.get(USAGE)))
    return {
        "model": meanings["model"] if unanswered else meanings["model"] or named,
        "requested_model": asked or named,
        "finish_reason": meanings["finish_reason"] or finish_reason(metadata.get("finish_reason")),
        **(counts if any(counts.values()) else {}),
    }


def _usage(value: Any) -> dict[str, Any]:
    """Return a usage record with the details of the provider's own, dotted below `original_usage`."""
    usage = as_object(value)
    flat = {key: count for key, count in usage.items() if "." not in key}
    original = nested(usage).get("original_usage")
    return {**original, **flat} if isinstance(original, dict) else flat


PLUGIN = Dialect(title="Opik", precedence=71, recognises=recognises, normalise=normalise, sources=SOURCES)
