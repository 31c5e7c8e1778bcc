"""Two judges on the same items: counts by hand, symmetry, and what is said where nothing can be."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.judges.compare import Comparison, compare
from behavior_pipeline.dimensions.spec import DimensionSpec, Scale
from behavior_pipeline.statistics.paired import interval_of, paired_mcc
from behavior_pipeline.statistics.posterior import mcc_posterior
from behavior_pipeline_tests.calibration.frames import spec

GRADES = {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0}
ALL = {"all": 1.0}


def graded() -> DimensionSpec:
    return spec(metric="spearman", minimum=0.7).model_copy(
        update={"scale": Scale(kind="graded", labels=GRADES)}
    )


def items(human: Sequence[float], judge: Sequence[float | None], stratum: str | None = None) -> pd.DataFrame:
    names = [f"i{number:04}" for number in range(len(human))]
    frame = pd.DataFrame({"item_id": names, "human_score": human, "judge_score": judge, "stratum": stratum})
    frame["evaluator"], frame["inclusion_probability"] = "judge:v1@a", np.nan
    return frame.astype({"judge_score": "Float64", "stratum": "string"})


def binary(*cells: tuple[int, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two judges' items from counts of three letters: people, first, second; g good, b bad."""
    letters = [word for count, word in cells for _ in range(count)]
    human, first, second = ([float(word[place] == "g") for word in letters] for place in range(3))
    return items(human, first), items(human, second)


def of(first: pd.DataFrame, second: pd.DataFrame, *, dimension: DimensionSpec | None = None) -> Comparison:
    return compare(dimension or spec(), first, second)


def test_counts_and_exact_p_value_are_those_of_the_discordant_items() -> None:
    comparison = of(
        *binary((40, "ggg"), (30, "bbb"), (2, "ggb"), (8, "gbg"), (1, "bbg"), (4, "bgb"), (5, "bgg"))
    )
    assert (comparison.n, comparison.only_first_right, comparison.only_second_right) == (90, 3, 12)
    assert comparison.p_value == pytest.approx(0.03515625)  # 2 * P(Binomial(15, 1/2) <= 3) = 2 * 576 / 32768
    assert len(comparison.differing) == 15
    assert comparison.difference == pytest.approx(
        (comparison.second.point or 0) - (comparison.first.point or 0)
    )


def test_the_order_of_the_judges_and_of_the_items_does_not_matter() -> None:
    first, second = binary((40, "ggg"), (30, "bbb"), (2, "ggb"), (20, "bgb"))
    one, other = of(first, second), of(second, first.sample(frac=1, random_state=3))
    assert one.difference == pytest.approx(-(other.difference or 0))
    assert (one.choice, other.choice) == ("second", "first")
    assert one.probability_second_better == pytest.approx(
        1 - (other.probability_second_better or 0), abs=0.01
    )
    assert one.differing == other.differing


def test_a_judge_and_itself_are_alike() -> None:
    comparison = of(*binary((100, "ggg"), (80, "bbb"), (10, "gbb"), (10, "bgg")))
    assert (comparison.difference, comparison.p_value, comparison.differing) == (0.0, 1.0, ())
    assert comparison.probability_second_better == pytest.approx(0.5, abs=0.02)
    assert comparison.choice == "alike"


def test_what_only_one_judge_answered_is_counted_and_helps_nobody() -> None:
    first, second = binary((40, "ggg"), (30, "bbb"), (10, "bgb"))
    second.loc[second.index[-10:], "judge_score"] = pd.NA
    comparison = of(first, second)
    assert (comparison.n, comparison.first_alone, comparison.second_alone) == (70, 10, 0)
    assert comparison.difference == 0.0


@pytest.mark.parametrize(
    "cells",
    [((20, "ggg"), (15, "bbb")), ((80, "ggg"),), ((40, "ggg"), (40, "bgb"))],
    ids=["too few", "people say one thing", "a judge says one thing"],
)
def test_without_evidence_nothing_is_recommended(cells: tuple[tuple[int, str], ...]) -> None:
    assert of(*binary(*cells)).choice == "undecided"


