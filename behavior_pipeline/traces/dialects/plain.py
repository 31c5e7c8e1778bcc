"""Spans without any convention for language models: web handlers, databases, an application's own spans."""

from behavior_pipeline.traces.dialect import Dialect

PLUGIN = Dialect(
    precedence=-1,
    recognises=lambda span: True,
    normalise=lambda span: {"operation": "other", "error_type": span.attributes.get("error.type")},
    keys=frozenset({"error.type"}),
)
