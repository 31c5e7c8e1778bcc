"""Reads `gen_ai.evaluation.result` events, as they are stored, as recorded verdicts."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from behavior_pipeline.judging.recorded.verdict import Recorded, one_of
from behavior_pipeline.reasons import Reason

BILLION = 10**9


def verdict_of(evaluations: Iterable[Mapping[str, Any]], name: str, version: str) -> Recorded | None:
    """Return what a version of an evaluator said of a trace; `evaluations` are rows of content.evaluations.

    An event that does not name a version is taken for the one in use.
    """
    own = [
        row
        for row in evaluations
        if row["name"] == name and (pd.isna(row["judge_version"]) or row["judge_version"] == version)
    ]
    ordered = sorted(own, key=lambda row: (row["time_ns"], str(row["file"]), row["line"], row["number"]))
    return one_of([_recorded(row) for row in ordered])


def _recorded(row: Mapping[str, Any]) -> Recorded:
    label, score = (_present(row[column]) for column in ("label", "score"))
    reason = None
    if label is None and score is None:
        failed = _present(row["error_type"]) is not None
        reason = Reason.JUDGE_FAILED if failed else Reason.JUDGE_MALFORMED
    return Recorded(
        label=label,
        score=None if score is None else float(score),
        rationale=_present(row["explanation"]),
        answered_at=datetime.fromtimestamp(row["time_ns"] / BILLION, UTC) if row["time_ns"] else None,
        reason=reason,
    )


def _present(value: Any) -> Any:
    return None if pd.isna(value) or value == "" else value
