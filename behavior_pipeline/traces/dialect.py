"""What a dialect is: one attribute convention, recognised by the keys of a span, and what its keys mean."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from behavior_pipeline import plugins
from behavior_pipeline.traces.records import RawSpan

MEANINGS = (
    "operation", "error_type", "requested_model", "model", "response_id", "input_tokens", "output_tokens",
    "cached_tokens", "reasoning_tokens", "finish_reason", "tool_name", "tool_call_id", "tool_arguments",
    "tool_result", "input_messages", "output_messages", "reasoning", "system_prompt", "documents",
    "tool_definitions", "response_schema", "conversation_id",
)  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    """A plug-in: `normalise` gives the columns of MEANINGS it can read; absent ones are NULL.

    `keys` are the attributes it consumes; they are not kept a second time among the rest.
    """

    precedence: int
    recognises: Callable[[RawSpan], bool]
    normalise: Callable[[RawSpan], dict[str, Any]]
    keys: frozenset[str]


@cache
def dialects() -> dict[str, Dialect]:
    """Return every dialect by name, the most specific first."""
    found = plugins.discover("behavior_pipeline.traces.dialects", Dialect)
    return dict(sorted(found.items(), key=lambda named: -named[1].precedence))


def dialect_of(span: RawSpan) -> tuple[str, Dialect]:
    """Return the dialect that wrote a span; `plain` recognises every span."""
    return next((name, dialect) for name, dialect in dialects().items() if dialect.recognises(span))
