"""What spans of OpenTelemetry's GenAI conventions from 1.37 on mean: messages as JSON in attributes."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from behavior_pipeline.dumps.attributes import read, readers
from behavior_pipeline.spans.content.finish_reasons import finish_reasons
from behavior_pipeline.spans.content.messages import instructions, read_attribute
from behavior_pipeline.spans.content.usage import settle
from behavior_pipeline.spans.conventions.meanings import KINDS, part_of_usage, talk_of

INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
INSTRUCTIONS = "gen_ai.system_instructions"
REASONS = "gen_ai.response.finish_reasons"
REASON_NAMES = (REASONS, "gen_ai.response.finish_reason")  # Semantic Kernel's is one text
OPERATION = "gen_ai.operation.name"
OPERATIONS = {
    **dict.fromkeys(
        ("chat", "text_completion", "generate_content", "completion", "completions", "responses", "response",
         "chat_completion", "chat_completions", "text_completions", "generate", "generate_text", "messages",
         "stream_text", "invoke_model", "converse"),
        "chat",
    ),
    **dict.fromkeys(("embeddings", "embedding", "embed"), "embeddings"),
    **dict.fromkeys(("execute_tool", "tool", "tool_call", "call_tool", "tools_call"), "execute_tool"),
    **dict.fromkeys(("retrieval", "retrieve", "rerank"), "retrieval"),
    **dict.fromkeys(("invoke_agent", "invoke_workflow", "invoke_swarm", "invoke_graph", "agent", "workflow"),
                    "invoke_agent"),
}  # fmt: skip
# Parts of names that no table knows: what has one is no conversation with a model, whatever it counts.
NO_CALLS = re.compile(
    r"agent|workflow|swarm|graph|crew|cycle|framework|tool|create|plan|memory|guardrail|evaluat|moderat"
    r"|rerank|search|image|speech|audio|transcri|translat|batch|file"
)
SOURCES: dict[str, tuple[str, ...]] = {
    "operation": (OPERATION,),
    "error_type": ("error.type",),
    "requested_model": ("gen_ai.request.model",),
    "model": ("gen_ai.response.model",),
    "response_id": ("gen_ai.response.id",),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "cached_tokens": (
        "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_read_tokens", "gen_ai.usage.cached_tokens", "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.input_tokens.cached",
    ),
    "cache_written_tokens": (
        "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_tokens", "gen_ai.usage.cache_write_input_tokens",
        "gen_ai.usage.input_tokens.cache_write",
    ),
    "cache_written_1h_tokens": ("gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",),
    "reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.details.reasoning_tokens",
    ),
    "audio_input_tokens": ("gen_ai.usage.details.input_audio_tokens",),
    "audio_output_tokens": ("gen_ai.usage.details.output_audio_tokens",),
    "total_tokens": ("gen_ai.usage.total_tokens",),
    "finish_reason": (*REASON_NAMES, OUTPUT),
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
}  # fmt: skip
MESSAGES = frozenset({INPUT, OUTPUT, INSTRUCTIONS})
CONTENT = MESSAGES | frozenset(REASON_NAMES)
READERS = readers(SOURCES, KINDS, part_of_usage)


def meaning(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the attributes mean, beside the operation."""
    return settle(read(attributes, READERS), attributes) | conversation(attributes)


def operation(attributes: Mapping[str, Any], meanings: Mapping[str, Any]) -> str:
    """Return the kind of operation: that which the attributes name, in any framework's words.

    Of a name that nobody knows, and of none, the meanings decide: a model with messages or tokens is a call.
    """
    named = attributes.get(OPERATION)
    kind = OPERATIONS.get(named) or _in_other_words(named) if isinstance(named, str) else None
    return kind or ("chat" if _shows_call(meanings) else "other")


@lru_cache(maxsize=256)
def _in_other_words(named: str) -> str | None:
    """Return the kind of a name in another spelling (`chat.completions`, `acompletion`), None if unknown."""
    word = re.sub(r"[^a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", named[:80]).lower()).strip("_")
    kind = OPERATIONS.get(word) or (OPERATIONS.get(word[1:]) if word.startswith("a") else None)
    if kind is None and "embed" in word:
        return "embeddings"
    return kind or ("other" if NO_CALLS.search(word) else None)


def _shows_call(meanings: Mapping[str, Any]) -> bool:
    model = meanings.get("requested_model") or meanings.get("model")
    return model is not None and any(
        meanings.get(name) is not None
        for name in ("output_messages", "input_messages", "output_tokens", "input_tokens")
    )


def conversation(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the message attributes mean; nothing where content was not captured."""
    if CONTENT.isdisjoint(attributes):
        return {}
    system = attributes.get(INSTRUCTIONS)
    return talk_of(
        read_attribute(attributes.get(INPUT), role="user"),
        read_attribute(attributes.get(OUTPUT), role="assistant"),
        system=() if system is None else (instructions(system),),
        reasons=finish_reasons(attributes, REASON_NAMES),
    )
