"""Neyman's allocation: against the smallest error that any division of the labels has."""

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.labelling.allocation import SMALLEST, allocation

GATE = Gate()


def error_of(mcc_at: tuple[float, float, float], part: float, labels: int = 100_000) -> float:
    """Return the delta method's standard error of MCC, of a pass share and two shares of good traces."""
    share, of_passed, of_failed = mcc_at

    def mcc(passed: float, failed: float) -> float:
        good = share * passed + (1 - share) * failed
        return (passed - failed) * np.sqrt(share * (1 - share) / (good * (1 - good)))

    step = 1e-6
    slopes = [
        (mcc(of_passed + step, of_failed) - mcc(of_passed - step, of_failed)) / (2 * step),
        (mcc(of_passed, of_failed + step) - mcc(of_passed, of_failed - step)) / (2 * step),
    ]
    variances = [of_passed * (1 - of_passed) / part, of_failed * (1 - of_failed) / (1 - part)]
    return float(np.sqrt(np.dot(np.square(slopes), variances) / labels))


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.94, 0.97])
def test_no_other_division_has_a_smaller_error(share: float) -> None:
    part = allocation(GATE, {"judge_pass": share, "judge_fail": 1 - share})["judge_pass"]
    planned = (share, share + 0.75 * (1 - share), share * 0.25)
    others = np.linspace(0.05, 0.95, 91)
    best = min(error_of(planned, float(other)) for other in others)
    assert error_of(planned, part) <= best * 1.0001
    if share == 0.97:
        assert error_of(planned, part) < 0.86 * error_of(planned, 0.5)


def test_last_months_labels_move_the_plan() -> None:
    """Of what the judge passed many are bad, so labels of it say more than planned."""
    strata = {"judge_pass": 0.6, "judge_fail": 0.4}
    scores = [1.0] * 70 + [0.0] * 50 + [0.0] * 117 + [1.0] * 3
    labelled = pd.DataFrame({"stratum": ["judge_pass"] * 120 + ["judge_fail"] * 120, "human_score": scores})
    assert allocation(GATE, strata, labelled)["judge_pass"] > allocation(GATE, strata)["judge_pass"] + 0.1


def test_every_stratum_keeps_a_part_and_the_parts_are_one() -> None:
    strata = {"judge_pass": 0.98, "judge_fail": 0.015, "check_fail": 0.005}
    sure = pd.DataFrame({"stratum": ["check_fail"] * 5_000, "human_score": [0.0] * 5_000})
    parts = allocation(GATE, strata, sure)
    assert sum(parts.values()) == pytest.approx(1)
    assert parts["check_fail"] >= SMALLEST / 1.3
    assert parts["judge_pass"] > 0.5


def test_what_checks_fail_takes_no_labels_from_the_judge_by_being_many() -> None:
    """Half of the traffic fails a check; of 240 labels the judge's own strata still get three in four."""
    parts = allocation(GATE, {"judge_pass": 0.45, "judge_fail": 0.05, "check_fail": 0.5})
    assert parts["judge_pass"] + parts["judge_fail"] > 0.6


@pytest.mark.parametrize(
    ("gate", "strata", "expected"),
    [
        (None, {"judge_pass": 0.9, "judge_fail": 0.1}, {"judge_pass": 0.5, "judge_fail": 0.5}),
        (
            Gate(metric="spearman", minimum=0.7),
            {"judge_pass": 0.7, "judge_fail": 0.1, "check_fail": 0.2},
            {"judge_pass": 0.5, "judge_fail": 1 / 6, "check_fail": 1 / 3},
        ),
        (GATE, {"judge_pass": 1.0, "judge_fail": 0.0}, {"judge_pass": 1.0}),
        (GATE, {"judge_fail": 0.25, "check_fail": 0.75}, {"judge_fail": 0.25, "check_fail": 0.75}),
        (GATE, {}, {}),
    ],
)
def test_without_a_slope_half_is_of_what_failed(
    gate: Gate | None, strata: dict[str, float], expected: dict[str, float]
) -> None:
    assert allocation(gate, strata) == pytest.approx(expected)
