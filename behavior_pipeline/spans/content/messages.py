"""Messages of every convention in one shape: {role, parts}, as OpenTelemetry's GenAI conventions have them.

Parts are {type: text | reasoning | refusal, content}, {type: tool_call, id, name, arguments} with a JSON
value as arguments, and {type: tool_call_response, id, response}; parts of other types stay as they are.
Parts that hold nothing are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from behavior_pipeline.dumps.attributes import as_written, first, json_text, lines, parsed
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.media import transcript_of
from behavior_pipeline.spans.content.message_parts import (
    TOOL_RESULT_TYPES,
    TYPELESS,
    Part,
    part_of,
    tool_call,
    tool_result,
)
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json

Message = dict[str, Any]
ROLES = {
    "human": "user", "humanmessage": "user", "humanmessagechunk": "user",
    "ai": "assistant", "aimessage": "assistant", "aimessagechunk": "assistant", "bot": "assistant",
    "model": "assistant", "chatbot": "assistant",
    "systemmessage": "system", "systemmessagechunk": "system", "developer": "system",
    "toolmessage": "tool", "toolmessagechunk": "tool", "function": "tool", "functionmessage": "tool",
}  # fmt: skip
OWN_ROLES = frozenset({"system", "user", "assistant", "tool"})
# Items of OpenAI's responses API: several of them are one message.
PART_KEYS = frozenset({"type", "kind", *TYPELESS})
RESPONSE_ITEMS = frozenset({"message", "reasoning", "function_call"})
STOPS = ("finish_reason", "finishReason", "stop_reason", "stopReason")
REASONING = ("reasoning_content", "reasoning", "thinking")


def messages(value: Any, *, role: str) -> list[Message] | None:
    """Return the messages with parts in the one shape of ours; `role` is that of what names none.

    Known are the GenAI conventions' own, and those of the APIs of OpenAI (chat and responses), Anthropic,
    Gemini, Bedrock, Vercel and LangChain. A text that is not JSON is one message, since losing it would be
    worse.
    """
    return [one for one in read_messages(value, role=role) if one["parts"]] or None


def read_messages(value: Any, *, role: str) -> list[Message]:
    """Return all messages, those too that hold nothing but why the model stopped."""
    items = parsed(value)
    if isinstance(items, str) and (left := _left_of(items)) is not None:
        left_turns = read_messages(left, role=role) or [{"role": role, "parts": []}]
        left_turns[-1]["parts"].append(dict(TRUNCATED))
        return left_turns
    if isinstance(items, dict) and isinstance(items.get("messages"), list):
        items = items["messages"]
    if not isinstance(items, list):
        items = [] if items is None else [items if isinstance(items, dict) else value]
    turns: list[Message] = []
    in_response = False
    for item in items:
        if isinstance(item, list):  # LangChain: a list of prompts, each a list
            turns += [message(one, role=role) for one in item]
            continue
        one = message(item, role=role)
        was_in_response, in_response = in_response, _is_response_item(item)
        if was_in_response and in_response and turns[-1]["role"] == one["role"] == "assistant":
            turns[-1]["parts"] += one["parts"]
        else:
            turns.append(one)
    return turns


def _left_of(text: str) -> Any:
    """Return the messages that are left of a text that was cut; None where it does not begin with any."""
    left = cut_json(text)
    several = left.get("messages") if isinstance(left, dict) else left
    first_one = several[0] if isinstance(several, list) and several else several
    return left if isinstance(first_one, dict) and _role(first_one) is not None else None


def _is_response_item(item: Any) -> bool:
    return isinstance(item, dict) and "type" in item and _is_one_of(item["type"], RESPONSE_ITEMS)


class _Text(msgspec.Struct, tag="text", gc=False, forbid_unknown_fields=True):
    content: str


class _Plain(msgspec.Struct, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    role: Literal["user", "assistant", "system"]
    parts: list[_Text]
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "error"] | None = None
    name: None = None


_plain = msgspec.json.Decoder(list[_Plain])
_texts = msgspec.json.Decoder(list[_Text])


class ReadMessages(NamedTuple):
    """What a message attribute holds: its messages as JSON text, and what stands in columns of its own."""

    text: str | None = None
    system: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None


NOTHING = ReadMessages()


def read_attribute(value: Any, *, role: str) -> ReadMessages:
    """Return what a message attribute of any known shape holds.

    Most are JSON texts that have our shape already and hold texts only: these stay as they are, which is ten
    times as fast as reading them by what they might be.
    """
    if value is None:
        return NOTHING
    ours = _canonical(value) if isinstance(value, str) else None
    if ours is None:
        return sum_up(read_messages(value, role=role))
    system, why = [], None
    for one in ours:
        if one.role == "system":
            system += [part.content for part in one.parts]
        why = why or one.finish_reason
    return ReadMessages(value, "\n".join(system) or None, None, why)


def sum_up(turns: Sequence[Message]) -> ReadMessages:
    """Return what messages hold; of those without parts only why the model stopped."""
    return ReadMessages(
        json_text([one for one in turns if one["parts"]] or None),
        lines(*(texts(one, "text") for one in turns if one["role"] == "system")),
        lines(*(texts(one, "reasoning") for one in turns)),
        next((one["finish_reason"] for one in turns if "finish_reason" in one), None),
    )


def _canonical(text: str) -> list[_Plain] | None:
    try:
        plain = _plain.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    for one in plain:  # empty messages and parts are left out, so these texts cannot stay as they are
        if not one.parts or not all(part.content for part in one.parts):
            return None
    return plain or None


def instructions(value: Any) -> str | None:
    """Return the text of system instructions: a list of parts, or a text."""
    try:
        return lines(*(part.content for part in _texts.decode(value)))
    except (msgspec.MsgspecError, UnicodeError, TypeError):
        given = parsed(value)
        left = cut_json(given) if isinstance(given, str) else None
        return texts({"parts": parts(given if left is None else left)}, "text") or None


def message(item: Any, *, role: str) -> Message:
    """Return one message in our shape."""
    if not isinstance(item, dict):
        return {"role": role, "parts": parts(item)}
    if type(item.get("parts")) is not list:
        item = _unwrapped(item)
    if "parts" in item:
        speaker, stop = _role(item) or role, item.get("finish_reason")
        contents = _beside_parts(item, parts(item["parts"]), speaker)
    elif "role" not in item and _is_one_of(item.get("type"), PART_TYPES_ALONE):
        return _bare_part(item, role)
    else:
        speaker = _role(item) or role
        contents, stop = _parts_of_api(item, speaker), _stop(item)
    if speaker == "user" and contents and all(part["type"] == "tool_call_response" for part in contents):
        speaker = "tool"  # Anthropic sends tool results as the user's
    turn: Message = {"role": speaker, "parts": contents}
    if stop is not None and (why := finish_reason(stop)) is not None:
        turn["finish_reason"] = why
    return turn


def _beside_parts(item: dict[str, Any], contents: list[Part], role: str) -> list[Part]:
    """Return the parts with what LiteLLM writes beside them: calls of tools, and whose result a text is."""
    if "tool_calls" in item:
        known = {part.get("id") for part in contents if part["type"] == "tool_call"}
        calls = [tool_call(call) for call in _calls(item)]
        return contents + [call for call in calls if call["id"] is None or call["id"] not in known]
    number = item.get("tool_call_id")
    if role == "tool" and isinstance(number, str) and all(part["type"] == "text" for part in contents):
        result = tool_result([{"type": "text", "text": part["content"]} for part in contents])
        return [{"type": "tool_call_response", "id": number, "response": result}] if contents else []
    return contents


def _is_one_of(value: Any, words: frozenset[str]) -> bool:
    return isinstance(value, str) and value in words


def _unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """Return the message inside of a choice, a candidate, a generation or LangChain's constructors."""
    for key in ("message", "content"):
        inner = item.get(key)
        if isinstance(inner, dict) and (key == "message" or "parts" in inner):
            return _unwrapped({"finish_reason": _stop(item), **inner})
    if item.get("lc") is not None and isinstance(item.get("kwargs"), dict):
        name = item["id"][-1] if isinstance(item.get("id"), list) and item["id"] else None
        return {"role": name, "finish_reason": _stop(item), **item["kwargs"]}
    if isinstance(item.get("data"), dict) and isinstance(item.get("type"), str):
        return {"role": item["type"], **item["data"]}
    return item


