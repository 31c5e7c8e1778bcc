"""Older names of Microsoft's libraries: Semantic Kernel 1.0 to 1.2x, Microsoft.Extensions.AI 9.0 to 9.3.

Counts and finish reason stand under `gen_ai.response.*`; all else is in the GenAI conventions.
"""

from typing import Any

from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.conventions import current
from behavior_pipeline.spans.conventions.table import by_names
from behavior_pipeline.spans.dialect import Signs

NAMES = {
    "input_tokens": ("gen_ai.response.input_tokens", "gen_ai.response.prompt_tokens"),
    "output_tokens": ("gen_ai.response.output_tokens", "gen_ai.response.completion_tokens"),
    "operation": (current.OPERATION,),
    "requested_model": ("gen_ai.request.model",),
    "model": ("gen_ai.response.model",),
    "response_id": ("gen_ai.response.id",),
}
COUNTS = frozenset((*NAMES["input_tokens"], *NAMES["output_tokens"]))


def recognises(signs: Signs) -> bool:
    """Return whether counts stand under the older names."""
    return not COUNTS.isdisjoint(signs.keys)


def operation(span: RawSpan, meanings: dict[str, Any]) -> str:
    """Return the kind of operation."""
    return current.operation(span.attributes, meanings)


PLUGIN = by_names(
    "older Semantic Kernel and Microsoft.Extensions.AI", 22, recognises=recognises, operation=operation,
    names=NAMES,
)  # fmt: skip
