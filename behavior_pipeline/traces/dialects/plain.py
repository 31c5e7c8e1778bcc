"""Spans without any convention for language models: web handlers, databases, an application's own spans."""

from behavior_pipeline.traces.dialect import Dialect

PLUGIN = Dialect(
    title="none (spans of an application)",
    precedence=-1,
    recognises=lambda span: True,
    normalise=lambda span: {"operation": "other", "error_type": span.attributes.get("error.type")},
    sources={"error_type": ("error.type",)},
)
