"""Messages of every convention in one shape: {role, parts}, as OpenTelemetry's GenAI conventions have them.

Parts are {type: text | reasoning | refusal, content}, {type: tool_call, id, name, arguments} with a JSON
value as arguments, and {type: tool_call_response, id, response}; parts of other types stay as they are.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec

from behavior_pipeline.traces.attributes import json_text, lines, parsed
from behavior_pipeline.traces.finish_reasons import finish_reason

Message = dict[str, Any]
Part = dict[str, Any]
ROLES = {
    "human": "user", "humanmessage": "user", "ai": "assistant", "aimessage": "assistant",
    "model": "assistant",
    "aimessagechunk": "assistant", "bot": "assistant", "systemmessage": "system", "developer": "system",
    "toolmessage": "tool", "function": "tool", "functionmessage": "tool",
}  # fmt: skip
TOOL_RESULT_TYPES = frozenset(
    {"tool_call_response", "tool_result", "tool-result", "function_call_output", "tool_return"}
)


def messages(value: Any, *, role: str) -> list[Message] | None:
    """Return messages of any known shape in the one of ours; `role` is that of what names none.

    Known are the GenAI conventions' own, and those of the APIs of OpenAI (chat and responses), Anthropic,
    Vercel and LangChain. A message attribute that is not JSON is kept as one text part, since losing it would
    be worse.
    """
    value = parsed(value)
    if value is None or value == []:
        return None
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    found = [message(item, role=role) for item in (value if isinstance(value, list) else [value])]
    return [one for one in found if one["parts"]] or None


class _Text(msgspec.Struct, tag="text", gc=False, forbid_unknown_fields=True):
    content: str


class _Plain(msgspec.Struct, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    role: Literal["user", "assistant", "system"]
    parts: list[_Text]
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "error"] | None = None


_plain = msgspec.json.Decoder(list[_Plain])
_texts = msgspec.json.Decoder(list[_Text])


class Said(NamedTuple):
    """What a message attribute holds: its messages as JSON text, and what stands in columns of its own."""

    text: str | None = None
    system: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None


def said(value: Any, *, role: str) -> Said:
    """Return what a message attribute of any known shape holds.

    Most are JSON texts that have our shape already and hold texts only: these stay as they are, which is ten
    times as fast as reading them by what they might be.
    """
    ours = _canonical(value) if isinstance(value, str) else None
    if ours is not None:
        system = [part.content for one in ours if one.role == "system" for part in one.parts]
        return Said(
            value, lines(*system), None, next((o.finish_reason for o in ours if o.finish_reason), None)
        )
    held = messages(value, role=role) or []
    return Said(
        json_text(held or None),
        lines(*(texts(one, "text") for one in held if one["role"] == "system")),
        lines(*(texts(one, "reasoning") for one in held)),
        next((one["finish_reason"] for one in held if one.get("finish_reason")), None),
    )


def _canonical(text: str) -> list[_Plain] | None:
    try:
        held = _plain.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    if not held or not all(one.parts and all(part.content for part in one.parts) for one in held):
        return None  # empty messages and parts are left out
    return held


def instructions(value: Any) -> str | None:
    """Return the text of system instructions: a list of parts, or a text."""
    try:
        return lines(*(part.content for part in _texts.decode(value)))
    except (msgspec.MsgspecError, UnicodeError, TypeError):
        return texts({"parts": parts(parsed(value))}, "text") or None


def message(item: Any, *, role: str) -> Message:
    """Return one message in our shape."""
    if not isinstance(item, dict):
        return {"role": role, "parts": parts(item)}
    item = _unwrapped(item)
    if item.get("type") in PART_READERS and "role" not in item and "parts" not in item:
        return _bare_part(item, role)
    own = _role(item) or role
    held = parts(item["parts"]) if "parts" in item else _held(item, own)
    if own == "user" and held and all(part["type"] == "tool_call_response" for part in held):
        own = "tool"  # Anthropic sends tool results as the user's
    found: Message = {"role": own, "parts": held}
    if (why := finish_reason(item.get("finish_reason") or item.get("finishReason"))) is not None:
        found["finish_reason"] = why
    return found


def _unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """Return the message inside of a choice ({message: ...}) or of LangChain's serialised constructor."""
    inner = item.get("message")
    if isinstance(inner, dict):
        return {"finish_reason": item.get("finish_reason"), **inner}
    if item.get("lc") is not None and isinstance(item.get("kwargs"), dict):
        name = item["id"][-1] if isinstance(item.get("id"), list) and item["id"] else None
        return {"role": name, **item["kwargs"]}
    if isinstance(item.get("data"), dict) and isinstance(item.get("type"), str):
        return {"role": item["type"], **item["data"]}
    return item


def _role(item: dict[str, Any]) -> str | None:
    named = item.get("role")
    if not isinstance(named, str):
        named = (
            item.get("type") if str(item.get("type")).lower() in {*ROLES, "system", "user", "tool"} else None
        )
    return None if not isinstance(named, str) else ROLES.get(named.lower(), named.lower())


