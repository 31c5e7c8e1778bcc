"""Pydantic AI and Logfire: GenAI attributes and names of their own; messages as events or raw requests."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_object, as_text, parsed, read, readers
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.finish_reasons import finish_reasons
from behavior_pipeline.spans.content.messages import Message, read_messages
from behavior_pipeline.spans.content.model_calls import request_messages, tools_as_given
from behavior_pipeline.spans.content.schemas import response_schema, unwrapped_schema
from behavior_pipeline.spans.content.turns import answers
from behavior_pipeline.spans.content.usage import settle
from behavior_pipeline.spans.conventions import current, events
from behavior_pipeline.spans.conventions.meanings import KINDS, part_of_usage, talk
from behavior_pipeline.spans.dialect import Dialect, Signs

EVENTS, ALL_EVENTS = "events", "all_messages_events"
ALL_MESSAGES, RESULT = "pydantic_ai.all_messages", "final_result"
PARAMETERS = "model_request_parameters"
REQUEST, RESPONSE = "request_data", "response_data"
LOGFIRE = ("logfire.msg", "logfire.span_type")
SOURCES: dict[str, tuple[str, ...]] = {
    **current.SOURCES,
    "requested_model": ("gen_ai.request.model", "model_name"),
    "cached_tokens": (
        *current.SOURCES["cached_tokens"],
        *(f"gen_ai.usage.details.{name}_tokens" for name in ("cached", "cache_read", "cache_read_input")),
    ),
    "cache_written_tokens": (
        *current.SOURCES["cache_written_tokens"],
        *(f"gen_ai.usage.details.{name}_tokens" for name in ("cache_write", "cache_creation_input")),
    ),
    "finish_reason": (current.REASONS, current.OUTPUT, EVENTS),
    "tool_arguments": ("gen_ai.tool.call.arguments", "tool_arguments"),
    "tool_result": ("gen_ai.tool.call.result", "tool_response"),
    "input_messages": (current.INPUT, EVENTS, REQUEST, ALL_MESSAGES, ALL_EVENTS),
    "output_messages": (current.OUTPUT, EVENTS, RESPONSE, ALL_MESSAGES, ALL_EVENTS, RESULT),
    "system_prompt": (current.INSTRUCTIONS, current.INPUT, EVENTS, REQUEST),
    "tool_definitions": ("gen_ai.tool.definitions", PARAMETERS),
    "response_schema": (PARAMETERS, REQUEST),
    "dropped": (*LOGFIRE, "logfire.json_schema", "logfire.msg_template", "logfire.tags", "logfire.level_num",
                "gen_ai.usage.raw", "code.filepath", "code.lineno", "code.function"),
}  # fmt: skip
READERS = readers(SOURCES, KINDS, part_of_usage)
SCOPES = ("pydantic-ai", "logfire.")


def recognises(signs: Signs) -> bool:
    """Return whether Pydantic AI or one of Logfire's integrations made the span."""
    return (
        signs.scope.startswith(SCOPES)
        or "pydantic_ai.all_messages" in signs.keys
        or (ALL_EVENTS in signs.keys)
    )


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span."""
    attributes = span.attributes
    operation = _operation(span)
    meanings = settle(read(attributes, READERS), attributes)
    if operation == "invoke_agent":
        meanings |= _agent(attributes)
    elif operation == "chat":
        meanings |= _model_call(attributes)
    return meanings | {"operation": operation}


def _operation(span: RawSpan) -> str:
    """Return the kind of operation; older versions name none, and say by other attributes what a span is.

    Logfire writes a streamed call twice: a span that ends before the stream begins and has no answer, and a
    log in the form of a span that has all. The second is the call. A pending span is no span at all.
    """
    attributes = span.attributes
    kind = attributes.get("logfire.span_type")
    if kind == "pending_span":
        return "other"
    if current.OPERATION in attributes:
        operation = current.operation(attributes, {})
        unanswered = ANSWERED.isdisjoint(attributes) and span.status != "error"
        halved = span.scope.startswith("logfire.") and kind == "span" and unanswered
        return "other" if operation == "chat" and halved else operation
    if "gen_ai.tool.name" in attributes:
        return "execute_tool"
    return "invoke_agent" if not AGENT.isdisjoint(attributes) else "other"


ANSWERED = frozenset({"gen_ai.response.id", current.OUTPUT, "gen_ai.usage.output_tokens", RESPONSE})
AGENT = frozenset({ALL_MESSAGES, ALL_EVENTS, RESULT, "agent_name"})


def _agent(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run was asked and gave back; its messages hold both, the answer last."""
    if attributes.get(ALL_MESSAGES) is not None:
        talked = read_messages(attributes[ALL_MESSAGES], role="user")
    else:
        talked = _of_events(attributes.get(ALL_EVENTS))
    last = max((number for number, one in enumerate(talked) if one["role"] != "assistant"), default=-1)
    asked, answered = talked[: last + 1], talked[last + 1 :]
    result = as_text(attributes.get(RESULT))
    if result is not None:
        answered = [{"role": "assistant", "parts": [{"type": "text", "content": result}]}]
    meanings = talk(asked, answered)
    meanings.pop("finish_reason", None)
    return meanings


def _of_events(value: Any) -> list[Message]:
    """Return the messages of a list of events, each with its name beside its body."""
    return [one for side in events.sides(_named(value)) for one in side]


def _named(value: Any) -> list[events.Event]:
    listed = parsed(value)
    written = [event for event in (listed if isinstance(listed, list) else []) if isinstance(event, dict)]
    return [(str(event.get("event.name")), event) for event in written]


def _model_call(attributes: Mapping[str, Any]) -> dict[str, Any]:
    meanings = current.conversation(attributes)
    if current.INPUT not in attributes and EVENTS in attributes:
        meanings = {**events.meaning(_named(attributes[EVENTS])), **meanings}
    if REQUEST in attributes and current.INPUT not in attributes and EVENTS not in attributes:
        meanings = {**_raw(attributes), **meanings}
    parameters = as_object(attributes.get(PARAMETERS))
    if "gen_ai.tool.definitions" not in attributes and (tools := _tools(parameters)):
        meanings["tool_definitions"] = tools
    wanted = as_object(parameters.get("output_object")).get("json_schema")
    if (fits := unwrapped_schema(wanted) or response_schema(as_object(attributes.get(REQUEST)))) is not None:
        meanings["response_schema"] = fits
    return meanings


def _raw(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Logfire's raw request and response mean."""
    reasons = finish_reasons(attributes, current.REASON_NAMES)
    return talk(request_messages(attributes[REQUEST]), answers(attributes.get(RESPONSE)), reasons=reasons)


def _tools(parameters: Mapping[str, Any]) -> str | None:
    tools = parameters.get("function_tools")
    offered = [tool for tool in (tools if isinstance(tools, list) else []) if isinstance(tool, dict)]
    kept = ("name", "description")
    return tools_as_given(
        [
            {**{key: tool.get(key) for key in kept}, "parameters": tool.get("parameters_json_schema")}
            for tool in offered
        ]
    )


PLUGIN = Dialect(
    title="Pydantic AI and Logfire",
    precedence=40,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    lost={
        "refusal": "lost up to version 1; later the finish reason `content_filter`, without the text",
        "finish_reason": "not written in event mode (instrumentation version 1)",
        "response_id": "not written in event mode (instrumentation version 1)",
        "model": "of streams in event mode the asked one",
        "documents": "only if the application writes OpenTelemetry's attribute",
        "session_id": "Logfire scrubs attributes whose name has `session` in it",
    },
)
