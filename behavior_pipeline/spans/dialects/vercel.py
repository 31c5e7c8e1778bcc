"""Vercel AI SDK up to 6 (`ai.*`): a doGenerate or doStream span is a model call, its parent repeats it all.

From SDK 7 on its spans are in the current GenAI conventions.
"""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_count, as_list, as_object, first, parsed, read, readers
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.message_parts import tool_call
from behavior_pipeline.spans.content.messages import Message, message, read_messages
from behavior_pipeline.spans.content.usage import settle
from behavior_pipeline.spans.conventions.meanings import KINDS, part_of_usage, talk
from behavior_pipeline.spans.dialect import Dialect, Signs

OPERATION = "ai.operationId"
MESSAGES, PROMPT = "ai.prompt.messages", "ai.prompt"
# The older name of the SDK's version 3 comes second.
TEXT = ("ai.response.text", "ai.result.text")
OBJECT = ("ai.response.object", "ai.result.object")
TOOL_CALLS = ("ai.response.toolCalls", "ai.result.toolCalls")
FINISH = ("ai.response.finishReason", "ai.finishReason", "gen_ai.response.finish_reasons")
METADATA, PROVIDER_METADATA = "ai.telemetry.metadata.", "ai.response.providerMetadata"
ASKED_DETAILS, ANSWERED_DETAILS = "ai.usage.inputTokenDetails.", "ai.usage.outputTokenDetails."
# Up to version 5 the SDK passes on counts of these as their APIs give them: caches beside the input.
RAW = ("anthropic", "amazon-bedrock", "bedrock", "google.vertex.anthropic", "vertex.anthropic")
SOURCES: dict[str, tuple[str, ...]] = {
    "operation": (OPERATION,),
    "error_type": ("error.type",),
    "requested_model": ("gen_ai.request.model", "ai.model.id"),
    "model": ("ai.response.model", "gen_ai.response.model"),
    "response_id": ("ai.response.id", "gen_ai.response.id"),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "ai.usage.inputTokens",
                     "ai.usage.promptTokens", "ai.usage.tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "ai.usage.outputTokens",
                      "ai.usage.completionTokens"),
    "cached_tokens": ("ai.usage.cachedInputTokens", f"{ASKED_DETAILS}cacheReadTokens"),
    "cache_written_tokens": (f"{ASKED_DETAILS}cacheWriteTokens", PROVIDER_METADATA),
    "reasoning_tokens": ("ai.usage.reasoningTokens", f"{ANSWERED_DETAILS}reasoningTokens"),
    "total_tokens": ("ai.usage.totalTokens",),
    "uncached_tokens": (f"{ASKED_DETAILS}noCacheTokens",),
    "finish_reason": FINISH,
    "tool_name": ("ai.toolCall.name",),
    "tool_call_id": ("ai.toolCall.id",),
    "tool_arguments": ("ai.toolCall.args",),
    "tool_result": ("ai.toolCall.result",),
    "input_messages": (MESSAGES, PROMPT),
    "output_messages": (*TEXT, *OBJECT, *TOOL_CALLS),
    "reasoning": ("ai.response.reasoning",),
    "system_prompt": (MESSAGES, PROMPT),
    "tool_definitions": ("ai.prompt.tools",),
    "response_schema": ("ai.schema",),
    "conversation_id": tuple(
        f"{METADATA}{name}" for name in ("conversationId", "chatId", "threadId", "conversation_id")
    ),
    "session_id": tuple(f"{METADATA}{name}" for name in ("sessionId", "session_id")),
    "user_id": tuple(f"{METADATA}{name}" for name in ("userId", "user_id", "user")),
    "prompt_version": (f"{METADATA}promptVersion", f"{METADATA}prompt_version"),
    "dropped": ("ai.embedding", "ai.embeddings", f"{ANSWERED_DETAILS}textTokens", "operation.name"),
}  # fmt: skip
READERS = readers(
    {**SOURCES, "cache_written_tokens": SOURCES["cache_written_tokens"][:1]}, KINDS, part_of_usage
)


