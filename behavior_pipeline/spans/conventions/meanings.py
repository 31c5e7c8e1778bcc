"""How attributes are read whose value is a meaning by itself: as text, as a count or as canonical JSON."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import (
    LONGEST_NAME,
    Reader,
    as_count,
    as_json,
    as_list,
    as_name,
    json_text,
    lines,
    parsed,
)
from behavior_pipeline.spans.content.count_names import CLUES, COUNTS, WHOLES, count_named
from behavior_pipeline.spans.content.finish_reasons import finish_reason
from behavior_pipeline.spans.content.messages import Message, ReadMessages, sum_up
from behavior_pipeline.spans.content.model_calls import tools_as_given
from behavior_pipeline.spans.content.retrieved import CONTENT_KEYS
from behavior_pipeline.spans.content.schemas import unwrapped_schema
from behavior_pipeline.spans.content.withheld import TRUNCATED, cut_json

TEXTS = (
    "error_type", "requested_model", "model", "response_id", "tool_name", "tool_call_id", "conversation_id",
    "session_id", "prompt_version", "user_id",
)  # fmt: skip
# Where counts stand under any name: other spellings than those that a dialect lists are read, too.
COUNTED = ("gen_ai.usage.", "llm.usage.", "ai.usage.", "llm.token_count.")


def documents(value: Any) -> str | None:
    """Return retrieved documents as a list of objects or texts; anything else in it is left out."""
    given = parsed(value)
    left = cut_json(given)
    items = as_list(given if left is None else left)
    kept = [item for item in items or () if isinstance(item, dict | str) and item]
    if left is not None:
        kept.append(TRUNCATED)
    return json_text(kept) if kept else None


def documents_of_output(value: Any) -> str | None:
    """Return the documents that a function gave back: a list of objects that all hold a text, none a role."""
    items = parsed(value)
    if isinstance(items, dict):
        items = next(
            (items[key] for key in ("documents", "results", "matches", "chunks") if key in items), None
        )
    if not isinstance(items, list) or not items:
        return None
    fitting = all(
        isinstance(item, dict)
        and "role" not in item
        and any(isinstance(item.get(key), str) for key in CONTENT_KEYS)
        for item in items
    )
    return json_text(items) if fitting else None


def part_of_usage(name: str) -> Reader | None:
    """Return how an attribute is read that no source lists, where it names a part of a call's tokens."""
    start = next((start for start in COUNTED if name.startswith(start) and len(name) <= LONGEST_NAME), None)
    part = None if start is None else count_named(name.removeprefix(start))
    return None if part is None or part in (*WHOLES, "total_tokens") else (part, as_count, False)


KINDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXTS, as_name),
    **dict.fromkeys((*COUNTS, *CLUES), as_count),
    "tool_arguments": as_json,
    "tool_result": as_json,
    "documents": documents,
    "tool_definitions": tools_as_given,
    "response_schema": unwrapped_schema,
}


def talk(
    asked: Sequence[Message],
    answered: Sequence[Message],
    *,
    system: Iterable[str] = (),
    reasons: Iterable[Any] = (),
) -> dict[str, Any]:
    """Return what messages mean: both sides, the system prompt, the model's reasoning and why it stopped.

    `system` are instructions and `reasons` finish reasons that stand beside the messages.
    """
    return talk_of(sum_up(asked), sum_up(answered), system=system, reasons=reasons)


def talk_of(
    asked: ReadMessages,
    answered: ReadMessages,
    *,
    system: Iterable[str | None] = (),
    reasons: Iterable[Any] = (),
) -> dict[str, Any]:
    """Return what messages mean that were read before."""
    why = None
    for reason in reasons:
        why = why or finish_reason(reason)
    meanings = {
        "input_messages": asked.text,
        "output_messages": answered.text,
        "system_prompt": lines(*system, asked.system) if system else asked.system,
        "reasoning": answered.reasoning,
        "finish_reason": why or answered.finish_reason,
    }
    return {name: value for name, value in meanings.items() if value is not None}
