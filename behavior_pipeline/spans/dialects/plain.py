"""Spans without any convention for language models: web handlers, databases, an application's own spans."""

from typing import Any

from behavior_pipeline.dumps.attributes import as_text
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.dialect import Dialect


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return what holds for every span: that it is none of a language model's, and its error."""
    if (error := span.attributes.get("error.type")) is None:
        return {"operation": "other"}
    return {"operation": "other", "error_type": as_text(error)}


PLUGIN = Dialect(
    title="none (spans of an application)",
    precedence=-1,
    recognises=lambda signs: True,
    normalise=normalise,
    knows_placeholders=True,
    sources={"error_type": ("error.type",)},
)
