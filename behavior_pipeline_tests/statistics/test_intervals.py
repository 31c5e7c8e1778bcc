"""Intervals, quantiles, change points and the least detectable effect: the laws beyond the golden numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.change_point import change_point
from behavior_pipeline.statistics.intervals import (
    jeffreys,
    least_detectable_effect,
    mcnemar_exact,
    two_sided_quantile,
    wilson,
)
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
    @pytest.mark.parametrize(
        ("mean", "sizes", "spread", "threshold"),
        [
            (0.9, (1000, 4000, 4), 0.0, (0.05, 0.0)),
            (0.94, (200, 1600, 8), 0.02, (0.05, 0.02)),
            (0.94, (200, 600, 3), 0.01, (0.0003, 0.02)),
            (0.99, (5000, 40000, 8), 0.001, (0.0003, 0.02)),
            (0.5, (50, 200, 4), 0.0, (0.001, 0.0)),
        ],
    )
    def test_fall_is_told_with_the_promised_power(
        self, mean: float, sizes: tuple[int, int, int], spread: float, threshold: tuple[float, float]
    ) -> None:
        (n, baseline, weeks), (alpha, floor) = sizes, threshold
        effect, reason = least_detectable_effect(
            mean, n, baseline_n_eff=baseline, baseline_weeks=weeks, spread=spread, alpha=alpha, floor=floor
        )
        assert reason is None
        assert effect is not None
        random, level = np.random.default_rng(3), (mean * n + 1.92) / (n + 3.84)
        one = baseline // weeks
        usual = np.clip(level + random.normal(0, spread, (8000, weeks)), 0, 1)
        before = random.binomial(one, usual).sum(axis=1) / baseline
        current = random.binomial(n, np.clip(level - effect + random.normal(0, spread, 8000), 0, 1)) / n
        pooled = (n * current + baseline * before) / (n + baseline)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / baseline) + spread**2 * (1 + 1 / weeks))
        alarms = (before - current >= floor) & (before - current > two_sided_quantile(1 - alpha) * error)
        assert np.mean(alarms) == pytest.approx(0.8, abs=0.025)

    def test_what_makes_it_harder_makes_it_larger(self) -> None:
        plain, *harder = (
            least_detectable_effect(0.94, 500, **given)[0]
            for given in (
                {}, {"baseline_n_eff": 1000}, {"spread": 0.02}, {"spread": 0.02, "baseline_weeks": 3},
                {"alpha": 0.0003}, {"power": 0.9}, {"floor": 0.05},
            )
        )  # fmt: skip
        assert all(effect > plain for effect in harder)
        assert harder[2] > harder[1]

    def test_sample_without_failures_does_not_promise_to_see_everything(self) -> None:
        effect, _ = least_detectable_effect(1.0, 100)
        assert effect is not None
        assert effect > 0.01

    def test_what_cannot_be_told_is_missing_with_a_reason(self) -> None:
        assert least_detectable_effect(0.9, 0) == (None, Reason.TOO_FEW)
        assert least_detectable_effect(0.9, 199, minimum=200) == (None, Reason.TOO_SMALL)
        assert least_detectable_effect(0.1, 20, alpha=0.0003) == (None, Reason.TOO_FEW)


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
