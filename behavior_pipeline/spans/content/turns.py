"""Finds what was said: the one reader of what went into a model or application and of what came out.

An API's body is a map of known fields, products keep bodies of any API, whole or wrapped, and applications
anything at all. All are searched alike for messages. A text is a text: an answer in JSON stays as it was
written, and only structure is looked into.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import as_written, mapping, parsed
from behavior_pipeline.spans.content.messages import Message, messages, parts, read_messages, texts
from behavior_pipeline.spans.content.streams import joined
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json

# Where each thing stands, the likeliest first. An application names its own question before the prompt that
# it made of it.
REQUEST_KEYS = (
    "messages", "input", "question", "query", "user_input", "user_message", "prompt", "prompts", "contents",
    "chat_history", "inputs", "kwargs", "args", "message", "request", "text", "content",
)  # fmt: skip
RESPONSE_KEYS = (
    "output", "answer", "messages", "outputs", "response", "result", "final_output", "output_text", "content",
    "text", "completion", "message", "return_values", "combined_chunk_content",
)  # fmt: skip
CHOICES = ("choices", "generations", "candidates")
PARSED = ("parsed", "output_parsed")  # structured output beside an answer
SYSTEM_KEYS = ("system", "instructions", "system_instruction", "systemInstruction", "system_prompt")
MODEL_KEYS = ("model", "model_name", "modelVersion", "model_version", "model_id")
# What messages, and parts and items that may stand where messages do, call themselves, and what they hold.
MESSAGE_TYPES = frozenset(
    {
        "message", "constructor", "system", "user", "human", "assistant", "ai", "tool", "function",
        "developer", "humanmessage", "aimessage", "aimessagechunk", "systemmessage", "toolmessage",
        "functionmessage", "text", "input_text", "output_text", "reasoning", "thinking", "refusal",
        "tool_call", "tool_use", "function_call", "function_call_output", "tool_result",
    }
)  # fmt: skip
MESSAGE_KEYS = (
    "content", "kwargs", "data", "text", "parts", "tool_calls", "name", "output", "summary", "thinking",
    "refusal",
)  # fmt: skip
MAX_DEPTH = 6


def questions(value: Any) -> list[Message]:
    """Return what was asked: the messages of a request, or an application's text."""
    return _found(value, REQUEST_KEYS, "user") or []


def answers(value: Any) -> list[Message]:
    """Return what came back; of a conversation that was kept whole, what follows its last question."""
    turns = _found(value, RESPONSE_KEYS, "assistant") or []
    if not any(one["role"] in ("user", "system") for one in turns):
        return turns
    last = max(number for number, one in enumerate(turns) if one["role"] != "assistant")
    return turns[last + 1 :]


def instructions_of(body: Mapping[str, Any]) -> list[Message]:
    """Return the instructions that an API's request holds beside its messages."""
    given = next((body[name] for name in SYSTEM_KEYS if body.get(name)), None)
    if given is None:
        return []
    if isinstance(given, dict) and "parts" in given:
        return read_messages([{**given, "role": "system"}], role="system")
    content = parsed(given) if isinstance(given, str) and given.startswith("[{") else given
    turn: Message = {"role": "system", "parts": parts(content)}
    return [turn] if texts(turn, "text") else []


def _found(value: Any, keys: Sequence[str], role: str, *, depth: int = 0) -> list[Message] | None:
    """Return the messages in a value, or in the first of its fields that holds some.

    What has no such fields becomes one message, since losing it would be worse; where the fields are there
    and empty, or a map names a model, nothing was said.
    """
    if isinstance(value, str):
        return _of_text(value, keys, role, depth=depth)
    value = the_one(value)
    if value in (None, "", [], {}) or depth > MAX_DEPTH:
        return None
    if isinstance(value, dict) and role == "assistant" and (chosen := _chosen(value)) is not None:
        return chosen
    if isinstance(value, dict) and not stands_for_message(value):
        named = [key for key in keys if key in value]
        inner = (_found(value[key], keys, role, depth=depth + 1) for key in named)
        within = next(filter(None, inner), None) or _structured(value)
        if within or named or any(key in value for key in MODEL_KEYS):
            return within
    elif isinstance(value, dict) or (
        isinstance(value, list) and all(isinstance(one, str) or stands_for_message(one) for one in value)
    ):
        return messages(value, role=role)
    written = as_written(value)
    return [_text(written, role)] if written else None


