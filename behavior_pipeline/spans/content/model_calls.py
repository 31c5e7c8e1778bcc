"""Reads what went into a model and what came out: bodies of APIs, as products keep them, as applications do.

An API's body is a map of known fields. Products keep bodies of any API, whole or wrapped, and applications
anything at all; both are searched for what looks like messages.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import (
    as_count,
    as_list,
    as_object,
    as_text,
    first,
    json_text,
    lines,
    mapping,
    parsed,
)  # fmt: skip
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.messages import (
    Message,
    is_conversation,
    is_message,
    messages,
    parts,
    read_messages,
    texts,
)  # fmt: skip
from behavior_pipeline.spans.content.usage import INPUT, OUTPUT, token_counts
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json

Meaning = dict[str, Any]
# Where each thing stands, the likeliest first. Messages of APIs, then what frameworks wrap around them.
REQUEST_KEYS = ("messages", "input", "contents", "prompt")
RESPONSE_KEYS = ("choices", "output", "candidates", "generations", "message")
KEPT_REQUEST_KEYS = (
    "messages", "input", "prompt", "prompts", "contents", "chat_history", "inputs", "kwargs", "args",
    "question", "query", "user_input", "message", "request", "text",
)  # fmt: skip
KEPT_RESPONSE_KEYS = (
    "output", "messages", "outputs", "response", "result", "answer", "content", "text", "completion",
    "message", "return_values",
)  # fmt: skip
# An application names its own question before the prompt that it made of it.
APPLICATION_REQUEST_KEYS = (
    "input", "question", "query", "prompt", "user_input", "user_message", "message", "text", "content",
)  # fmt: skip
APPLICATION_RESPONSE_KEYS = (
    "output", "answer", "response", "result", "final_output", "output_text", "text", "content", "message",
)  # fmt: skip
SYSTEM_KEYS = ("system", "instructions", "system_instruction", "systemInstruction", "system_prompt")
TOOL_KEYS = ("tools", "functions")
SCHEMA_KEYS = ("response_format", "text", "output_config", "response_schema")
MODEL_KEYS = ("model", "model_name", "modelVersion", "model_version", "model_id")
USAGE_KEYS = ("usage", "usage_metadata", "usageMetadata", "token_usage")
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


def read_request(value: Any) -> Meaning:
    """Return what a kept request says: messages, system prompt, tools, schema and model."""
    request = parsed(value)
    body = request if isinstance(request, dict) else {}
    asked = _search(request, KEPT_REQUEST_KEYS, role="user") or []
    system = [texts({"parts": parts(parsed(body[name]))}, "text") for name in SYSTEM_KEYS if body.get(name)]
    system += [texts(message, "text") for message in asked if message["role"] == "system"]
    return {
        "input_messages": json_text(asked or None),
        "system_prompt": lines(*system),
        "tool_definitions": tool_definitions(body.get("tools") or body.get("functions")),
        "response_schema": response_schema(body),
        "requested_model": _text(body, *MODEL_KEYS),
    }


def read_response(value: Any) -> Meaning:
    """Return what a kept response says: messages, reasoning, finish reason, model, id and tokens."""
    response = _first_of_batch(parsed(value))
    body = response if isinstance(response, dict) else {}
    answers = _answers(response)
    reasons = [message.get("finish_reason") for message in answers]
    reasons += [body.get("stop_reason"), body.get("finish_reason"), _response_status(body)]
    holders = _holders(body)
    return {
        "output_messages": json_text(answers or None),
        "reasoning": lines(*(texts(message, "reasoning") for message in answers)),
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None),
        "model": next((name for one in holders if (name := _text(one, *MODEL_KEYS))), None),
        "response_id": _text(body, "id") if _is_response(body) else None,
        **_usage(holders),
    }


def tool_definitions(value: Any) -> str | None:
    """Return tools as a JSON list of {name, description, parameters}, also from a map or JSON texts."""
    given = parsed(value)
    if cut_json(given) is not None:
        return json_text([TRUNCATED])
    if isinstance(given, dict) and "name" not in given and "function" not in given:
        named = ((name, parsed(tool)) for name, tool in given.items())
        given = [{"name": name, **tool} for name, tool in named if isinstance(tool, dict)]
    tools = [tool for one in as_list(given) or [] if isinstance(tool := parsed(one), dict)]
    tools = [tool for one in tools for tool in _of_gemini(one)]
    for number, tool in enumerate(tools):
        schema = tool.get("input_schema") or tool.get("inputSchema")
        if "function" not in tool and "parameters" not in tool and schema is not None:
            tools[number] = {**tool, "parameters": schema}
    return json_text(tools or None)


def _of_gemini(tool: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the functions of one of Gemini's tools, their schemas in JSON Schema's words."""
    declared = tool.get("function_declarations") or tool.get("functionDeclarations")
    if not isinstance(declared, list):
        return [tool]
    functions = [function for function in declared if isinstance(function, dict)]
    for number, function in enumerate(functions):
        schema = function.get("parameters") or function.get("parameters_json_schema")
        functions[number] = {**function, "parameters": _lower_types(schema)}
    return functions


