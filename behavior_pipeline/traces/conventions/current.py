"""What spans of OpenTelemetry's GenAI conventions from 1.37 on mean: messages as JSON in attributes."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.traces.attributes import as_list, parsed, read, readers
from behavior_pipeline.traces.conventions.meanings import KINDS, talk
from behavior_pipeline.traces.messages import parts, read_messages, texts

INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
INSTRUCTIONS = "gen_ai.system_instructions"
REASONS = "gen_ai.response.finish_reasons"
OPERATION = "gen_ai.operation.name"
OPERATIONS = {
    "chat": "chat",
    "text_completion": "chat",
    "generate_content": "chat",
    "completion": "chat",
    "responses": "chat",
    "embeddings": "embeddings",
    "embedding": "embeddings",
    "execute_tool": "execute_tool",
    "tool": "execute_tool",
    "retrieval": "retrieval",
    "invoke_agent": "invoke_agent",
    "invoke_workflow": "invoke_agent",
}
SOURCES: dict[str, tuple[str, ...]] = {
    "operation": (OPERATION,),
    "error_type": ("error.type",),
    "requested_model": ("gen_ai.request.model",),
    "model": ("gen_ai.response.model",),
    "response_id": ("gen_ai.response.id",),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "cached_tokens": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "finish_reason": (REASONS, OUTPUT),
    "tool_name": ("gen_ai.tool.name",),
    "tool_call_id": ("gen_ai.tool.call.id",),
    "tool_arguments": ("gen_ai.tool.call.arguments",),
    "tool_result": ("gen_ai.tool.call.result",),
    "input_messages": (INPUT,),
    "output_messages": (OUTPUT,),
    "reasoning": (OUTPUT,),
    "system_prompt": (INSTRUCTIONS, INPUT),
    "documents": ("gen_ai.retrieval.documents",),
    "tool_definitions": ("gen_ai.tool.definitions",),
    "response_schema": ("gen_ai.output.schema", "gen_ai.request.response_schema"),
    "conversation_id": ("gen_ai.conversation.id",),
}
READERS = readers(SOURCES, KINDS)


def meaning(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the attributes mean, beside the operation."""
    return read(held, READERS) | conversation(held)


def operation(held: Mapping[str, Any]) -> str:
    """Return the kind of operation that the attributes name."""
    named = held.get(OPERATION)
    return OPERATIONS.get(named, "other") if isinstance(named, str) else "other"


def conversation(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the message attributes mean; nothing where content was not captured."""
    asked, answered = held.get(INPUT), held.get(OUTPUT)
    instructions, reasons = held.get(INSTRUCTIONS), held.get(REASONS)
    if asked is None and answered is None and instructions is None and reasons is None:
        return {}
    system = [] if instructions is None else [texts({"parts": parts(parsed(instructions))}, "text")]
    return talk(
        [] if asked is None else read_messages(asked, role="user"),
        [] if answered is None else read_messages(answered, role="assistant"),
        system=system,
        reasons=as_list(parsed(reasons)) or (),
    )
