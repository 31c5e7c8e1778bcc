"""What a reading of one trace says: a verdict of its dimension, how strongly, and which counts made it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from behavior_pipeline.reasons import Reason

Content = Mapping[str, Any]


class Reading(NamedTuple):
    """`label` None with a reason, or a label; `goodness` in [0, 1] places the trace on a graded scale.

    `rationale` names counts and never quotes: it is read beside dashboards.
    """

    label: str | None
    goodness: float
    rationale: str
    missing: Reason | None = None


def unread(reason: Reason) -> Reading:
    """Return the reading of a trace that lacks what the reading needs."""
    return Reading(None, 0.0, reason.hint, reason)


def text_of(content: Content, field: str) -> str:
    """Return a text field, empty where it is absent."""
    value = content.get(field)
    return value if isinstance(value, str) else ""


def listed(content: Content, field: str) -> list[dict[str, Any]]:
    """Return the objects of a list field, none where it is absent."""
    value = content.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