def _held(item: dict[str, Any], role: str) -> list[Part]:
    """Return the parts of an API's message: content, refusal, reasoning and tool calls beside each other."""
    if role == "tool" and not _holds_results(item.get("content")):
        number = item.get("tool_call_id") or item.get("toolCallId") or item.get("id")
        return [{"type": "tool_call_response", "id": number, "response": _result(item.get("content"))}]
    extra = item.get("additional_kwargs") if isinstance(item.get("additional_kwargs"), dict) else {}
    found = [
        {"type": "reasoning", "content": text}
        for text in (item.get("reasoning_content"), item.get("reasoning"), item.get("thinking"))
        if isinstance(text, str) and text
    ]
    found += parts(item.get("content"))
    if isinstance(item.get("refusal"), str) and item["refusal"]:
        found.append({"type": "refusal", "content": item["refusal"]})
    calls = item.get("tool_calls") or item.get("toolCalls") or (extra or {}).get("tool_calls")
    found += [
        tool_call(call) for call in (calls if isinstance(calls, list) else []) if isinstance(call, dict)
    ]
    if isinstance(item.get("function_call"), dict):
        found.append(tool_call(item["function_call"]))
    return found


def _holds_results(content: Any) -> bool:
    return isinstance(content, list) and any(
        isinstance(part, dict) and part.get("type") in TOOL_RESULT_TYPES for part in content
    )


def _result(content: Any) -> Any:
    """Return a tool's result: of text blocks their text, else the value itself."""
    held = content if isinstance(content, list) else None
    if held and all(isinstance(part, dict) and part.get("type") == "text" for part in held):
        return parsed("\n".join(str(part.get("text") or part.get("content") or "") for part in held))
    return parsed(content)


def _bare_part(item: dict[str, Any], role: str) -> Message:
    """Return a part that stands where a message should: an item of the responses API, or a block."""
    (part,) = parts([item])
    if part["type"] == "tool_call_response":
        return {"role": "tool", "parts": [part]}
    return {"role": "assistant" if part["type"] in ("tool_call", "reasoning") else role, "parts": [part]}


def parts(value: Any) -> list[Part]:
    """Return message parts with their type; a bare text is a text part, an empty one is none."""
    found: list[Part] = []
    for part in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(part, str):
            found += [{"type": "text", "content": part}] if part else []
        elif isinstance(part, dict):
            kind = part.get("type")
            reader = PART_READERS.get(kind) if isinstance(kind, str) else None
            if reader is not None:
                found.append(reader(part))
            elif not isinstance(kind, str) and isinstance(part.get("text"), str):
                found.append({"type": "text", "content": part["text"]})
            else:
                found.append({**part, "type": kind if isinstance(kind, str) else "text"})
    return found


def tool_call(call: dict[str, Any]) -> Part:
    """Return a call that a model asked for; arguments come as a JSON value or as its text."""
    inner = call.get("function")
    held = inner if isinstance(inner, dict) else call
    name = next(
        (held[key] for key in ("name", "toolName", "tool_name") if isinstance(held.get(key), str)), None
    )
    number = next(
        (
            call[key]
            for key in ("call_id", "toolCallId", "tool_call_id", "id")
            if isinstance(call.get(key), str)
        ),
        None,
    )
    arguments = next((held[key] for key in ("arguments", "input", "args", "parameters") if key in held), None)
    return {"type": "tool_call", "id": number, "name": name, "arguments": parsed(arguments)}


def _text(part: Part) -> Part:
    said = part.get("content") if part.get("content") is not None else part.get("text")
    return {"type": "text", "content": said}


def _reasoning(part: Part) -> Part:
    said = next(
        (part[key] for key in ("content", "thinking", "text", "reasoning", "summary") if part.get(key)), None
    )
    if isinstance(said, list):
        said = "\n".join(str(item.get("text") or "") for item in said if isinstance(item, dict))
    return {"type": "reasoning", "content": said}


def _refusal(part: Part) -> Part:
    return {"type": "refusal", "content": part.get("refusal") or part.get("content") or part.get("text")}


def _response(part: Part) -> Part:
    number = next(
        (
            part[key]
            for key in ("tool_use_id", "toolCallId", "call_id", "tool_call_id", "id")
            if part.get(key)
        ),
        None,
    )
    keys = ("response", "result", "output", "content")
    answer = next((part[key] for key in keys if part.get(key) is not None), None)
    if isinstance(answer, dict) and set(answer) == {"type", "value"}:  # Vercel: {type: json | text, value}
        answer = answer["value"]
    return {"type": "tool_call_response", "id": number, "response": _result(answer)}


PART_READERS: dict[str, Callable[[Part], Part]] = {
    "text": _text, "input_text": _text, "output_text": _text,
    "reasoning": _reasoning, "thinking": _reasoning,
    "refusal": _refusal,
    "tool_call": tool_call, "tool_use": tool_call, "tool-call": tool_call, "function_call": tool_call,
    **dict.fromkeys(TOOL_RESULT_TYPES, _response),
}  # fmt: skip


def texts(held: Message, *kinds: str) -> str:
    """Return the text of a message's parts of these types, joined by line ends."""
    said = [part.get("content") for part in held["parts"] if part["type"] in kinds]
    return "\n".join(text for text in said if isinstance(text, str))
