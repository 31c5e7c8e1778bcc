"""Intervals, quantiles, change points and the least detectable effect: the laws beyond the golden numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.change_point import change_point
from behavior_pipeline.statistics.intervals import jeffreys, least_detectable_effect, mcnemar_exact, wilson
from behavior_pipeline.statistics.quantiles import quantile, weighted_quantiles


@given(passes=st.integers(0, 60), more=st.integers(0, 60))
def test_intervals_hold_the_share_and_stay_in_range(passes: int, more: int) -> None:
    n = passes + more + 1
    for low, high in (wilson(passes / n, n), jeffreys(passes, n)):
        assert -1e-9 <= low <= passes / n + 1e-9
        assert passes / n - 1e-9 <= high <= 1 + 1e-9


def test_few_degrees_of_freedom_widen_the_interval() -> None:
    assert wilson(0.9, 50, degrees=4)[0] < wilson(0.9, 50)[0]


@given(st.integers(0, 50), st.integers(0, 50))
def test_mcnemar_does_not_ask_which_way(first: int, second: int) -> None:
    assert mcnemar_exact(first, second) == pytest.approx(mcnemar_exact(second, first))
    assert 0 < mcnemar_exact(first, second) <= 1


class TestLeastDetectableEffect:
    def test_effect_is_found_with_the_promised_power(self) -> None:
        effect, reason = least_detectable_effect(0.9, 1000, baseline_n_eff=4000)
        assert reason is None
        assert effect is not None
        generator = np.random.default_rng(3)
        current = generator.binomial(1000, 0.9 - effect, 4000) / 1000
        before = generator.binomial(4000, 0.9, 4000) / 4000
        error = np.sqrt(current * (1 - current) / 1000 + before * (1 - before) / 4000)
        assert np.mean(np.abs(current - before) > 1.96 * error) == pytest.approx(0.8, abs=0.08)

    def test_sample_without_failures_does_not_promise_to_see_everything(self) -> None:
        effect, _ = least_detectable_effect(1.0, 100)
        assert effect is not None
        assert effect > 0.01

    def test_empty_sample_is_missing_with_a_reason(self) -> None:
        assert least_detectable_effect(0.9, 0) == (None, Reason.TOO_FEW)


class TestQuantiles:
    def test_interval_covers_the_true_quantile(self) -> None:
        generator = np.random.default_rng(1)
        hits = [quantile(generator.exponential(size=200), 0.95) for _ in range(300)]
        truth = -np.log(0.05)
        covered = np.mean(
            [estimate.low <= truth <= estimate.high for estimate in hits if estimate.low and estimate.high]
        )
        assert covered >= 0.93

    def test_p99_of_a_small_sample_has_no_upper_end(self) -> None:
        estimate = quantile(range(50), 0.99)
        assert estimate.value == 49
        assert (estimate.high, estimate.reason) == (None, Reason.TOO_FEW)

    def test_no_values_are_missing_with_a_reason(self) -> None:
        assert quantile([np.nan], 0.5).reason is Reason.NO_SCORED_TRACE

    @given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0.01, 1))
    def test_quantile_is_one_of_the_values(self, values: list[float], probability: float) -> None:
        assert weighted_quantiles(values, [probability])[0] in values


class TestChangePoint:
    @given(st.integers(1, 8), st.floats(-1, 1).filter(lambda shift: abs(shift) > 0.01))
    def test_noise_free_shift_is_found_where_it_is(self, onset: int, shift: float) -> None:
        change = change_point([0.5 + shift * (i >= onset) for i in range(9)], np.ones(9))
        assert change is not None
        assert change.onset_index == onset
        assert change.after - change.before == pytest.approx(shift)

    def test_days_without_scores_keep_their_place(self) -> None:
        change = change_point([0.9, np.nan, 0.9, np.nan, 0.8, 0.8], np.ones(6))
        assert change is not None
        assert change.onset_index == 4

    def test_one_point_has_no_change(self) -> None:
        assert change_point([0.9, np.nan], [1, 1]) is None
