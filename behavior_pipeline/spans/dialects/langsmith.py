"""LangSmith: runs as its SDK writes them to OTLP and as its exports are read (`langsmith.span.kind`)."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_list, as_text, parsed, scalar
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.model_calls import tool_definitions
from behavior_pipeline.spans.content.product_spans import conversation, error_name, span_meaning
from behavior_pipeline.spans.content.schemas import response_schema
from behavior_pipeline.spans.content.usage import completed, token_counts
from behavior_pipeline.spans.dialect import Dialect, Signs

OPERATIONS = {
    "llm": "chat", "tool": "execute_tool", "retriever": "retrieval", "embedding": "embeddings",
    "agent": "invoke_agent",
}  # fmt: skip
KIND, PROMPT, COMPLETION = "langsmith.span.kind", "gen_ai.prompt", "gen_ai.completion"
METADATA = "langsmith.metadata."
THREADS = ("thread_id", "session_id", "conversation_id")
USAGE = "gen_ai.usage."
ASKED, ANSWERED = f"{USAGE}input_tokens", f"{USAGE}output_tokens"
DETAILS = (f"{USAGE}input_token_details", f"{USAGE}output_token_details")
SOURCES = {
    "operation": (KIND, "gen_ai.operation.name"),
    "error_type": ("langsmith.span.error",),
    "requested_model": ("gen_ai.request.model", f"{METADATA}ls_model_name"),
    "model": ("gen_ai.response.model", COMPLETION),
    "response_id": ("gen_ai.response.id", COMPLETION),
    "input_tokens": (ASKED, COMPLETION),
    "output_tokens": (ANSWERED, COMPLETION),
    "cached_tokens": (DETAILS[0], COMPLETION),
    "cache_written_tokens": (DETAILS[0], COMPLETION),
    "cache_written_1h_tokens": (DETAILS[0], COMPLETION),
    "reasoning_tokens": (DETAILS[1], COMPLETION),
    "audio_input_tokens": (DETAILS[0], COMPLETION),
    "audio_output_tokens": (DETAILS[1], COMPLETION),
    "total_tokens": (f"{USAGE}total_tokens",),
    "finish_reason": ("gen_ai.response.finish_reasons", COMPLETION),
    "tool_name": ("gen_ai.tool.name", "langsmith.trace.name"),
    "tool_call_id": ("gen_ai.tool.call.id", COMPLETION),
    "tool_arguments": (PROMPT,),
    "tool_result": (COMPLETION,),
    "input_messages": (PROMPT,),
    "output_messages": (COMPLETION,),
    "reasoning": (COMPLETION,),
    "system_prompt": (PROMPT,),
    "documents": (COMPLETION,),
    "tool_definitions": ("gen_ai.tool.definitions", PROMPT),
    "response_schema": ("langsmith.request.response_format", PROMPT),
    "conversation_id": tuple(f"{METADATA}{name}" for name in THREADS),
    "session_id": tuple(f"{METADATA}{name}" for name in THREADS),
    "user_id": (f"{METADATA}user_id",),
    "unpacked": (f"{METADATA}*",),
}


def recognises(signs: Signs) -> bool:
    """Return whether the span is a run of LangSmith's."""
    return KIND in signs.keys


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a run. LangSmith's own `session` is a project; conversations are its threads."""
    attributes = span.attributes
    operation = OPERATIONS.get(str(attributes.get(KIND)).lower(), "other")
    metadata = {
        name.removeprefix(METADATA): scalar(value)
        for name, value in attributes.items()
        if name.startswith(METADATA) and value is not None
    }
    inputs, outputs = parsed(attributes.get(PROMPT)), parsed(attributes.get(COMPLETION))
    if operation in ("execute_tool", "retrieval"):
        inputs, outputs = _only(inputs, "input"), _only(outputs, "output")
    meanings = span_meaning(operation, inputs, outputs)
    if operation == "execute_tool":
        meanings["tool_name"] = as_text(attributes.get("gen_ai.tool.name")) or span.name or None
        meanings["tool_call_id"] = as_text(attributes.get("gen_ai.tool.call.id")) or meanings["tool_call_id"]
    if operation == "chat":
        meanings |= _call(attributes, metadata, meanings)
    return meanings | conversation(*(metadata.get(name) for name in THREADS)) | {
        "operation": operation,
        "error_type": error_name(attributes.get("langsmith.span.error")),
        "user_id": as_text(metadata.pop("user_id", None)),
        "unpacked": metadata,
    }  # fmt: skip


def _only(value: Any, name: str) -> Any:
    """Return what a map with one field holds: LangSmith wraps values that are no maps."""
    return parsed(value[name]) if isinstance(value, dict) and set(value) == {name} else value


def _call(attributes: dict[str, Any], metadata: dict[str, Any], meanings: dict[str, Any]) -> dict[str, Any]:
    usage = {name.removeprefix(USAGE): cell for name, cell in attributes.items() if name.startswith(USAGE)}
    reasons = [
        *(as_list(parsed(attributes.get("gen_ai.response.finish_reasons"))) or []),
        meanings["finish_reason"],
    ]
    schema = parsed(attributes.get("langsmith.request.response_format"))
    return {
        **completed(token_counts(usage), meanings),
        "requested_model": as_text(attributes.get("gen_ai.request.model"))
        or meanings["requested_model"]
        or as_text(metadata.get("ls_model_name")),
        "model": as_text(attributes.get("gen_ai.response.model")) or meanings["model"],
        "response_id": as_text(attributes.get("gen_ai.response.id")) or meanings["response_id"],
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None),
        "tool_definitions": tool_definitions(attributes.get("gen_ai.tool.definitions"))
        or meanings["tool_definitions"],
        "response_schema": response_schema({"response_format": schema}) or meanings["response_schema"],
    }


PLUGIN = Dialect(
    title="LangSmith", precedence=74, recognises=recognises, normalise=normalise, sources=SOURCES
)
