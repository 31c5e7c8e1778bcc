"""OpenLLMetry (Traceloop), old and new: GenAI attributes on model calls, `traceloop.*` on other spans."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_json, as_object, as_text, first, parsed, read, readers
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.turns import answers, questions
from behavior_pipeline.spans.content.usage import settle
from behavior_pipeline.spans.conventions import current, indexed
from behavior_pipeline.spans.conventions.meanings import KINDS, documents_of_output, part_of_usage, talk
from behavior_pipeline.spans.dialect import Dialect, Signs

KIND, INPUT, OUTPUT = "traceloop.span.kind", "traceloop.entity.input", "traceloop.entity.output"
ENTITY = "traceloop.entity.name"
ASSOCIATION = "traceloop.association.properties."
OPERATIONS = {"workflow": "invoke_agent", "agent": "invoke_agent", "tool": "execute_tool", "task": "other"}
KEYS = frozenset(
    {
        KIND,
        ENTITY,
        "traceloop.workflow.name",
        "gen_ai.is_streaming",
        "llm.is_streaming",
        "gen_ai.openai.api_base",
    }
)
SCOPES = ("opentelemetry.instrumentation.", "traceloop")
SOURCES: dict[str, tuple[str, ...]] = {
    **indexed.SOURCES,
    "operation": (*indexed.SOURCES["operation"], KIND),
    "finish_reason": (*indexed.SOURCES["finish_reason"], current.OUTPUT),
    "tool_name": ("gen_ai.tool.name", ENTITY),
    "tool_arguments": ("gen_ai.tool.call.arguments", INPUT),
    "tool_result": ("gen_ai.tool.call.result", OUTPUT),
    "input_messages": (current.INPUT, *indexed.SOURCES["input_messages"], INPUT),
    "output_messages": (current.OUTPUT, *indexed.SOURCES["output_messages"], OUTPUT),
    "refusal": (current.OUTPUT, *indexed.SOURCES["refusal"]),
    "reasoning": (current.OUTPUT, *indexed.SOURCES["reasoning"]),
    "system_prompt": (current.INSTRUCTIONS, current.INPUT, *indexed.SOURCES["system_prompt"]),
    "documents": ("gen_ai.retrieval.documents", OUTPUT),
    "conversation_id": (
        "gen_ai.conversation.id",
        *(f"{ASSOCIATION}{name}" for name in ("conversation_id", "chat_id", "thread_id")),
    ),
    "session_id": tuple(f"{ASSOCIATION}{name}" for name in ("session_id", "sessionId", "session.id")),
    "user_id": tuple(f"{ASSOCIATION}{name}" for name in ("user_id", "userId", "user", "user.id")),
    "prompt_version": ("traceloop.prompt.version",),
}  # fmt: skip
OF_ENTITY = ("tool_arguments", "tool_result")  # read with what the function itself got and gave back
READERS = readers(
    {**SOURCES, "tool_name": ("gen_ai.tool.name",), "documents": ("gen_ai.retrieval.documents",)},
    {name: kind for name, kind in KINDS.items() if name not in OF_ENTITY},
    part_of_usage,
)


def recognises(signs: Signs) -> bool:
    """Return whether the span has a key of Traceloop's; association properties alone are enough."""
    keys = signs.keys
    if not KEYS.isdisjoint(keys):
        return True
    may = signs.scope.startswith(SCOPES) and ".genai." not in signs.scope
    return may and "traceloop." in "\n".join(keys)


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span: a model call's by its GenAI attributes, another's by Traceloop's."""
    attributes = span.attributes
    if current.INPUT in attributes or current.OUTPUT in attributes:
        meanings = read(attributes, READERS) | current.conversation(attributes)
        meanings["operation"] = current.operation(attributes, meanings)
    else:
        meanings = indexed.meaning(attributes, span.events) | read(attributes, READERS)
    meanings = settle(meanings, attributes)
    if meanings["operation"] == "other" and isinstance(attributes.get(KIND), str):
        meanings["operation"] = OPERATIONS.get(attributes[KIND], "other")
    if meanings["operation"] in ("other", "invoke_agent", "execute_tool"):
        meanings = {**_entity(attributes, meanings["operation"]), **meanings}
        if "documents" in meanings and meanings["operation"] == "other":
            meanings["operation"] = "retrieval"
    return meanings


def _entity(attributes: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """Return what an application's span means: a function's arguments and what it gave back."""
    given, back = _unpacked(attributes.get(INPUT), "inputs"), _unpacked(attributes.get(OUTPUT), "outputs")
    if operation == "execute_tool":
        meanings = {
            "tool_name": as_text(attributes.get(ENTITY)),
            "tool_call_id": as_text(attributes.get("gen_ai.tool.call.id")),
            "tool_arguments": as_json(
                first(attributes, ("gen_ai.tool.call.arguments",)) or _arguments(given)
            ),
            "tool_result": as_json(attributes.get("gen_ai.tool.call.result", back)),
        }
    elif operation == "invoke_agent":
        meanings = talk(
            [] if given is None else questions(_only(given)),
            [] if back is None else answers(back),
        )
        meanings.pop("finish_reason", None)
    else:
        meanings = {"documents": documents_of_output(back)}
    return {name: value for name, value in meanings.items() if value is not None}


def _unpacked(value: Any, key: str) -> Any:
    """Return what an entity holds; frameworks wrap it in {inputs: ...} or {outputs: ...}."""
    wrapped = parsed(value)
    return wrapped[key] if isinstance(wrapped, dict) and key in wrapped else wrapped


def _arguments(given: Any) -> Any:
    """Return the arguments of a call of a Python function: those with names, or all that there are."""
    if not isinstance(given, dict) or set(given) != {"args", "kwargs"}:
        return given
    plain, named = given["args"], given["kwargs"]
    if not plain:
        return named
    return plain[0] if not named and isinstance(plain, list) and len(plain) == 1 else given


def _only(given: Any) -> Any:
    """Return the one text or conversation among the arguments of a function, else all of them."""
    if not isinstance(given, dict) or set(given) != {"args", "kwargs"}:
        return given
    plain = given["args"] if isinstance(given["args"], list) else []
    values = [*plain, *as_object(given["kwargs"]).values()]
    candidates = [value for value in values if isinstance(value, str | list) and value]
    return candidates[0] if candidates else _arguments(given)


PLUGIN = Dialect(
    title="OpenLLMetry",
    precedence=30,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    lost={
        "operation": "up to 0.33 a failed call leaves no span",
        "response_id": "not written up to 0.33",
        "input_tokens": "not written for streams up to 0.33",
        "output_tokens": "not written for streams up to 0.33",
        "refusal": "lost in streams; its words may stand on the workflow's span",
        "documents": "only where a task gives them back as a list of objects with a text",
    },
)
