"""What spans of OpenTelemetry's GenAI conventions from 1.37 on mean: messages as JSON in attributes."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_list, parsed, read, readers
from behavior_pipeline.spans.content.messages import instructions, read_attribute
from behavior_pipeline.spans.conventions.meanings import KINDS, talk_of

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
CONTENT = frozenset({INPUT, OUTPUT, INSTRUCTIONS, REASONS})
READERS = readers(SOURCES, KINDS)


def meaning(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the attributes mean, beside the operation."""
    return read(attributes, READERS) | conversation(attributes)


def operation(attributes: Mapping[str, Any]) -> str:
    """Return the kind of operation that the attributes name."""
    named = attributes.get(OPERATION)
    return OPERATIONS.get(named, "other") if isinstance(named, str) else "other"


def conversation(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the message attributes mean; nothing where content was not captured."""
    if CONTENT.isdisjoint(attributes):
        return {}
    system = attributes.get(INSTRUCTIONS)
    return talk_of(
        read_attribute(attributes.get(INPUT), role="user"),
        read_attribute(attributes.get(OUTPUT), role="assistant"),
        system=() if system is None else (instructions(system),),
        reasons=as_list(parsed(attributes.get(REASONS))) or (),
    )
