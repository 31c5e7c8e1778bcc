"""Agreement of more than two raters: the mean over pairs, each counted by the items that it shares."""

import numpy as np
import pytest

from behavior_pipeline.statistics.agreement import mean_of_pairs
from behavior_pipeline.statistics.estimate import Vector

NONE = np.nan
RATINGS = np.array([[1, 0, 1, 1], [1, 1, 1, NONE], [NONE, NONE, NONE, 1]], dtype=float)


def same(one: Vector, other: Vector) -> float:
    return float((one == other).mean())


def test_pairs_count_by_the_items_that_they_share() -> None:
    assert mean_of_pairs(RATINGS, same) == pytest.approx((3 * 2 / 3 + 1 * 1) / 4)


def test_pairs_that_share_too_little_stay_out() -> None:
    assert mean_of_pairs(RATINGS, same, fewest=2) == pytest.approx(2 / 3)
    assert mean_of_pairs(RATINGS, same, fewest=4) is None


def test_a_pair_whose_agreement_is_not_defined_stays_out() -> None:
    assert mean_of_pairs(RATINGS, lambda one, other: same(one, other) if len(one) == 1 else None) == 1.0
    assert mean_of_pairs(RATINGS[:1], same) is None
