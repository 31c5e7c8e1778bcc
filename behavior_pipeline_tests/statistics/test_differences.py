import pytest

from behavior_pipeline.statistics.differences import DoubleDifference, Level, difference_in_differences


def test_change_that_all_share_is_no_contrast() -> None:
    contrast = difference_in_differences(
        Level.binomial(0.9, 900), Level.binomial(0.8, 400),
        control_before=Level.binomial(0.7, 900), control_after=Level.binomial(0.6, 400),
    )  # fmt: skip
    assert contrast.estimate == pytest.approx(0.0)
    assert contrast.p_value == pytest.approx(1.0)


def test_p_value_is_that_of_the_normal_distribution() -> None:
    assert DoubleDifference(-1.959964, 1.0).p_value == pytest.approx(0.05, abs=1e-6)
    assert DoubleDifference(0.0, 0.0).p_value == 1.0
    assert DoubleDifference(-0.1, 0.0).p_value == 0.0