def _lower_types(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_lower_types(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.lower() if name == "type" and isinstance(value, str) else _lower_types(value)
        for name, value in schema.items()
    }


def response_schema(body: Mapping[str, Any]) -> str | None:
    """Return the JSON Schema that a kept request asks the answer to keep to."""
    wanted = parsed(body.get("response_format"))
    form = body["text"].get("format") if isinstance(body.get("text"), dict) else None
    for one in (wanted, form):
        if isinstance(one, dict):
            inner = one["json_schema"] if isinstance(one.get("json_schema"), dict) else one
            if isinstance(inner.get("schema"), dict):
                return json_text(inner["schema"])
    return None


def _search(value: Any, keys: tuple[str, ...], *, role: str, depth: int = 0) -> list[Message] | None:
    """Return the messages in a value, or in the first of its fields that holds some.

    Of a map without such fields the JSON text becomes one message, since losing it would be worse; where the
    fields are there and empty, or the map names a model, nothing was said.
    """
    value = _first_of_batch(value)
    if value in (None, "", [], {}) or depth > MAX_DEPTH:
        return None
    if isinstance(value, dict) and not _stands_for_message(value):
        named = [key for key in keys if key in value]
        inner = (_search(parsed(value[key]), keys, role=role, depth=depth + 1) for key in named)
        within = next(filter(None, inner), None)
        if within or named or any(key in value for key in MODEL_KEYS):
            return within
    elif isinstance(value, dict | str) or (
        isinstance(value, list) and all(isinstance(one, str) or _stands_for_message(one) for one in value)
    ):
        return messages(value, role=role)
    return messages([{"role": role, "content": json_text(value)}], role=role)


def _first_of_batch(value: Any) -> Any:
    """Return the first conversation of a batch: LangChain sends lists of lists."""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], list) else value