def test_either_margin_of_the_joint_posterior_is_the_gates_with_one_item_a_cell() -> None:
    first, second = binary((40, "ggg"), (30, "bbb"), (6, "ggb"), (9, "bgb"))
    human = first["human_score"] == 1
    joint = paired_mcc(
        human, first["judge_score"] == 1, second["judge_score"] == 1, strata=["all"] * 85, shares=ALL
    )
    for table, draws in (([[46, 0], [9, 30]], joint.first), ([[40, 6], [0, 39]], joint.second)):
        assert interval_of(draws) == pytest.approx(mcc_posterior(table, prior=1.0).interval(), abs=0.01)


def test_labels_drawn_per_verdict_stand_for_production() -> None:
    """Half of the labels were drawn where the first judge says bad, though it passes 90 % of the traffic."""
    first, second = binary((45, "ggg"), (5, "bgg"), (30, "bbb"), (20, "gbb"))
    strata = ["judge_pass"] * 50 + ["judge_fail"] * 50
    drawn = {"stratum": strata, "inclusion_probability": [50 / 900] * 50 + [50 / 100] * 50}
    shown = of(first.assign(**drawn), second.assign(**drawn))
    plain = of(first, second)
    assert shown.first.point is not None
    assert shown.first.prevalence == pytest.approx(0.9 * 0.9 + 0.1 * 0.4)
    assert plain.first.prevalence == pytest.approx(0.65)
    assert shown.difference == pytest.approx(0.0)


def test_graded_judges_are_compared_by_rank_and_by_who_is_nearer() -> None:
    random = np.random.default_rng(5)
    human = random.choice(list(GRADES.values()), 120)
    near = np.clip(human + random.choice([-0.25, 0, 0, 0.25], 120), 0, 1)
    far = random.choice(list(GRADES.values()), 120)
    comparison = of(items(list(human), list(far)), items(list(human), list(near)), dimension=graded())
    assert comparison.first.metric == "spearman"
    assert comparison.choice == "second"
    assert comparison.interval is not None
    assert comparison.interval[0] > 0.4
    nearer = (np.abs(near - human) < np.abs(far - human)).sum()
    assert comparison.only_second_right == nearer


@pytest.mark.parametrize(("prevalence", "n"), [(0.5, 80), (0.9, 240)])
def test_the_interval_of_the_difference_covers_as_often_as_it_says(prevalence: float, n: int) -> None:
    """Simulated judges with correlated errors; 95 % nominal, 250 worlds: two standard errors are .028."""
    random = np.random.default_rng(11)
    rates = ((0.9, 0.7), (0.95, 0.8))
    truth = _true_mcc(prevalence, *rates[1]) - _true_mcc(prevalence, *rates[0])
    covered = []
    for _ in range(250):
        human = random.random(n) < prevalence
        hard = random.random(n) * 0.5
        sides = [
            np.where(human, hard + random.random(n) * 0.5 < se, hard + random.random(n) * 0.5 >= sp)
            for se, sp in _thresholds(rates)
        ]
        low, high = interval_of(paired_mcc(human, *sides, strata=["all"] * n, shares=ALL).difference)
        covered.append(low <= truth <= high)
    assert 0.92 <= np.mean(covered) <= 0.985


def _thresholds(rates: tuple[tuple[float, float], ...]) -> list[list[float]]:
    """Return where a sum of two uniforms on [0, 1/2] lies below with these probabilities (all above 1/2)."""
    return [[1 - np.sqrt((1 - share) / 2) for share in pair] for pair in rates]


def _true_mcc(prevalence: float, sensitivity: float, specificity: float) -> float:
    passed = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    spread = prevalence * (1 - prevalence) / (passed * (1 - passed))
    return float((sensitivity + specificity - 1) * np.sqrt(spread))
