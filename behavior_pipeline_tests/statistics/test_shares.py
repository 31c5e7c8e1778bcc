import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from behavior_pipeline.statistics.shares import History, intraclass_correlation, predictive_p

DAYS = st.lists(st.tuples(st.integers(1, 60), st.floats(0, 1)), min_size=7, max_size=28)


def history(seen: list[float], expected: list[float]) -> History:
    return History.of(np.array(seen, float), np.array(expected, float))


class TestIntraclassCorrelation:
    """0 means that all days share one level; 1 that each day is all or nothing."""

    def test_days_of_all_or_nothing_are_near_one(self) -> None:
        assert intraclass_correlation(history([20, 0] * 10, [20] * 20)) > 0.95

    def test_days_of_one_level_are_zero(self) -> None:
        assert intraclass_correlation(history([10] * 20, [20] * 20)) == 0

    def test_beta_binomial_days_give_their_correlation(self) -> None:
        rho, random = 0.1, np.random.default_rng(3)
        size = 1 / rho - 1
        levels = random.beta(0.4 * size, 0.6 * size, 4000)
        seen = random.binomial(50, levels)
        assert intraclass_correlation(history(list(seen), [50] * 4000)) == pytest.approx(rho, abs=0.01)

    @given(days=DAYS)
    def test_it_lies_between_zero_and_one(self, days: list[tuple[int, float]]) -> None:
        correlation = intraclass_correlation(history([round(n * p) for n, p in days], [n for n, _ in days]))
        assert 0 <= correlation < 1


class TestPredictiveP:
    def test_without_extra_variance_it_is_the_prediction_of_jeffreys_prior(self) -> None:
        before = history([10] * 14, [20] * 14)
        spread = 1 / (before.expected + 1)
        expected = stats.betabinom(20, 0.5 * (1 / spread - 1), 0.5 * (1 / spread - 1))
        assert predictive_p(4, 20, before) == pytest.approx(2 * expected.cdf(4))

    def test_a_lost_field_is_sure_and_a_missing_trace_is_not(self) -> None:
        before = history([24] * 14, [24] * 14)
        assert predictive_p(0, 24, before) < 1e-12
        assert predictive_p(23, 24, before) > 0.05

    def test_days_that_differ_allow_a_day_that_differs(self) -> None:
        steady, wild = history([12] * 14, [24] * 14), history([6, 18] * 7, [24] * 14)
        assert predictive_p(20, 24, steady) < 0.01 < predictive_p(20, 24, wild)

    @given(days=DAYS, today=st.integers(1, 40), part=st.floats(0, 1))
    def test_it_is_a_probability(self, days: list[tuple[int, float]], today: int, part: float) -> None:
        before = history([round(n * p) for n, p in days], [n for n, _ in days])
        assert 0 <= predictive_p(round(today * part), today, before) <= 1

    def test_quiet_days_are_called_unlikely_as_rarely_as_promised(self) -> None:
        random = np.random.default_rng(5)
        unlikely = 0
        for _ in range(300):
            seen = random.binomial(24, random.beta(20, 5, 29))
            unlikely += predictive_p(float(seen[-1]), 24, history(list(seen[:-1]), [24] * 28)) <= 0.05
        assert unlikely / 300 < 0.08
