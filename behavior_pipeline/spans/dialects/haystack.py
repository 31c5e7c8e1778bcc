"""Haystack (from 2.0 on): inputs and outputs of pipelines, components and agents, as JSON of its classes."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_text, mapping, parsed
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.messages import Message, read_messages
from behavior_pipeline.spans.content.model_calls import tool_definitions
from behavior_pipeline.spans.content.product_spans import Meaning
from behavior_pipeline.spans.content.retrieved import documents
from behavior_pipeline.spans.content.usage import token_counts
from behavior_pipeline.spans.conventions.meanings import talk
from behavior_pipeline.spans.dialect import Dialect, Signs

COMPONENT, PIPELINE, AGENT = "haystack.component.", "haystack.pipeline.", "haystack.agent."
TYPE, NAME = f"{COMPONENT}type", f"{COMPONENT}name"
INPUTS = (f"{COMPONENT}input", f"{PIPELINE}input_data", f"{AGENT}input", f"{AGENT}step.llm.input")
OUTPUTS = (f"{COMPONENT}output", f"{PIPELINE}output_data", f"{AGENT}output", f"{AGENT}step.llm.output")
# How the classes of components end, the longest first: what they do.
KINDS = (
    ("Generator", "chat"), ("Retriever", "retrieval"), ("Ranker", "retrieval"), ("Embedder", "embeddings"),
    ("Agent", "invoke_agent"),
)  # fmt: skip
QUESTIONS = ("query", "question", "prompt", "text")
SOURCES: dict[str, tuple[str, ...]] = {
    "operation": (TYPE,),
    "input_messages": INPUTS,
    "output_messages": OUTPUTS,
    "reasoning": OUTPUTS,
    "system_prompt": INPUTS,
    "model": OUTPUTS,
    "finish_reason": OUTPUTS,
    "input_tokens": OUTPUTS,
    "output_tokens": OUTPUTS,
    "cached_tokens": OUTPUTS,
    "reasoning_tokens": OUTPUTS,
    "tool_definitions": INPUTS,
    "documents": OUTPUTS,
    "dropped": (f"{COMPONENT}input_types", f"{COMPONENT}input_spec", f"{COMPONENT}output_spec",
                f"{COMPONENT}visits", f"{COMPONENT}fully_qualified_type", f"{AGENT}state_schema",
                f"{PIPELINE}max_runs_per_component", f"{PIPELINE}metadata"),
}  # fmt: skip


def recognises(signs: Signs) -> bool:
    """Return whether Haystack's tracer made the span."""
    return any(key.startswith((COMPONENT, PIPELINE, AGENT)) for key in signs.keys)


def normalise(span: RawSpan) -> Meaning:
    """Return the meaning of a span."""
    operation = _operation(span)
    given, back = _held(span.attributes, INPUTS), _held(span.attributes, OUTPUTS)
    meanings: Meaning = {"operation": operation}
    if operation == "chat":
        meanings |= _call(given, back)
    elif operation == "retrieval":
        meanings |= {"documents": documents(back.get("documents")), **talk(_questions(given), [])}
    elif operation == "invoke_agent":
        meanings |= talk(_questions(given), _answers(back))
        meanings.pop("finish_reason", None)
    return {name: value for name, value in meanings.items() if value is not None}


def _operation(span: RawSpan) -> str:
    attributes = span.attributes
    kind = str(attributes.get(TYPE) or "")
    if kind:
        return next((operation for end, operation in KINDS if kind.endswith(end)), "other")
    steps = [key for key in attributes if key.startswith(f"{AGENT}step.")]
    return "invoke_agent" if not steps else "chat" if steps[0].startswith(f"{AGENT}step.llm") else "other"


def _held(attributes: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return next((mapping(parsed(attributes[name])) for name in names if name in attributes), {})


def _call(given: dict[str, Any], back: dict[str, Any]) -> Meaning:
    """Return what a generator was asked and answered; each answer brings its model and usage along."""
    answers = _answers(back)
    metas = [*map(mapping, _listed(back.get("meta"))), *map(_meta, _listed(back.get("replies")))]
    reasons = [meta.get("finish_reason") or meta.get("stop_reason") for meta in metas]
    usages = (token_counts(meta.get("usage")) for meta in metas)
    return {
        **talk(_questions(given), answers, reasons=reasons),
        **next((counts for counts in usages if any(counts.values())), {}),
        "model": next((as_text(meta["model"]) for meta in metas if meta.get("model")), None),
        "tool_definitions": tool_definitions(_tools(given.get("tools"))),
    }


def _questions(given: dict[str, Any]) -> list[Message]:
    """Return the messages or the text that a component was given; a pipeline's are those of a component."""
    for one in (given, *map(mapping, given.values())):
        if (turns := _listed(one.get("messages"))) or isinstance(one.get("messages"), str):
            return read_messages([_message(turn) for turn in turns] or [one["messages"]], role="user")
        for name in QUESTIONS:
            if isinstance(one.get(name), str) and one[name]:
                return [{"role": "user", "parts": [{"type": "text", "content": one[name]}]}]
    return []


def _answers(back: dict[str, Any]) -> list[Message]:
    """Return the answers: messages, or texts of the older generators, which stay as they were written."""
    for one in (back, *map(mapping, back.values())):
        for name in ("replies", "last_message", "answers"):
            replies = [one[name]] if isinstance(one.get(name), dict) else _listed(one.get(name))
            if replies:
                return [_answer(reply) for reply in replies]
    return []


def _answer(reply: Any) -> Message:
    if isinstance(reply, str):
        return {"role": "assistant", "parts": [{"type": "text", "content": reply}] if reply else []}
    return read_messages([_message(reply)], role="assistant")[0]


def _message(turn: Any) -> Any:
    """Return a ChatMessage as other APIs write one; between 2.9 and 2.11 its names began with `_`."""
    if not isinstance(turn, dict):
        return turn
    fields = {str(name).removeprefix("_"): value for name, value in turn.items()}
    content = fields.get("content")
    if isinstance(content, list):
        fields["content"] = [_part(part) for part in content if isinstance(part, dict)]
    return {name: fields.get(name) for name in ("role", "content")}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if isinstance(part.get("tool_call_result"), dict):
        result = part["tool_call_result"]
        number = mapping(result.get("origin")).get("id")
        return {"type": "tool_call_response", "id": number, "response": result.get("result")}
    if isinstance(part.get("reasoning"), dict):
        return {"type": "reasoning", "content": part["reasoning"].get("reasoning_text")}
    return part


def _meta(reply: Any) -> dict[str, Any]:
    fields = mapping(reply)
    return mapping(fields.get("meta") or fields.get("_meta"))


def _tools(tools: Any) -> Any:
    """Return tools without the class around each."""
    return [mapping(tool).get("data", tool) for tool in _listed(tools)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


PLUGIN = Dialect(
    title="Haystack",
    precedence=36,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    lost={
        "requested_model": "not part of a component's inputs",
        "tool_arguments": "in the messages of the generator",
        "input_messages": "with content tracing only",
        "output_messages": "with content tracing only",
        "response_id": "not kept",
    },
)