def _stop(item: Mapping[str, Any]) -> Any:
    """Return why the model stopped, where any API or framework keeps it beside a message."""
    for holder in (item, item.get("generation_info"), item.get("response_metadata")):
        if isinstance(holder, Mapping) and (why := first(holder, STOPS)) is not None:
            return why
    return None


def _role(item: Mapping[str, Any]) -> str | None:
    named = item.get("role")
    if isinstance(named, str):
        return named if named in OWN_ROLES else ROLES.get(named.lower(), named.lower())
    kind = item.get("type")
    if not isinstance(kind, str):
        return None
    word = ROLES.get(kind.lower(), kind.lower())
    return word if word in OWN_ROLES else None


def _parts_of_api(item: dict[str, Any], role: str) -> list[Part]:
    """Return the parts of an API's message: content, refusal, reasoning and tool calls beside each other."""
    content = item.get("content") if item.get("content") is not None else item.get("text")
    if role == "tool" and not _holds_results(content):
        if content is None:
            return []
        number = first(item, ("tool_call_id", "toolCallId", "id"))
        return [{"type": "tool_call_response", "id": number, "response": tool_result(content)}]
    contents = [{"type": "reasoning", "content": text} for text in map(item.get, REASONING) if _is_text(text)]
    contents += parts(as_written(content) if _is_structured(content) else content)
    if isinstance(item.get("audio"), dict) and (words := transcript_of(item["audio"])) is not None:
        contents.append({"type": "text", "content": words})
    refusals = (holder.get("refusal") for holder in _holders(item))
    contents += [{"type": "refusal", "content": text} for text in refusals if _is_text(text)][:1]
    known = {part.get("id") for part in contents if part["type"] == "tool_call"}
    calls = [tool_call(call) for call in _calls(item)]
    return contents + [call for call in calls if call["id"] is None or call["id"] not in known]


