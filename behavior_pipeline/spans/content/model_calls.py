"""Reads requests and responses of models as products keep them whole, whichever API they belong to."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_list, as_text, json_text, lines, mapping, parsed
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.messages import Message, messages, parts, texts
from behavior_pipeline.spans.content.usage import token_counts

Meaning = dict[str, Any]
ASKED_UNDER = (
    "messages", "input", "prompt", "prompts", "contents", "chat_history", "inputs", "kwargs", "args",
    "question", "query", "user_input", "message", "request", "text",
)  # fmt: skip
ANSWERED_UNDER = (
    "output", "messages", "outputs", "response", "result", "answer", "content", "text", "completion",
    "message", "return_values",
)  # fmt: skip
SAID_UNDER = (
    "content", "kwargs", "data", "text", "parts", "tool_calls", "name", "output", "summary", "thinking",
    "refusal",
)  # fmt: skip
SYSTEM_UNDER = ("system", "instructions", "system_instruction", "systemInstruction", "system_prompt")
MODEL_UNDER = ("model", "model_name", "modelVersion", "model_id")
# What messages, and parts and items that may stand where messages do, call themselves.
MESSAGE_TYPES = frozenset(
    {
        "message",
        "constructor",
        "system",
        "user",
        "human",
        "assistant",
        "ai",
        "tool",
        "function",
        "developer",
        "humanmessage",
        "aimessage",
        "aimessagechunk",
        "systemmessage",
        "toolmessage",
        "functionmessage",
        "text",
        "input_text",
        "output_text",
        "reasoning",
        "thinking",
        "refusal",
        "tool_call",
        "tool_use",
        "function_call",
        "function_call_output",
        "tool_result",
    }
)
MAX_DEPTH = 6


def asked(value: Any) -> Meaning:
    """Return what a request to a model says: messages, system prompt, tools, schema and model."""
    request = parsed(value)
    held = request if isinstance(request, dict) else {}
    said = _messages(request, ASKED_UNDER, role="user") or []
    system = [texts({"parts": parts(parsed(held[name]))}, "text") for name in SYSTEM_UNDER if held.get(name)]
    system += [texts(message, "text") for message in said if message["role"] == "system"]
    return {
        "input_messages": json_text(said or None),
        "system_prompt": lines(*system),
        "tool_definitions": tool_definitions(held.get("tools") or held.get("functions")),
        "response_schema": response_schema(held),
        "requested_model": _text(held, *MODEL_UNDER),
    }


def answered(value: Any) -> Meaning:
    """Return what a model's response says: messages, reasoning, finish reason, model, id and tokens."""
    response = _first_of_batch(parsed(value))
    held = response if isinstance(response, dict) else {}
    said = _answer(response)
    reasons = [message.get("finish_reason") for message in said]
    reasons += [held.get("stop_reason"), held.get("finish_reason"), _response_status(held)]
    details = _details(held)
    return {
        "output_messages": json_text(said or None),
        "reasoning": lines(*(texts(message, "reasoning") for message in said)),
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None),
        "model": next((name for one in details if (name := _text(one, *MODEL_UNDER))), None),
        "response_id": _text(held, "id") if _is_response(held) else None,
        **_usage(details),
    }


def tool_definitions(value: Any) -> str | None:
    """Return tools as a JSON list of {name, description, parameters}, also from a map or JSON texts."""
    held = parsed(value)
    if isinstance(held, dict) and "name" not in held and "function" not in held:
        held = [{"name": name, **tool} for name, one in held.items() if isinstance(tool := parsed(one), dict)]
    tools = [tool for one in as_list(held) or [] if isinstance(tool := parsed(one), dict)]
    for number, tool in enumerate(tools):
        schema = tool.get("input_schema") or tool.get("inputSchema")
        if "function" not in tool and "parameters" not in tool and schema is not None:
            tools[number] = {**tool, "parameters": schema}
    return json_text(tools or None)


def response_schema(held: dict[str, Any]) -> str | None:
    """Return the JSON Schema that a request asks the answer to keep to."""
    wanted = parsed(held.get("response_format"))
    form = held["text"].get("format") if isinstance(held.get("text"), dict) else None
    for one in (wanted, form):
        if isinstance(one, dict):
            inner = one["json_schema"] if isinstance(one.get("json_schema"), dict) else one
            if isinstance(inner.get("schema"), dict):
                return json_text(inner["schema"])
    return None


