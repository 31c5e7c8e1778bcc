"""Reads the parts of a message, as the APIs of several providers write them, in one shape."""

from collections.abc import Callable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_text, as_written, first, parsed
from behavior_pipeline.spans.content.media import transcript_of

Part = dict[str, Any]
TOOL_RESULT_TYPES = frozenset(
    {"tool_call_response", "tool_result", "tool-result", "function_call_output", "tool_return", "tool-return"}
)
NAMES = ("name", "toolName", "tool_name")
CALL_IDS = ("call_id", "toolCallId", "tool_call_id", "toolUseId", "id")
RESULT_IDS = ("tool_use_id", "toolUseId", "toolCallId", "call_id", "tool_call_id", "id")
MEDIA = (
    "image_url",
    "image",
    "input_image",
    "input_audio",
    "audio",
    "file",
    "input_file",
    "document",
    "uri",
    "blob",
)
ARGUMENTS = ("arguments", "input", "args", "parameters")
RESULTS = ("response", "result", "output", "content")


def part_of(part: Mapping[str, Any]) -> Part | None:
    """Return a part in our shape; None where it holds nothing. Types that we do not know stay as they are."""
    if part.get("thought") is True and isinstance(part.get("text"), str):  # Gemini's summary of a thought
        return _reasoning(part)
    kind = part.get("type") if isinstance(part.get("type"), str) else part.get("kind")
    if isinstance(kind, str):
        reader = READERS.get(kind)
        return reader(part) if reader is not None else {**part, "type": kind}
    for key, reader in TYPELESS.items():
        if part.get(key) is not None:
            inner = part[key]
            return reader(inner if isinstance(inner, dict) else part)
    return {**part, "type": "unknown"} if part else None


def tool_call(call: Mapping[str, Any]) -> Part:
    """Return a call that a model asked for; arguments come as a JSON value or as its text."""
    plain = "arguments" in call and "call_id" not in call and "function" not in call
    if plain and type(call.get("name")) is str and type(call.get("id")) is str:
        arguments = _arguments(call["arguments"])
        return {"type": "tool_call", "id": call["id"], "name": call["name"], "arguments": arguments}
    inner = next(
        (call[key] for key in ("function", "tool_call", "custom") if isinstance(call.get(key), dict)), None
    )
    if inner is not None and "function" in inner:
        return tool_call(inner)
    named = call if inner is None else inner
    name = first(named, NAMES)
    number = first(call, CALL_IDS) or first(named, CALL_IDS)
    return {
        "type": "tool_call",
        "id": as_text(number),
        "name": as_text(name),
        "arguments": _arguments(next((named[key] for key in ARGUMENTS if named.get(key) is not None), None)),
    }


def _arguments(value: Any) -> Any:
    """Return the arguments; an empty text is what a streamed call without any has."""
    return {} if value == "" else parsed(value)


def tool_result(content: Any) -> Any:
    """Return a tool's result: of text blocks their text, else the value itself."""
    if isinstance(content, dict) and set(content) == {"type", "value"}:  # Vercel: {type: json | text, value}
        content = content["value"]
    if isinstance(content, list) and content and all(map(_is_block, content)):
        if len(content) == 1 and "json" in content[0]:  # Bedrock
            return content[0]["json"]
        return parsed("\n".join(str(first(part, ("text", "content")) or "") for part in content))
    return parsed(content)


def _is_block(part: Any) -> bool:
    return isinstance(part, dict) and (
        part.get("type") in ("text", "input_text") or set(part) in ({"text"}, {"json"})
    )


def _response(part: Mapping[str, Any]) -> Part | None:
    answer = next((part[key] for key in RESULTS if part.get(key) is not None), None)
    if answer is None:
        return None
    number = part["id"] if type(part.get("id")) is str else as_text(first(part, RESULT_IDS))
    return {"type": "tool_call_response", "id": number, "response": tool_result(answer)}


def _text(part: Mapping[str, Any]) -> Part | None:
    text = first(part, ("content", "text"))
    if isinstance(text, dict):
        text = text.get("value", text)
    if not isinstance(text, str) and text is not None:
        text = as_written(text)
    return {"type": "text", "content": text} if text else None


def _reasoning(part: Mapping[str, Any]) -> Part | None:
    thought = first(part, ("content", "thinking", "text", "reasoning", "reasoningText", "summary"))
    if isinstance(thought, list):
        thought = "\n".join(str(item.get("text") or "") for item in thought if isinstance(item, dict))
    elif isinstance(thought, dict):
        thought = thought.get("text")
    return {"type": "reasoning", "content": as_text(thought)} if thought else None


def _refusal(part: Mapping[str, Any]) -> Part | None:
    text = first(part, ("refusal", "content", "text"))
    return None if text is None else {"type": "refusal", "content": as_text(text)}


def _sound(part: Mapping[str, Any]) -> Part | None:
    """Return the transcript as text; sound without one stays what it is."""
    words = transcript_of(part)
    return {**part} if words is None else {"type": "text", "content": words}


READERS: dict[str, Callable[[Mapping[str, Any]], Part | None]] = {
    "text": _text, "input_text": _text, "output_text": _text,
    "reasoning": _reasoning, "thinking": _reasoning,
    "refusal": _refusal,
    "audio": _sound, "input_audio": _sound, "output_audio": _sound,
    "tool_call": tool_call, "tool_use": tool_call, "tool-call": tool_call, "function_call": tool_call,
    **dict.fromkeys(TOOL_RESULT_TYPES, _response),
}  # fmt: skip
# Gemini's and Bedrock's parts say by a key what they are.
TYPELESS: dict[str, Callable[[Mapping[str, Any]], Part | None]] = {
    "functionCall": tool_call, "function_call": tool_call, "toolUse": tool_call, "tool_call": tool_call,
    "functionResponse": _response, "function_response": _response, "toolResult": _response,
    "reasoningContent": _reasoning, "refusal": _refusal, "text": _text, "content": _text,
}  # fmt: skip


def blocks(text: Any) -> Any:
    """Return the content blocks that a JSON text holds; any other text stays, a model's JSON answer too."""
    if not isinstance(text, str) or not text.startswith("["):
        return text
    content = parsed(text)
    if not isinstance(content, list) or not content:
        return text
    return content if all(isinstance(part, dict) and _is_known(part) for part in content) else text


def _is_known(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    if isinstance(kind, str):
        return kind in READERS or kind in MEDIA
    return len(part) == 1 and next(iter(part)) in TYPELESS
