"""One verdict as an evaluator of the team's own recorded it, before it is read by a rubric's scale.

Verdicts come from a CSV (file.py) or, here, from `gen_ai.evaluation.result` events as they are stored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from behavior_pipeline.reasons import Reason

BILLION = 10**9


@dataclass(frozen=True)
class Recorded:
    """A verdict: `label`, `score` or both, or the reason why it holds neither.

    What nobody wrote down is None. `response_model` is the model behind the evaluator, if it is named.
    """

    label: str | None = None
    score: float | None = None
    rationale: str | None = None
    response_model: str | None = None
    cost_usd: float | None = None
    latency_ms: float | None = None
    answered_at: datetime | None = None
    reason: Reason | None = None

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return what makes two verdicts on one trace the same one."""
        return self.label, self.score, self.reason


def verdict_of(evaluations: Iterable[Mapping[str, Any]], name: str, version: str) -> Recorded | None:
    """Return what a version of an evaluator said of a trace; `evaluations` are rows of content.evaluations.

    An event that does not name a version is taken for the one in use; different verdicts together are none.
    """
    events = [
        row
        for row in evaluations
        if row["name"] == name and (pd.isna(row["judge_version"]) or row["judge_version"] == version)
    ]
    ordered = sorted(events, key=lambda row: (row["time_ns"], str(row["file"]), row["line"], row["number"]))
    verdicts = [_recorded(row) for row in ordered]
    if len({verdict.identity for verdict in verdicts}) > 1:
        return Recorded(reason=Reason.RECORDED_TWICE)
    return verdicts[0] if verdicts else None


def _recorded(row: Mapping[str, Any]) -> Recorded:
    label, score = (_value_or_none(row[column]) for column in ("label", "score"))
    reason = None
    if label is None and score is None:
        failed = _value_or_none(row["error_type"]) is not None
        reason = Reason.JUDGE_FAILED if failed else Reason.JUDGE_MALFORMED
    return Recorded(
        label=label,
        score=None if score is None else float(score),
        rationale=_value_or_none(row["explanation"]),
        answered_at=datetime.fromtimestamp(row["time_ns"] / BILLION, UTC) if row["time_ns"] else None,
        reason=reason,
    )


def _value_or_none(value: Any) -> Any:
    return None if pd.isna(value) or value == "" else value
