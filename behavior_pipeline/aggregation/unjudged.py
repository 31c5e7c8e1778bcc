"""Traces that a judge was asked about in vain: how many they are, and how far they could move a level."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import number_or_none

# The judge was asked, and what came is no score: that may depend on how good the answer was. What is outside
# of the frame is not meant by the level; what the budget cut off is weighed by what was judged; of recorded
# judges, which traces have no answer (not_recorded) was decided by whoever ran them.
REASONS = (Reason.JUDGE_FAILED, Reason.JUDGE_REFUSED, Reason.JUDGE_MALFORMED, Reason.RECORDED_TWICE)
ROUNDING = 1e-9  # a share of 1 that was summed
FORGIVEN = 0.2  # of the distance from the mean to an end of its interval


def with_bounds(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the mean if each trace without a judgement scored 0, and if each scored 1 (Manski 1989)."""
    share, mean = rows["scored_share"], rows["mean"]
    low = (mean * share).clip(0, 1)
    return rows.assign(bound_low=low, bound_high=(low + (1 - share)).where(low.notna()).clip(0, 1))


def bounds_matter(row: Mapping[Any, Any]) -> bool:
    """Return whether what is missing could bias a level by more than its 95 % interval forgives.

    A bias of .4 standard errors, a fifth of the interval's reach, still leaves it 93 %. Without an interval
    any bias matters.
    """
    mean, below, above = (number_or_none(row.get(name)) for name in ("mean", "bound_low", "bound_high"))
    if mean is None or below is None or above is None or above - below < ROUNDING:
        return False
    low, high = number_or_none(row["low"]), number_or_none(row["high"])
    if low is None or high is None:
        return below < above
    return mean - below > FORGIVEN * (mean - low) or above - mean > FORGIVEN * (high - mean)
