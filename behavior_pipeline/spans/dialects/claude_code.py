"""Claude Code (2.1, traces in beta): an interaction is an agent's run; names without a prefix.

Contents come only with detailed tracing: `user_prompt`, `new_context`, `response.model_output`, `tool_input`
and the event `tool.output`.
"""

from typing import Any

from behavior_pipeline.dumps.attributes import json_text, parsed, read, readers
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.messages import Message
from behavior_pipeline.spans.content.usage import token_counts
from behavior_pipeline.spans.conventions.meanings import KINDS, talk
from behavior_pipeline.spans.dialect import Dialect, Signs

SCOPE, KIND, RESULT_EVENT = "com.anthropic.claude_code", "span.type", "tool.output"
OPERATIONS = {"interaction": "invoke_agent", "llm_request": "chat", "tool": "execute_tool"}
PROMPT, CONTEXT, ANSWER = "user_prompt", "new_context", "response.model_output"
REDACTED = "<REDACTED>"
# As Anthropic's API counts: what was read from the cache or written to it stands beside the input.
USAGE = {
    "input_tokens": "input_tokens", "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_input_tokens", "cache_creation_tokens": "cache_creation_input_tokens",
}  # fmt: skip
SOURCES: dict[str, tuple[str, ...]] = {
    "operation": (KIND,),
    "error_type": ("error.type",),
    "requested_model": ("gen_ai.request.model", "model"),
    "model": ("gen_ai.response.model",),
    "response_id": ("gen_ai.response.id", "request_id"),
    "input_tokens": ("input_tokens", "cache_read_tokens", "cache_creation_tokens"),
    "output_tokens": ("output_tokens",),
    "cached_tokens": ("cache_read_tokens",),
    "finish_reason": ("stop_reason", "gen_ai.response.finish_reasons"),
    "tool_name": ("tool_name",),
    "tool_call_id": ("gen_ai.tool.call.id", "tool_use_id"),
    "tool_arguments": ("tool_input", f"event {RESULT_EVENT}"),
    "tool_result": (f"event {RESULT_EVENT}",),
    "input_messages": (PROMPT, CONTEXT),
    "output_messages": (ANSWER,),
    "system_prompt": ("user_system_prompt",),
    "session_id": ("session.id",),
    "user_id": ("user.id",),
}
TEXTS = ("error_type", "requested_model", "model", "response_id", "tool_name", "tool_call_id",
         "tool_arguments", "session_id", "user_id")  # fmt: skip
READERS = readers(SOURCES, {name: KINDS[name] for name in TEXTS})
OWN = frozenset({"interaction.sequence", PROMPT, CONTEXT, ANSWER, "llm_request.context", "cache_read_tokens",
                 "tool_use_id", "query_source"})  # fmt: skip


def recognises(signs: Signs) -> bool:
    """Return whether Claude Code made the span."""
    return signs.scope.startswith(SCOPE) or (KIND in signs.keys and not OWN.isdisjoint(signs.keys))


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span."""
    attributes = span.attributes
    operation = OPERATIONS.get(str(attributes.get(KIND)), "other")
    meanings = read(attributes, READERS)
    if operation in ("chat", "invoke_agent"):
        asked = _text(attributes, PROMPT) or _text(attributes, CONTEXT)
        answered = _text(attributes, ANSWER)
        reasons = [attributes.get("stop_reason")]
        meanings |= talk(_said(asked, "user"), _said(answered, "assistant"), reasons=reasons)
        if (system := _text(attributes, "user_system_prompt")) is not None:
            meanings["system_prompt"] = system
    if operation == "chat":
        meanings |= token_counts({of_api: attributes.get(name) for name, of_api in USAGE.items()})
    elif operation == "execute_tool":
        meanings |= _of_events(span, meanings)
    return meanings | {"operation": operation}


def _text(attributes: dict[str, Any], name: str) -> str | None:
    value = attributes.get(name)
    return value if isinstance(value, str) and value not in ("", REDACTED) else None


def _said(text: str | None, role: str) -> list[Message]:
    """Return a text as a message, whatever it looks like: an answer in JSON stays as it was written."""
    return [] if text is None else [{"role": role, "parts": [{"type": "text", "content": text}]}]


def _of_events(span: RawSpan, meanings: dict[str, Any]) -> dict[str, Any]:
    """Return what a tool was given and gave back, as its event says."""
    known: dict[str, Any] = {}
    for name, attributes in span.events:
        if name == RESULT_EVENT:
            given = attributes.get("input", attributes.get("tool_input"))
            back = attributes.get("output", attributes.get("content", attributes.get("result")))
            known = {"tool_arguments": json_text(parsed(given)), "tool_result": json_text(parsed(back))}
    return {name: value for name, value in known.items() if value is not None and name not in meanings}


PLUGIN = Dialect(
    title="Claude Code",
    precedence=44,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    lost={
        "input_messages": "with detailed tracing only",
        "output_messages": "with detailed tracing only",
        "tool_result": "if tool contents are asked for, up to 60 kB",
        "model": "the asked one only",
    },
)
