"""Reads bodies of APIs as products keep them: what was said, and model, tools, schema, tokens beside it."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import (
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
from behavior_pipeline.spans.content.messages import Message, texts
from behavior_pipeline.spans.content.schemas import in_json_schema, response_schema
from behavior_pipeline.spans.content.turns import (
    MODEL_KEYS,
    answers,
    instructions_of,
    questions,
    the_one,
)  # fmt: skip
from behavior_pipeline.spans.content.usage import counts_of
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json

Meaning = dict[str, Any]
TOOL_KEYS = ("tools", "functions")
USAGE_KEYS = ("usage", "usage_metadata", "usageMetadata", "token_usage")


def read_request(value: Any) -> Meaning:
    """Return what a kept request says: messages, system prompt, tools, schema and model."""
    request = parsed(value)
    body = request if isinstance(request, dict) else {}
    asked = questions(_unquoted(value))
    system = [texts(one, "text") for one in (*instructions_of(body), *asked) if one["role"] == "system"]
    return {
        "input_messages": json_text(asked or None),
        "system_prompt": lines(*system),
        "tool_definitions": tool_definitions(body.get("tools") or body.get("functions")),
        "response_schema": response_schema(body),
        "requested_model": _text(body, *MODEL_KEYS),
    }


def read_response(value: Any) -> Meaning:
    """Return what a kept response says: messages, reasoning, finish reason, model, id and tokens."""
    body = response_body(value)
    back = answers(_unquoted(value))
    reasons = [message.get("finish_reason") for message in back]
    reasons += [body.get("stop_reason"), body.get("finish_reason"), _response_status(body)]
    holders = _holders(body)
    return {
        "output_messages": json_text(back or None),
        "reasoning": lines(*(texts(message, "reasoning") for message in back)),
        "finish_reason": next(filter(None, map(finish_reason, reasons)), None),
        "model": next((name for one in holders if (name := _text(one, *MODEL_KEYS))), None),
        "response_id": _text(body, "id") if _is_response(body) else None,
        **counts_of(usage_records(*holders)),
    }


def response_body(value: Any) -> dict[str, Any]:
    """Return the response that a value is, holds alone in a list, or is the stream of; else an empty one."""
    return mapping(the_one(parsed(value)))


def _unquoted(value: Any) -> Any:
    """Return the text in a JSON text of one: products write every value as JSON."""
    quoted = isinstance(value, str) and value[:1] == '"'
    return parsed(value) if quoted and isinstance(parsed(value), str) else value


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
        functions[number] = {**function, "parameters": in_json_schema(schema)}
    return functions


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
    for one in the_one(generations) if isinstance(generations, list) else [body]:
        message = mapping(mapping(one).get("message")) or body
        inner = mapping(message.get("kwargs")) or message
        holders += [inner, inner.get("response_metadata")]
    return [one for one in holders if isinstance(one, dict)]


def usage_records(*holders: Mapping[str, Any]) -> list[Any]:
    """Return the usage records that responses, or maps in them, hold."""
    return [one[key] for one in holders for key in USAGE_KEYS if key in one]


def _text(body: dict[str, Any], *keys: str) -> str | None:
    return next((as_text(body[key]) for key in keys if isinstance(body.get(key), str) and body[key]), None)


def request_messages(value: Any) -> list[Message]:
    """Return the messages of a request to any API, its instructions first, or an application's text."""
    return instructions_of(as_object(value)) + questions(value)


def request_tools(request: Mapping[str, Any]) -> str | None:
    """Return the tools that a request offers."""
    offered = first(request, TOOL_KEYS)
    return None if offered is None else tools_as_given(offered)


def model_of(body: Mapping[str, Any]) -> str | None:
    """Return the model that a request or response names."""
    return as_text(first(body, MODEL_KEYS))


def tools_as_given(value: Any) -> str | None:
    """Return tool definitions as a JSON list; each may be a JSON text of its own."""
    given = parsed(value)
    if cut_json(given) is not None:
        return json_text([TRUNCATED])  # some of the tools are not all that were offered
    tools = as_list(given)
    return json_text([parsed(item) for item in tools]) if tools else None