def _stands_for_message(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    if isinstance(item.get("role"), str) or isinstance(item.get("message"), dict):
        return True
    return str(item.get("type")).lower() in MESSAGE_TYPES and any(key in item for key in MESSAGE_KEYS)


def _answers(response: Any) -> list[Message]:
    for key in ("choices", "generations", "candidates"):
        if isinstance(response, dict) and isinstance(response.get(key), list):
            several = [_opened(one, of=key) for one in _first_of_batch(response[key])]
            return messages(several, role="assistant") or []
    return _last_turn(_search(response, KEPT_RESPONSE_KEYS, role="assistant") or [])


def _opened(answer: Any, *, of: str) -> Any:
    """Return one of several answers without what Gemini or LangChain's constructors put around a message.

    An empty message hides no text beside it, and a generation is the model's whatever it is called.
    """
    item = mapping(answer)
    if isinstance(item.get("content"), dict):
        stop = item.get("finishReason") or item.get("finish_reason")
        return {"role": "assistant", **item["content"], "finish_reason": stop}
    message = mapping(item.get("message"))
    inner = mapping(message.get("kwargs")) or message
    if not inner:
        beside = {name: value for name, value in item.items() if name != "message"}
        return beside if isinstance(item.get("text"), str) else answer
    return {**item, "message": {**inner, "role": "assistant"} if of == "generations" else inner}


def _last_turn(turns: list[Message]) -> list[Message]:
    """Return the end of a conversation that was kept whole: an agent's state holds the request, too."""
    whole = any(message["role"] in ("user", "system") for message in turns)
    return turns[-1:] if whole else turns


def _response_status(body: dict[str, Any]) -> str | None:
    """Return why an answer of the responses API ended; `completed` with calls waits for their results."""
    if not isinstance(body.get("output"), list):
        return None
    cut = body.get("incomplete_details")
    if isinstance(cut, dict) and isinstance(cut.get("reason"), str):
        return str(cut["reason"])
    called = any(isinstance(one, dict) and one.get("type") == "function_call" for one in body["output"])
    return "tool_calls" if called and body.get("status") == "completed" else _text(body, "status")


def _is_response(body: dict[str, Any]) -> bool:
    return any(key in body for key in ("choices", "output", "stop_reason", "candidates"))


def _holders(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the maps that may hold a response's model and usage, its own fields first."""
    holders = [body, body.get("llm_output"), body.get("response_metadata")]
    generations = body.get("generations")
    for one in _first_of_batch(generations) if isinstance(generations, list) else [body]:
        message = mapping(mapping(one).get("message")) or body
        inner = mapping(message.get("kwargs")) or message
        holders += [inner, inner.get("response_metadata")]
    return [one for one in holders if isinstance(one, dict)]


def _usage(holders: list[dict[str, Any]]) -> dict[str, int | None]:
    counted = (token_counts(one[key]) for one in holders for key in USAGE_KEYS if key in one)
    return next((counts for counts in counted if any(counts.values())), token_counts(None))


def _text(body: dict[str, Any], *keys: str) -> str | None:
    return next((as_text(body[key]) for key in keys if isinstance(body.get(key), str) and body[key]), None)


def request_messages(request: Mapping[str, Any]) -> list[Message]:
    """Return the messages of a request to a chat, responses (`input`), Gemini or completions API."""
    system, asked = first(request, SYSTEM_KEYS), first(request, REQUEST_KEYS)
    leading = [] if system is None else read_messages(_as_system(system), role="system")
    return leading + ([] if asked is None else read_messages(asked, role="user"))


def _as_system(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict) and "parts" in value:
        return [{**value, "role": "system"}]
    return [{"role": "system", "content": value}]


def response_messages(response: Mapping[str, Any]) -> list[Message]:
    """Return the messages of an API's response; those of several choices are one each."""
    answers = first(response, RESPONSE_KEYS)
    if isinstance(answers, dict) and isinstance(answers.get("message"), dict):
        answers = [{"finish_reason": response.get("stopReason"), **answers}]  # Bedrock: {output: {message}}
    if answers is None and "content" in response:
        answers = [response]
    return [] if answers is None else read_messages(answers, role="assistant")


def request_tools(request: Mapping[str, Any]) -> str | None:
    """Return the tools that a request offers."""
    offered = first(request, TOOL_KEYS)
    return None if offered is None else tools_as_given(offered)


def request_schema(request: Mapping[str, Any]) -> str | None:
    """Return the JSON Schema that a request asks the answer to fit."""
    return next(filter(None, (unwrapped_schema(request.get(key)) for key in SCHEMA_KEYS)), None)


def model_of(body: Mapping[str, Any]) -> str | None:
    """Return the model that a request or response names."""
    return as_text(first(body, MODEL_KEYS))


def response_counts(response: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens that an API's response says it used, as it counts them itself."""
    usage = as_object(first(response, USAGE_KEYS))
    inside = as_object(first(usage, ("prompt_tokens_details", "input_tokens_details")))
    outside = as_object(first(usage, ("completion_tokens_details", "output_tokens_details")))
    counts = {
        "input_tokens": as_count(first(usage, INPUT)),
        "output_tokens": as_count(first(usage, OUTPUT)),
        "cached_tokens": as_count(inside.get("cached_tokens", usage.get("cache_read_input_tokens"))),
        "reasoning_tokens": as_count(outside.get("reasoning_tokens")),
    }
    return {name: count for name, count in counts.items() if count is not None}


def tools_as_given(value: Any) -> str | None:
    """Return tool definitions as a JSON list; each may be a JSON text of its own."""
    given = parsed(value)
    if cut_json(given) is not None:
        return json_text([TRUNCATED])  # some of the tools are not all that were offered
    tools = as_list(given)
    return json_text([parsed(item) for item in tools]) if tools else None


def unwrapped_schema(value: Any) -> str | None:
    """Return the JSON Schema of an answer, unwrapped from the parameter of an API where it stands in one."""
    schema = parsed(value)
    for key in ("format", "json_schema", "schema"):
        if isinstance(schema, dict) and isinstance(schema.get(key), dict):
            schema = schema[key]
    return json_text(schema) if isinstance(schema, dict) and ("type" in schema or "$defs" in schema) else None


def application_request(value: Any) -> list[Message]:
    """Return what an application's span was given: messages, or a text, alone or under a well-known name."""
    return _of_application(value, "user", APPLICATION_REQUEST_KEYS)


def application_response(value: Any) -> list[Message]:
    """Return what an application's span gave back; of a list that repeats the history, what follows it."""
    turns = _of_application(value, "assistant", APPLICATION_RESPONSE_KEYS)
    last = max((number for number, one in enumerate(turns) if one["role"] != "assistant"), default=-1)
    return turns[last + 1 :]


def _of_application(value: Any, role: str, keys: Sequence[str]) -> list[Message]:
    given = parsed(value)
    left = cut_json(given) if isinstance(given, str) else None
    if (
        isinstance(left, dict)
        and not is_message(left)
        and any(_is_text_or_turns(left.get(key)) for key in keys)
    ):
        turns = _of_application(left, role, keys)
        turns[-1]["parts"].append(dict(TRUNCATED))
        return turns
    if left is not None:
        return messages(value, role=role) or []
    if isinstance(given, dict) and not is_message(given):
        inner = first(given, ("messages", "choices", "generations"))
        if not isinstance(inner, list):
            inner = next((given[key] for key in keys if _is_text_or_turns(given.get(key))), None)
        if inner is not None:
            return messages(inner, role=role) or []
    if is_conversation(given):
        return messages(given, role=role) or []
    text = value if isinstance(value, str) else json_text(value)
    return [{"role": role, "parts": [{"type": "text", "content": text}]}] if text else []


def _is_text_or_turns(value: Any) -> bool:
    return (isinstance(value, str) and value != "") or is_conversation(value)
