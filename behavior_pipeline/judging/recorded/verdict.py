"""One verdict as an evaluator of the team's own recorded it, before it is read by a rubric's scale."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from behavior_pipeline.reasons import Reason


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
    def said(self) -> tuple[Any, ...]:
        """Return what makes two verdicts on one trace the same one."""
        return self.label, self.score, self.reason


def number(text: str) -> float | None:
    """Return a finite number, or None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def one_of(found: list[Recorded]) -> Recorded | None:
    """Return what several records of one trace and version say together: different verdicts are none."""
    if not found:
        return None
    if len({record.said for record in found}) > 1:
        return Recorded(reason=Reason.RECORDED_TWICE)
    return found[0]
