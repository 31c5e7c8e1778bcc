"""MLflow: `mlflow.*`, as its own JSON holds them and as it exports them over OTLP; values are JSON texts."""

import re
from typing import Any

from behavior_pipeline.dumps.attributes import as_text, flat_metadata, parsed, scalar
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.model_calls import tool_definitions
from behavior_pipeline.spans.content.product_spans import conversation, span_meaning
from behavior_pipeline.spans.content.usage import completed, token_counts
from behavior_pipeline.spans.dialect import Dialect, Signs

OPERATIONS = {
    "CHAT_MODEL": "chat", "LLM": "chat", "TOOL": "execute_tool", "RETRIEVER": "retrieval",
    "RERANKER": "retrieval", "EMBEDDING": "embeddings", "AGENT": "invoke_agent", "WORKFLOW": "invoke_agent",
    "GUARDRAIL": "guardrail", "EVALUATOR": "evaluator",
}  # fmt: skip
INPUTS, OUTPUTS, USAGE = "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.tokenUsage"
MODEL, TOOLS, PROMPTS = "mlflow.llm.model", "mlflow.chat.tools", "mlflow.linkedPrompts"
TAG, METADATA = "mlflow.traceTag.", "mlflow.traceMetadata."
SOURCES = {
    "operation": ("mlflow.spanType",),
    "requested_model": (INPUTS, MODEL),
    "model": (OUTPUTS,),
    "response_id": (OUTPUTS,),
    "input_tokens": (USAGE, OUTPUTS),
    "output_tokens": (USAGE, OUTPUTS),
    "cached_tokens": (USAGE, OUTPUTS),
    "cache_written_tokens": (USAGE, OUTPUTS),
    "cache_written_1h_tokens": (OUTPUTS,),
    "reasoning_tokens": (USAGE, OUTPUTS),
    "audio_input_tokens": (OUTPUTS,),
    "audio_output_tokens": (OUTPUTS,),
    "finish_reason": (OUTPUTS,),
    "tool_name": ("mlflow.spanFunctionName",),
    "tool_call_id": (OUTPUTS,),
    "tool_arguments": (INPUTS,),
    "tool_result": (OUTPUTS,),
    "input_messages": (INPUTS,),
    "output_messages": (OUTPUTS,),
    "reasoning": (OUTPUTS,),
    "system_prompt": (INPUTS,),
    "documents": (OUTPUTS,),
    "tool_definitions": (TOOLS, INPUTS),
    "response_schema": (INPUTS,),
    "conversation_id": ("session.id", "mlflow.trace.session"),
    "session_id": ("session.id", "mlflow.trace.session"),
    "prompt_version": (PROMPTS,),
    "user_id": ("user.id", "mlflow.trace.user"),
    "unpacked": (f"{TAG}*", f"{METADATA}*"),
}


def recognises(signs: Signs) -> bool:
    """Return whether MLflow made the span; it writes its type beside the GenAI conventions' attributes."""
    return "mlflow.spanType" in signs.keys or "mlflow.traceRequestId" in signs.keys


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of an MLflow span."""
    values = {name: parsed(value) for name, value in span.attributes.items() if name.startswith("mlflow.")}
    operation = OPERATIONS.get(str(values.get("mlflow.spanType")).upper(), "other")
    meanings = span_meaning(operation, values.get(INPUTS), values.get(OUTPUTS))
    if operation == "execute_tool":
        meanings["tool_name"] = _tool_name(span.name, values.get("mlflow.spanFunctionName"))
    if operation == "chat":
        meanings |= completed(token_counts(values.get(USAGE)), meanings)
        meanings["requested_model"] = meanings["requested_model"] or as_text(values.get(MODEL))
        meanings["tool_definitions"] = tool_definitions(values.get(TOOLS)) or meanings["tool_definitions"]
    session, user = (
        as_text(scalar(span.attributes.get(name)) or values.get(other))
        for name, other in (("session.id", "mlflow.trace.session"), ("user.id", "mlflow.trace.user"))
    )
    return meanings | conversation(session) | {
        "operation": operation,
        "prompt_version": _prompt_version(values.get(PROMPTS)),
        "user_id": user,
        "unpacked": _free(span.attributes),
    }  # fmt: skip


def _tool_name(name: str, function: Any) -> str | None:
    """Return a tool's name: the span's, without the number that older versions put behind it."""
    numbered = isinstance(function, str) and re.fullmatch(rf"{re.escape(function)}_\d+", name)
    return function if numbered else name or as_text(function)


def _prompt_version(linked: Any) -> str | None:
    """Return `name:version` of the first prompt that was loaded inside of the span."""
    first = linked[0] if isinstance(linked, list) and linked else None
    if not isinstance(first, dict) or not first.get("version"):
        return None
    return f"{first.get('name')}:{first['version']}"


def _free(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the application's own attributes (JSON texts, like MLflow's), tags and metadata."""
    free: dict[str, Any] = {}
    for name, value in attributes.items():
        bare = name.removeprefix(TAG).removeprefix(METADATA)
        if bare != name:
            free |= {bare: scalar(value)}
        elif not name.startswith("mlflow.") and value is not None:
            free |= flat_metadata({name: value})
    return free


PLUGIN = Dialect(title="MLflow", precedence=72, recognises=recognises, normalise=normalise, sources=SOURCES)