def _of_text(value: str, keys: Sequence[str], role: str, *, depth: int) -> list[Message] | None:
    """Return the messages that a JSON text holds, else the text itself, to the byte.

    A text inside of a body is what was said, unless it is a body itself or a list of messages.
    """
    if not value:
        return None
    given = parsed(value) if value.lstrip().startswith(("{", "[")) else value
    if isinstance(given, dict | list) and depth <= MAX_DEPTH:
        if given in ({}, []):
            return None if depth == 0 else [_text(value, role)]
        if _is_body(given, keys, depth=depth):
            return _found(given, keys, role, depth=depth + 1)
    elif (left := cut_json(value)) is not None and _is_body(left, keys, depth=depth):
        turns = _found(left, keys, role, depth=depth + 1) or [_text("", role)]
        turns[-1]["parts"].append(dict(TRUNCATED))
        return turns
    return [_text(value, role)]


def _is_body(value: Any, keys: Sequence[str], *, depth: int) -> bool:
    """Return whether the value of a JSON text is searched; inside of a body only what has messages is."""
    items = value if isinstance(value, list) else [value]
    items = items[0] if items and isinstance(items[0], list) else items
    if any(stands_for_message(one) or _is_api_body(one) for one in items):
        return True
    return depth == 0 and isinstance(value, dict) and any(key in value for key in keys)


def _is_api_body(value: Any) -> bool:
    fields = mapping(value)
    lists = any(isinstance(fields.get(name), list) for name in (*CHOICES, "messages", "contents"))
    output = fields.get("output")  # of the responses API, of Bedrock
    items = output if isinstance(output, list) else [output]
    talks = lists or fields.get("object") == "response" or any(map(stands_for_message, items))
    return talks or any(name in fields for name in MODEL_KEYS)


def the_one(value: Any) -> Any:
    """Return the first of a batch (LangChain's lists of lists), a list's only response, a stream's answer."""
    if not isinstance(value, list) or not value:
        return value
    if isinstance(value[0], list):
        return value[0]
    if (answer := joined(value)) is not None:
        return answer
    alone = mapping(value[0]) if len(value) == 1 else {}
    return alone if _is_api_body(alone) and not stands_for_message(alone) else value


def stands_for_message(item: Any) -> bool:
    """Return whether a value is a message of any API, a part or an item that may stand where one does."""
    if not isinstance(item, dict):
        return False
    if isinstance(item.get("role"), str) or isinstance(item.get("message"), dict):
        return True
    return str(item.get("type")).lower() in MESSAGE_TYPES and any(key in item for key in MESSAGE_KEYS)


def _chosen(response: Mapping[str, Any]) -> list[Message] | None:
    for key in CHOICES:
        if isinstance(response.get(key), list):
            listed = response[key]
            several = listed[0] if listed and isinstance(listed[0], list) else listed
            return messages([_opened(one, of=key) for one in several], role="assistant") or []
    return None


def _opened(answer: Any, *, of: str) -> Any:
    """Return one of several answers without what Gemini or LangChain's constructors put around a message.

    An empty message hides no text beside it, and a generation is the model's whatever it is called.
    """
    item = mapping(answer)
    if isinstance(item.get("content"), dict):
        stop = item.get("finishReason") or item.get("finish_reason")
        return {"role": "assistant", **item["content"], "finish_reason": stop}
    inner = mapping(item.get("message"))
    inner = mapping(inner.get("kwargs")) or inner
    if not inner:
        beside = {name: value for name, value in item.items() if name != "message"}
        return beside if isinstance(item.get("text"), str) else answer
    if inner.get("content") in (None, "") and (structured := _structured(inner)):
        inner = {**inner, "content": structured[0]["parts"][0]["content"]}
    return {**item, "message": {**inner, "role": "assistant"} if of == "generations" else inner}


def _structured(body: Mapping[str, Any]) -> list[Message] | None:
    """Return structured output that stands where no text of the answer does."""
    output = next((body[name] for name in PARSED if isinstance(body.get(name), dict | list)), None)
    return None if not output else [_text(as_written(output), "assistant")]


def _text(content: str, role: str) -> Message:
    return {"role": role, "parts": [{"type": "text", "content": content}] if content else []}
