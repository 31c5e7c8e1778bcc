"""One rater on the same items at two times: how many items moved which way, and whether that is chance."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import plain_agreement
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.intervals import mcnemar_exact
from behavior_pipeline.statistics.multiplicity import holm

ALPHA = 0.05  # over both tests of a week together, after Holm


@dataclass(frozen=True)
class Paired:
    """Counts, tests and levels of a comparison; levels are missing where nothing was compared.

    `lower` and `higher` count items whose score fell and rose (pass to fail, fail to pass), `worse` and
    `better` those on which the rater came farther from its counterpart and nearer to it.
    """

    n: int
    lower: int
    higher: int
    worse: int
    better: int
    p_level: float
    p_correct: float
    adjusted_level: float
    adjusted_correct: float
    level_before: float | None
    level_after: float | None
    agreement_before: float | None
    agreement_after: float | None
    missing_reason: Reason | None  # of the agreement

    def level_moved(self, floor: float) -> bool:
        """Return whether the rater's level moved by the effect floor or more, in either direction."""
        return self.adjusted_level <= ALPHA and abs(self.level_change) >= floor

    @property
    def correctness_moved(self) -> bool:
        """Return whether the rater's agreement with its counterpart moved, in either direction."""
        return self.adjusted_correct <= ALPHA

    @property
    def level_change(self) -> float:
        """Return the change of the mean score; 0 where nothing was compared."""
        return (self.level_after or 0.0) - (self.level_before or 0.0)


def paired(spec: DimensionSpec, items: pd.DataFrame) -> Paired:
    """Compare the scores `before` and `after` of items, and each with the counterpart's score `other`.

    The exact McNemar test twice: on the score itself and on its distance from the counterpart's (NaN: not
    compared), Holm over the two. On graded scales the same test is the sign test: it drops items that stayed
    and asks of the others only whether up and down are equally likely. Wilcoxon's test would use the size of
    the steps, but a scale of few steps ties most of them, for which its exact distribution does not hold, and
    the counts beside its p-value would not be those that it tested.
    """
    before, after, other = (items[name].astype(float) for name in ("before", "after", "other"))
    lower, higher = int((after < before).sum()), int((after > before).sum())
    was, now = (before - other).abs(), (after - other).abs()
    worse, better = int((now > was).sum()), int((now < was).sum())
    raw = mcnemar_exact(lower, higher), mcnemar_exact(worse, better)
    adjusted = [float(p_value) for p_value in holm(raw)]
    agreed = [
        plain_agreement(spec.gate, other[other.notna()], side[other.notna()]) for side in (before, after)
    ]
    return Paired(
        len(items), lower, higher, worse, better, raw[0], raw[1], adjusted[0], adjusted[1],
        level_before=float(before.mean()) if len(items) else None,
        level_after=float(after.mean()) if len(items) else None,
        agreement_before=agreed[0].value, agreement_after=agreed[1].value,
        missing_reason=agreed[0].reason or agreed[1].reason,
    )  # fmt: skip


def comparison_columns(spec: DimensionSpec, changes: Paired) -> dict[str, Any]:
    """Return the columns of anchor_changes that hold counts, tests and levels; without pairs only counts."""
    if not changes.n:
        return {"n": 0}
    return {
        "test": "mcnemar" if spec.scale.kind == "binary" else "sign", "n": changes.n,
        "lower": changes.lower, "higher": changes.higher, "worse": changes.worse, "better": changes.better,
        "p_level": changes.p_level, "p_level_adjusted": changes.adjusted_level,
        "p_correct": changes.p_correct, "p_correct_adjusted": changes.adjusted_correct,
        "level_before": changes.level_before, "level_after": changes.level_after,
        "metric": spec.gate.metric,
        "agreement_before": changes.agreement_before, "agreement_after": changes.agreement_after,
        "missing_reason": None if changes.missing_reason is None else str(changes.missing_reason),
    }  # fmt: skip
