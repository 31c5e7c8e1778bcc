"""Which traces a dimension will be able to score, and why not the others, told before anything is scored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.sampling.frames import ELIGIBLE, frame_of
from behavior_pipeline.scoring.checked import check_scores


@dataclass
class Outlook:
    """How many traces a dimension was asked about, and how many it cannot score, by reason."""

    traces: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def measurable(self) -> int:
        """Return how many traces it can score."""
        return self.traces - self.reasons.total()

    def add(self, other: "Outlook") -> None:
        """Take in what was found of other traces."""
        self.traces += other.traces
        self.reasons.update(other.reasons)


def outlook(spec: DimensionSpec, traces: pd.DataFrame, cases: Sequence[Case], *, root: Path) -> Outlook:
    """Return what becomes of traces on one dimension; `cases` are the same traces in the same order.

    A trace outside the dimension's frame counts under the frame's reason. Within it a judge can be asked of
    every trace; without a judge, a trace on which no check decides counts under the check's reason.
    """
    why = frame_of(spec, traces, check_failures={}).to_numpy(dtype=object)
    if spec.judge is None and len(traces):
        checked = check_scores(spec, cases, root=root)
        undecided = (why == ELIGIBLE) & checked["score"].isna().to_numpy()
        why = np.where(undecided, checked["missing_reason"].to_numpy(dtype=object), why)
    return Outlook(len(traces), Counter(str(reason) for reason in why if reason != ELIGIBLE))