def _messages(value: Any, names: tuple[str, ...], *, role: str, depth: int = 0) -> list[Message] | None:
    """Return the messages in a value, or in the first of its fields that holds some.

    Of a map without such fields the JSON text becomes one message, since losing it would be worse; where the
    fields are there and empty, or the map names a model, nothing was said.
    """
    value = _first_of_batch(value)
    if value in (None, "", [], {}) or depth > MAX_DEPTH:
        return None
    if isinstance(value, dict) and not _is_message(value):
        named = [name for name in names if name in value]
        inner = (_messages(parsed(value[name]), names, role=role, depth=depth + 1) for name in named)
        found = next(filter(None, inner), None)
        if found or named or any(name in value for name in MODEL_UNDER):
            return found
    elif isinstance(value, dict | str) or (
        isinstance(value, list) and all(isinstance(one, str) or _is_message(one) for one in value)
    ):
        return messages(value, role=role)
    return messages([{"role": role, "content": json_text(value)}], role=role)


def _first_of_batch(value: Any) -> Any:
    """Return the first conversation of a batch: LangChain sends lists of lists."""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], list) else value


def _is_message(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    if isinstance(item.get("role"), str) or isinstance(item.get("message"), dict):
        return True
    return str(item.get("type")).lower() in MESSAGE_TYPES and any(name in item for name in SAID_UNDER)


def _answer(response: Any) -> list[Message]:
    held = response if isinstance(response, dict) else {}
    if isinstance(held.get("choices"), list):
        said = [_choice(one) for one in held["choices"]]
    elif isinstance(held.get("generations"), list):
        said = [_generation(one) for one in _first_of_batch(held["generations"])]
    elif isinstance(held.get("candidates"), list):
        said = [_candidate(one) for one in held["candidates"]]
    else:
        return _last_turn(_messages(response, ANSWERED_UNDER, role="assistant") or [])
    return messages(said, role="assistant") or []


def _last_turn(said: list[Message]) -> list[Message]:
    """Return the end of a conversation that was kept whole: an agent's state holds the request, too."""
    whole = any(message["role"] in ("user", "system") for message in said)
    return said[-1:] if whole else said


def _choice(one: Any) -> Any:
    held = mapping(one)
    if isinstance(held.get("text"), str) and not mapping(held.get("message")):
        return {"role": "assistant", "content": held["text"], "finish_reason": held.get("finish_reason")}
    return one


def _generation(one: Any) -> Any:
    """Return the message of one of LangChain's generations; a completion has its text only."""
    held = one if isinstance(one, dict) else {}
    message = mapping(held.get("message")) or {"content": held.get("text")}
    inner = mapping(message.get("kwargs")) or message
    extra = mapping(inner.get("additional_kwargs"))
    sources = (held.get("generation_info"), inner.get("response_metadata"))
    why = [one.get("finish_reason") or one.get("stop_reason") for one in sources if isinstance(one, dict)]
    return {
        **inner, "role": "assistant", "refusal": inner.get("refusal") or extra.get("refusal"),
        "finish_reason": next(filter(None, why), None),
    }  # fmt: skip


def _candidate(one: Any) -> Any:
    held = one if isinstance(one, dict) else {}
    content = held["content"] if isinstance(held.get("content"), dict) else {"content": held.get("content")}
    return {
        "role": "assistant",
        **content,
        "finish_reason": held.get("finishReason") or held.get("finish_reason"),
    }


def _response_status(held: dict[str, Any]) -> str | None:
    """Return why an answer of the responses API ended; `completed` with calls waits for their results."""
    if not isinstance(held.get("output"), list):
        return None
    cut = held.get("incomplete_details")
    if isinstance(cut, dict) and isinstance(cut.get("reason"), str):
        return str(cut["reason"])
    called = any(isinstance(one, dict) and one.get("type") == "function_call" for one in held["output"])
    return "tool_calls" if called and held.get("status") == "completed" else _text(held, "status")


def _is_response(held: dict[str, Any]) -> bool:
    return any(name in held for name in ("choices", "output", "stop_reason", "candidates"))


def _details(held: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the maps that may hold a response's model and usage, its own fields first."""
    found = [held, held.get("llm_output"), held.get("response_metadata")]
    generations = held.get("generations")
    for one in _first_of_batch(generations) if isinstance(generations, list) else [held]:
        message = mapping(mapping(one).get("message")) or held
        inner = mapping(message.get("kwargs")) or message
        found += [inner, inner.get("response_metadata")]
    return [one for one in found if isinstance(one, dict)]


def _usage(details: list[dict[str, Any]]) -> dict[str, int | None]:
    names = ("usage", "usage_metadata", "usageMetadata", "token_usage")
    found = (token_counts(one[name]) for one in details for name in names if name in one)
    return next((counts for counts in found if any(counts.values())), token_counts(None))


def _text(held: dict[str, Any], *names: str) -> str | None:
    return next(
        (as_text(held[name]) for name in names if isinstance(held.get(name), str) and held[name]), None
    )
