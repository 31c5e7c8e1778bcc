"""What spans of the GenAI conventions up to 1.27 mean: messages are numbered, `gen_ai.prompt.0.content`."""

from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import numbered, read, readers
from behavior_pipeline.spans.content.finish_reasons import finish_reasons
from behavior_pipeline.spans.content.message_parts import blocks
from behavior_pipeline.spans.content.messages import Message, message
from behavior_pipeline.spans.content.model_calls import tools_as_given
from behavior_pipeline.spans.content.turns import answers, questions
from behavior_pipeline.spans.content.usage import settle
from behavior_pipeline.spans.conventions import current
from behavior_pipeline.spans.conventions.meanings import KINDS, part_of_usage, talk

PROMPT, COMPLETION, FUNCTIONS = "gen_ai.prompt.", "gen_ai.completion.", "llm.request.functions."
OLD_PROMPT, OLD_COMPLETION = "llm.prompts.", "llm.completions."  # before the names began with gen_ai
# The first prompt and the first completion always have one of these.
FIRST = frozenset(
    f"{start}0.{name}"
    for start in (PROMPT, COMPLETION, OLD_PROMPT, OLD_COMPLETION)
    for name in ("role", "content", "finish_reason")
)
REQUEST_TYPE = "llm.request.type"
REASON_NAMES = (*current.REASON_NAMES, "llm.response.finish_reason")
SOURCES: dict[str, tuple[str, ...]] = {
    **current.SOURCES,
    "operation": (current.OPERATION, REQUEST_TYPE),
    "requested_model": ("gen_ai.request.model", "llm.request.model"),
    "model": ("gen_ai.response.model", "llm.response.model"),
    "input_tokens": (*current.SOURCES["input_tokens"], "llm.usage.prompt_tokens"),
    "output_tokens": (*current.SOURCES["output_tokens"], "llm.usage.completion_tokens"),
    "total_tokens": (*current.SOURCES["total_tokens"], "llm.usage.total_tokens"),
    "finish_reason": (*REASON_NAMES, COMPLETION + "*"),
    "input_messages": (PROMPT + "*", "gen_ai.prompt", OLD_PROMPT + "*", "event gen_ai.content.prompt"),
    "output_messages": (
        COMPLETION + "*", "gen_ai.completion", OLD_COMPLETION + "*", "event gen_ai.content.completion",
    ),
    "refusal": (COMPLETION + "*",),
    "reasoning": (COMPLETION + "*",),
    "system_prompt": (PROMPT + "*",),
    "tool_definitions": ("gen_ai.tool.definitions", FUNCTIONS + "*"),
    "response_schema": ("gen_ai.request.structured_output_schema", "llm.request.structured_output_schema"),
}  # fmt: skip
READERS = readers(SOURCES, KINDS, part_of_usage)
Events = Iterable[tuple[str, Mapping[str, Any]]]


def meaning(values: Mapping[str, Any], events: Events = ()) -> dict[str, Any]:
    """Return what the attributes mean, and the two span events that these versions have."""
    for name, attributes in events:
        if name in ("gen_ai.content.prompt", "gen_ai.content.completion"):
            values = {**attributes, **values}
    meanings = read(values, READERS)
    asked = _messages(values, (PROMPT, OLD_PROMPT), whole="gen_ai.prompt", role="user")
    answered = _messages(values, (COMPLETION, OLD_COMPLETION), whole="gen_ai.completion", role="assistant")
    meanings |= talk(asked, answered, reasons=finish_reasons(values, REASON_NAMES))
    if "tool_definitions" not in meanings and (functions := numbered(values, FUNCTIONS)):
        meanings["tool_definitions"] = tools_as_given(functions)
    meanings["operation"] = operation(values, meanings)
    return settle(meanings, values)


def operation(attributes: Mapping[str, Any], meanings: Mapping[str, Any]) -> str:
    """Return the kind of operation; these versions often name none, and then an answer shows a model call."""
    named = attributes.get(current.OPERATION) or attributes.get(REQUEST_TYPE)
    kind = current.operation({current.OPERATION: named}, meanings)
    answered = kind == "other" and named is None and "output_messages" in meanings
    return "chat" if answered else kind


def _messages(
    attributes: Mapping[str, Any], starts: Iterable[str], *, whole: str, role: str
) -> list[Message]:
    for start in starts:
        turns = [_message(entry, role) for entry in numbered(attributes, start)]
        if turns:
            return turns
    return (questions if role == "user" else answers)(attributes.get(whole))


def _message(entry: Mapping[str, Any], role: str) -> Message:
    if "content" in entry:
        entry = {**entry, "content": blocks(entry["content"])}
    return message(dict(entry), role=role)
