"""Evaluation results among the telemetry: GenAI conventions, event `gen_ai.evaluation.result`."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_object, as_text, first
from behavior_pipeline.redaction.redactor import Redactor

EVENT = "gen_ai.evaluation.result"
TEXTS = ("name", "label", "explanation", "error_type")


def log_attributes(attributes: Mapping[str, Any], body: Any) -> dict[str, Any]:
    """Return what a log record says: its attributes, and what older exporters wrote as its body."""
    return {**as_object(body), **attributes}


def evaluation_row(
    attributes: Mapping[str, Any], trace_id: str, span_id: str, *, versions: Iterable[str]
) -> dict[str, Any]:
    """Return what the attributes of a result say; a score that is no finite number is None.

    A name is required by the convention; a result without one is kept under an empty name, which no dimension
    reads.
    """
    return {
        "trace_id": trace_id or None,
        "span_id": span_id or None,
        "response_id": as_text(attributes.get("gen_ai.response.id")),
        "name": as_text(attributes.get("gen_ai.evaluation.name")) or "",
        "judge_version": as_text(first(attributes, versions)),
        "score": _number(attributes.get("gen_ai.evaluation.score.value")),
        "label": as_text(attributes.get("gen_ai.evaluation.score.label")),
        "explanation": as_text(attributes.get("gen_ai.evaluation.explanation")),
        "error_type": as_text(attributes.get("error.type")),
    }


def redact_evaluation(row: dict[str, Any], redactor: Redactor) -> None:
    """Replace personal data in what an evaluator wrote: it may quote the text that it judged."""
    for name in TEXTS:
        if row[name] is not None:
            row[name] = redactor.text(row[name])
    if (pattern := redactor.repeated()) is not None:
        row.update({name: redactor.repeat(row[name], pattern) for name in TEXTS if row[name] is not None})
    redactor.take()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