def _is_structured(content: Any) -> bool:
    """Return whether a content is an object that is no part: an answer in a form that was asked for."""
    return isinstance(content, dict) and not PART_KEYS & content.keys() and bool(content)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _holders(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a message and LangChain's part of it where it keeps what it has no name for."""
    extra = item.get("additional_kwargs")
    return [item, *([extra] if isinstance(extra, dict) else [])]


def _calls(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    holders = _holders(item)
    for holder in holders:
        calls = holder.get("tool_calls") or holder.get("toolCalls")
        wanted = [call for call in (calls if isinstance(calls, list) else []) if isinstance(call, dict)]
        if wanted:
            return wanted
    return [holder["function_call"] for holder in holders if isinstance(holder.get("function_call"), dict)][
        :1
    ]


def _holds_results(content: Any) -> bool:
    return isinstance(content, list) and any(
        isinstance(part, dict) and (_is_one_of(part.get("type"), TOOL_RESULT_TYPES) or "toolResult" in part)
        for part in content
    )


PART_TYPES_ALONE = frozenset(
    {"text", "input_text", "output_text", "reasoning", "refusal", "tool_call", "tool_use", "tool-call",
     "function_call", *TOOL_RESULT_TYPES}
)  # fmt: skip


def _bare_part(item: dict[str, Any], role: str) -> Message:
    """Return a part that stands where a message should: an item of the responses API, or a block."""
    alone = parts([item])
    kind = alone[0]["type"] if alone else ""
    if kind == "tool_call_response":
        return {"role": "tool", "parts": alone}
    return {"role": "assistant" if kind in ("tool_call", "reasoning") else role, "parts": alone}


def parts(value: Any) -> list[Part]:
    """Return message parts with their type; a bare text is a text part, an empty one is none."""
    kept: list[Part] = []
    for part in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(part, dict):
            content = part.get("content")
            if part.get("type") == "text" and isinstance(content, str):
                if content:
                    kept.append({"type": "text", "content": content})
            elif (one := part_of(part)) is not None:
                kept.append(one)
        elif isinstance(part, str) and part:
            kept.append({"type": "text", "content": part})
    return kept


def texts(turn: Mapping[str, Any], *kinds: str) -> str:
    """Return the text of a message's parts of these types, joined by line ends."""
    contents = [part.get("content") for part in turn["parts"] if part["type"] in kinds]
    return "\n".join(text for text in contents if isinstance(text, str))
