"""Why a model stopped, in one vocabulary: stop, length, tool_calls, content_filter, error."""

from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import parsed

FINISH_REASONS = {
    # stop
    "stop": "stop", "end_turn": "stop", "stop_sequence": "stop", "eos": "stop", "eos_token": "stop",
    "complete": "stop", "completed": "stop", "finished": "stop", "end": "stop", "done": "stop",
    "eot": "stop", "end_of_turn": "stop", "eos_token_id": "stop",
    # length
    "length": "length", "max_tokens": "length", "max_output_tokens": "length", "token_limit": "length",
    "max_length": "length", "max_new_tokens": "length", "incomplete": "length",
    "model_context_window_exceeded": "length",
    # tool_calls
    "tool_calls": "tool_calls", "tool_call": "tool_calls", "tool_use": "tool_calls", "tool": "tool_calls",
    "function_call": "tool_calls", "function_calls": "tool_calls",
    # content_filter
    "content_filter": "content_filter", "content_filtered": "content_filter", "safety": "content_filter",
    "refusal": "content_filter", "recitation": "content_filter", "prohibited_content": "content_filter",
    "guardrail_intervened": "content_filter", "blocklist": "content_filter", "spii": "content_filter",
    # error
    "error": "error", "malformed_function_call": "error", "failed": "error", "cancelled": "error",
    "canceled": "error",
}  # fmt: skip
UNKNOWN = frozenset({"unknown", "none", "null", "n/a", "undefined", "finish_reason_unspecified"})


def finish_reasons(attributes: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    """Return the reasons that attributes of these names hold: a list, its JSON text, or words with commas."""
    reasons: list[Any] = []
    for name in names:
        given = attributes.get(name)
        if given is None:
            continue
        given = parsed(given)
        reasons += given if isinstance(given, list) else given.split(",") if isinstance(given, str) else []
    return reasons


def finish_reason(value: object) -> str | None:
    """Return a finish reason in the one vocabulary; a word that is none of ours stays, in lower case.

    Words that say that it is not known are None.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    word = value.strip().lower().replace("-", "_").replace(" ", "_").rpartition(".")[2]
    return None if word in UNKNOWN else FINISH_REASONS.get(word, word)
