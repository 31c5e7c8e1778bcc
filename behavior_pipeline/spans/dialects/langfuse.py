"""Langfuse: `langfuse.observation.*`, as its SDKs write to OTLP and as its exports are read."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_list, as_text, flat_metadata, parsed, scalar
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.model_calls import tool_definitions
from behavior_pipeline.spans.content.product_spans import conversation, error_name, span_meaning
from behavior_pipeline.spans.content.schemas import response_schema
from behavior_pipeline.spans.content.usage import completed, token_counts
from behavior_pipeline.spans.dialect import Dialect, Signs

OPERATIONS = {
    "generation": "chat", "embedding": "embeddings", "tool": "execute_tool", "retriever": "retrieval",
    "agent": "invoke_agent", "guardrail": "guardrail", "evaluator": "evaluator",
}  # fmt: skip
OBSERVATION, TRACE = "langfuse.observation.metadata", "langfuse.trace.metadata"
INPUT, OUTPUT = "langfuse.observation.input", "langfuse.observation.output"
MODEL, USAGE = "langfuse.observation.model.name", "langfuse.observation.usage_details"
SOURCES = {
    "operation": ("langfuse.observation.type",),
    "error_type": ("langfuse.observation.status_message",),
    "requested_model": ("gen_ai.request.model",),
    "model": (MODEL,),
    "response_id": ("gen_ai.response.id",),
    "input_tokens": (USAGE,),
    "output_tokens": (USAGE,),
    "cached_tokens": (USAGE,),
    "cache_written_tokens": (USAGE,),
    "cache_written_1h_tokens": (USAGE,),
    "reasoning_tokens": (USAGE,),
    "audio_input_tokens": (USAGE,),
    "audio_output_tokens": (USAGE,),
    "finish_reason": (f"{OBSERVATION}.finish_reason", "gen_ai.response.finish_reasons", OUTPUT),
    "tool_call_id": (OUTPUT,),
    "tool_arguments": (INPUT,),
    "tool_result": (OUTPUT,),
    "input_messages": (INPUT,),
    "output_messages": (OUTPUT,),
    "reasoning": (OUTPUT,),
    "system_prompt": (INPUT,),
    "documents": (OUTPUT,),
    "tool_definitions": (INPUT, "langfuse.observation.tool_definitions"),
    "response_schema": (INPUT, "langfuse.observation.model.parameters"),
    "conversation_id": ("session.id", "langfuse.session.id"),
    "session_id": ("session.id", "langfuse.session.id"),
    "prompt_version": ("langfuse.observation.prompt.name", "langfuse.observation.prompt.version"),
    "user_id": ("user.id", "langfuse.user.id"),
    "unpacked": (f"{OBSERVATION}*", f"{TRACE}*"),
}


def recognises(signs: Signs) -> bool:
    """Return whether the span is an observation; other spans may carry trace attributes only."""
    keys = signs.keys
    return "langfuse.observation.type" in keys or (
        any(name in keys for name in (INPUT, OUTPUT, USAGE)) and "gen_ai.operation.name" not in keys
    )


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of an observation."""
    attributes = span.attributes
    operation = OPERATIONS.get(str(attributes.get("langfuse.observation.type")).lower(), "other")
    metadata = _metadata(attributes)
    meanings = span_meaning(operation, attributes.get(INPUT), attributes.get(OUTPUT))
    if operation == "execute_tool":
        meanings["tool_name"] = span.name or None
    if operation == "chat":
        meanings |= _call(attributes, metadata, meanings)
    session = (
        attributes.get("session.id"),
        attributes.get("langfuse.session.id"),
        metadata.pop("langfuse_session_id", None),
    )
    user = (
        attributes.get("user.id")
        or attributes.get("langfuse.user.id")
        or metadata.pop("langfuse_user_id", None)
    )
    return meanings | conversation(*session) | {
        "operation": operation,
        "error_type": error_name(attributes.get("langfuse.observation.status_message")),
        "prompt_version": _prompt_version(attributes),
        "user_id": as_text(user),
        "unpacked": metadata,
    }  # fmt: skip


def _call(attributes: dict[str, Any], metadata: dict[str, Any], meanings: dict[str, Any]) -> dict[str, Any]:
    """Return what only a generation says. The answering model overwrites the one that was asked for."""
    named = as_text(attributes.get(MODEL))
    reasons = as_list(parsed(attributes.get("gen_ai.response.finish_reasons"))) or []
    reasons += [metadata.get("finish_reason"), meanings["finish_reason"]]
    unanswered = attributes.get(OUTPUT) in (None, "")
    parameters = parsed(attributes.get("langfuse.observation.model.parameters"))
    return {
        "model": meanings["model"] if unanswered else named or meanings["model"],
        "requested_model": as_text(attributes.get("gen_ai.request.model")) or (named if unanswered else None),
        "response_id": as_text(attributes.get("gen_ai.response.id")) or meanings["response_id"],
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None),
        "tool_definitions": meanings["tool_definitions"]
        or tool_definitions(attributes.get("langfuse.observation.tool_definitions")),
        "response_schema": meanings["response_schema"]
        or (response_schema(parameters) if isinstance(parameters, dict) else None),
        **completed(token_counts(attributes.get(USAGE)), meanings),
    }


def _prompt_version(attributes: dict[str, Any]) -> str | None:
    """Return `name:version`, since versions count up for each prompt by itself."""
    name = as_text(attributes.get("langfuse.observation.prompt.name"))
    version = as_text(attributes.get("langfuse.observation.prompt.version"))
    return f"{name}:{version}" if name and version else version


def _metadata(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of trace and observation as plain attributes, the observation's first."""
    metadata: dict[str, Any] = {}
    for prefix in (TRACE, OBSERVATION):
        metadata |= flat_metadata(attributes.get(prefix))
        metadata |= {
            name.removeprefix(f"{prefix}."): scalar(value)
            for name, value in attributes.items()
            if name.startswith(f"{prefix}.") and value is not None
        }
    return metadata


PLUGIN = Dialect(title="Langfuse", precedence=70, recognises=recognises, normalise=normalise, sources=SOURCES)