def recognises(signs: Signs) -> bool:
    """Return whether the SDK made the span."""
    return OPERATION in signs.keys


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span."""
    attributes = span.attributes
    meanings = _counted(read(attributes, READERS), attributes)
    operation = meanings["operation"] = _operation(attributes.get(OPERATION))
    if operation in ("chat", "invoke_agent"):
        reasons = next((attributes[key] for key in FINISH if attributes.get(key)), None)
        meanings |= talk(_asked(attributes), _answered(attributes), reasons=as_list(parsed(reasons)) or ())
    if operation == "invoke_agent":
        meanings.pop("finish_reason", None)
    if operation == "chat" and span.status != "error":
        meanings.setdefault("model", meanings.get("requested_model"))
    return meanings


def _counted(meanings: dict[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return meanings with their counts decided; the total that the SDK adds up itself shows nothing."""
    raw = str(attributes.get("ai.model.provider")).startswith(RAW) and "uncached_tokens" not in meanings
    if raw and "input_tokens" in meanings:
        if meanings.get("total_tokens") == meanings["input_tokens"] + meanings.get("output_tokens", 0):
            del meanings["total_tokens"]
        if "cache_written_tokens" not in meanings:
            meanings |= _written(as_object(attributes.get(PROVIDER_METADATA)))
    return settle(meanings, attributes, caches_beside=raw)


def _written(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tokens written to a cache, which version 5 leaves to a provider's metadata."""
    providers = (as_object(metadata.get(name)) for name in ("anthropic", "bedrock"))
    records = [one for provider in providers for one in (provider, as_object(provider.get("usage")))]
    counts = (as_count(first(one, WRITTEN)) for one in records)
    written = next((count for count in counts if count is not None), None)
    return {} if written is None else {"cache_written_tokens": written}


WRITTEN = ("cacheCreationInputTokens", "cacheWriteInputTokens", "cache_creation_input_tokens")


def _operation(named: Any) -> str:
    """Return the kind of operation; the inner ones of a function that calls a model begin with `do`."""
    _, _, last = str(named).rpartition(".")
    if last.startswith(("doGenerate", "doStream")):
        return "chat"
    if last == "doEmbed":
        return "embeddings"
    if last == "toolCall":
        return "execute_tool"
    return "invoke_agent" if last.startswith(("generate", "stream")) else "other"


def _asked(attributes: Mapping[str, Any]) -> list[Message]:
    if attributes.get(MESSAGES) is not None:
        return read_messages(attributes[MESSAGES], role="user")
    prompt = as_object(attributes.get(PROMPT))  # {system, prompt} or {system, messages}
    system = (
        [{"role": "system", "content": prompt["system"]}] if isinstance(prompt.get("system"), str) else []
    )
    asked = prompt.get("messages", prompt.get("prompt"))
    return read_messages(
        [*system, *(asked if isinstance(asked, list) else [asked] if asked else [])], role="user"
    )


def _answered(attributes: Mapping[str, Any]) -> list[Message]:
    """Return the one answer: its reasoning, text or object, and the calls it asks for."""
    answer: dict[str, Any] = {
        "role": "assistant",
        "reasoning": attributes.get("ai.response.reasoning"),
        "content": next((attributes[key] for key in (*TEXT, *OBJECT) if attributes.get(key)), None),
    }
    calls = parsed(next((attributes[key] for key in TOOL_CALLS if attributes.get(key) is not None), None))
    turn = message(answer, role="assistant")
    if isinstance(calls, list):
        turn["parts"] += [tool_call(call) for call in calls if isinstance(call, dict)]
    return [turn] if turn["parts"] else []


PLUGIN = Dialect(
    title="Vercel AI SDK up to 6",
    precedence=50,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    lost={
        "refusal": "an empty text",
        "documents": "not part of it",
        "cached_tokens": "up to version 4; then of streams only, until version 6",
        "user_id": "in metadata, under names that each application chooses; common ones are known",
    },
)
