"""GenAI conventions up to 1.27: messages as numbered attributes, or in two events of the span."""

from typing import Any

from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.conventions import current, indexed
from behavior_pipeline.spans.dialect import Dialect, Signs

KEYS = frozenset(
    {indexed.REQUEST_TYPE, "gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "gen_ai.prompt",
     "gen_ai.completion", "llm.request.model", *indexed.FIRST}
)  # fmt: skip
MODEL = frozenset({"gen_ai.request.model", "gen_ai.system"})
EVENTS = frozenset({"gen_ai.content.prompt", "gen_ai.content.completion"})


def recognises(signs: Signs) -> bool:
    """Return whether the span has the keys of these versions, or names a model but no operation."""
    keys = signs.keys
    if not KEYS.isdisjoint(keys) or not EVENTS.isdisjoint(signs.events):
        return True
    return current.OPERATION not in keys and not MODEL.isdisjoint(keys)


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span."""
    return indexed.meaning(span.attributes, span.events)


PLUGIN = Dialect(
    title="GenAI conventions up to 1.27",
    precedence=20,
    recognises=recognises,
    normalise=normalise,
    knows_placeholders=True,
    sources=indexed.SOURCES,
    lost={
        "operation": "often not named; then an answer shows a model call",
        "response_id": "rarely written",
        "documents": "not part of these versions",
        "cached_tokens": "not part of these versions; some writers add them",
    },
)
