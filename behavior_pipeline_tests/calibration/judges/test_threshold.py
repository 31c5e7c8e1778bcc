"""Thresholds of judges that give a number: the best one by hand, and what it gives on items it never saw."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from behavior_pipeline.calibration.judges.threshold import rates_at, tune
from behavior_pipeline.reasons import Reason

LISTS = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=20, max_size=60)


def world(n: int, random: np.random.Generator, *, prevalence: float = 0.5, apart: float = 1.5) -> tuple:
    good = random.random(n) < prevalence
    return good, random.normal(0, 1, n) + apart * good


def test_a_clean_cut_is_found_in_the_middle() -> None:
    tuned = tune([False] * 20 + [True] * 20, [0.2] * 20 + [0.7] * 20)
    assert tuned.threshold == pytest.approx(0.45)
    assert (tuned.apparent, tuned.corrected) == ((1, 1, 1), (1, 1, 1))
    assert tuned.interval is not None
    assert 0.8 < tuned.interval[0] < 1
    assert not tuned.backwards


def test_the_curve_holds_every_candidate_by_hand() -> None:
    human = [True] * 12 + [False] * 12
    number = [3.0] * 8 + [2.0] * 4 + [2.0] * 3 + [1.0] * 9
    curve = tune(human, number).curve
    assert curve["threshold"].tolist() == [1.5, 2.5]
    assert curve["sensitivity"].tolist() == pytest.approx([1, 8 / 12])
    assert curve["specificity"].tolist() == pytest.approx([9 / 12, 1])
    assert curve["pass_share"].tolist() == pytest.approx([15 / 24, 8 / 24])
    assert curve["mcc"].tolist() == pytest.approx(
        [(12 * 9) / np.sqrt(15 * 12 * 12 * 9), 96 / np.sqrt(8 * 12 * 12 * 16)]
    )


@given(pairs=LISTS)
def test_no_other_candidate_has_a_higher_mcc(pairs: list[tuple[bool, int]]) -> None:
    human, number = zip(*pairs, strict=True)
    tuned = tune(human, number)
    if tuned.reason is None:
        assert tuned.apparent is not None
        assert tuned.apparent.mcc == pytest.approx(tuned.curve["mcc"].max())
        assert rates_at(human, number, tuned.threshold or 0.0) == pytest.approx(tuned.apparent)


def test_a_wanted_specificity_is_reached_with_as_much_sensitivity_as_can_be() -> None:
    good, number = world(240, np.random.default_rng(2))
    tuned = tune(good, number, specificity=0.9)
    reached = tuned.curve[tuned.curve["specificity"] >= 0.9]
    assert tuned.apparent is not None
    assert tuned.apparent.specificity >= 0.9
    assert tuned.apparent.sensitivity == pytest.approx(reached["sensitivity"].max())


@pytest.mark.parametrize(
    ("human", "number", "reason"),
    [
        ([True] * 30, list(range(30)), Reason.HUMAN_ONE_CLASS),
        ([True] * 30 + [False] * 9, list(range(39)), Reason.TOO_FEW),
        ([True] * 20 + [False] * 20, [1] * 40, Reason.JUDGE_ONE_CLASS),
        ([], [], Reason.HUMAN_ONE_CLASS),
    ],
)
def test_where_nothing_can_be_chosen_the_reason_is_told(human: list, number: list, reason: Reason) -> None:
    tuned = tune(human, number)
    assert (tuned.reason, tuned.threshold, tuned.corrected) == (reason, None, None)


def test_numbers_that_run_the_other_way_are_noticed() -> None:
    good, number = world(100, np.random.default_rng(4))
    assert tune(good, -number).backwards


def test_the_same_items_in_any_order_give_the_same_threshold() -> None:
    good, number = world(120, np.random.default_rng(6))
    order = np.random.default_rng(7).permutation(120)
    one, other = tune(good, number), tune(good[order], number[order])
    assert one.threshold == other.threshold
    assert one.corrected == pytest.approx(other.corrected, abs=0.02)


def test_what_is_promised_of_new_items_is_neither_the_optimism_of_the_choice_nor_below_the_truth() -> None:
    """200 worlds of 100 items: the apparent MCC is about .09 too high, the corrected one is not."""
    random = np.random.default_rng(8)
    corrected, apparent, covered = [], [], []
    for _ in range(200):
        tuned = tune(*world(100, random))
        assert tuned.threshold is not None and tuned.corrected and tuned.apparent and tuned.interval
        sensitivity = 1 - stats.norm.cdf(tuned.threshold - 1.5)
        specificity = stats.norm.cdf(tuned.threshold)
        passed = (sensitivity + 1 - specificity) / 2
        truth = (sensitivity + specificity - 1) * 0.5 / np.sqrt(passed * (1 - passed))
        corrected.append(tuned.corrected.mcc - truth)
        apparent.append(tuned.apparent.mcc - truth)
        covered.append(tuned.interval[0] <= truth <= tuned.interval[1])
    assert np.mean(apparent) > 0.06
    assert abs(np.mean(corrected)) < 0.02
    assert np.mean(covered) > 0.9
