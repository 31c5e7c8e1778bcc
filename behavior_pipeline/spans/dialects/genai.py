"""The current GenAI conventions of OpenTelemetry (1.37 and later): messages as JSON on spans or events."""

from collections.abc import Sequence
from typing import Any

from behavior_pipeline.dumps.records import RawLog, RawSpan
from behavior_pipeline.spans.conventions import current
from behavior_pipeline.spans.dialect import Dialect, Signs

DETAILS_EVENT = "gen_ai.client.inference.operation.details"


def recognises(signs: Signs) -> bool:
    """Return whether the span names a GenAI operation, or has messages in the form of these versions."""
    keys = signs.keys
    written = not current.MESSAGES.isdisjoint(keys) or DETAILS_EVENT in signs.events
    return current.OPERATION in keys or written


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a GenAI span; message attributes may stand on a span event instead."""
    values = span.attributes
    for name, attributes in span.events:
        if name == DETAILS_EVENT:
            values = {**attributes, **values}
    meanings = current.meaning(values)
    meanings["operation"] = current.operation(values, meanings)
    return meanings


def from_logs(logs: Sequence[RawLog]) -> dict[str, Any]:
    """Return what the details events of a span say; the last of several counts."""
    attributes: dict[str, Any] = {}
    for log in logs:
        attributes |= {**(log.body if isinstance(log.body, dict) else {}), **log.attributes}
    return current.meaning(attributes)


PLUGIN = Dialect(
    title="GenAI conventions 1.37 and later",
    precedence=10,
    recognises=recognises,
    normalise=normalise,
    knows_placeholders=True,
    sources=current.SOURCES,
    log_events=frozenset({DETAILS_EVENT}),
    from_logs=from_logs,
    lost={
        "refusal": "written as a text, with the finish reason `content_filter` at best",
        "documents": "many writers leave their content out",
        "input_tokens": "a stream has counts only if it asked for them",
        "output_tokens": "a stream has counts only if it asked for them",
    },
)
