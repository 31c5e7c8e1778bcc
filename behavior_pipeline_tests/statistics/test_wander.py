"""How far levels wander is found again in simulated weeks."""

import numpy as np
import pytest
from scipy import stats

from behavior_pipeline.statistics.contrast import drawn_to, logit_change, smoothed
from behavior_pipeline.statistics.moderated import moderated_variance
from behavior_pipeline.statistics.wander import Wander, wander


def weeks(rng: np.random.Generator, *, series: int, deviation: float, correlation: float) -> np.ndarray:
    levels = np.empty((series, 16))
    levels[:, 0] = rng.normal(0, deviation, series)
    for week in range(1, 16):
        shock = rng.normal(0, deviation * np.sqrt(1 - correlation**2), series)
        levels[:, week] = correlation * levels[:, week - 1] + shock
    return levels


@pytest.mark.parametrize(("deviation", "correlation"), [(0.2, 0.0), (0.2, 0.6)])
def test_process_of_many_series_is_recovered(deviation: float, correlation: float) -> None:
    rng = np.random.default_rng(3)
    levels = weeks(rng, series=400, deviation=deviation, correlation=correlation)
    seen = levels + rng.normal(0, 0.15, levels.shape)
    found_again = wander(seen, np.full(levels.shape, 0.15**2))
    assert found_again.variance == pytest.approx(deviation**2, rel=0.15)
    assert found_again.correlation == pytest.approx(correlation, abs=0.1)


def test_sampling_alone_leaves_next_to_nothing() -> None:
    seen = np.random.default_rng(4).normal(0, 0.15, (200, 12))
    assert wander(seen, np.full(seen.shape, 0.15**2)).variance < 0.1 * 0.15**2


def test_missing_weeks_are_passed_over() -> None:
    rng = np.random.default_rng(5)
    levels = weeks(rng, series=300, deviation=0.2, correlation=0.0)
    levels[rng.uniform(size=levels.shape) < 0.3] = np.nan
    levels[0] = np.nan
    assert wander(levels, np.full(levels.shape, 1e-6)).variance == pytest.approx(0.04, rel=0.1)


def test_contrast_of_independent_weeks_has_the_sum_of_squares() -> None:
    assert Wander(0.5, 0.0).of_contrast(np.array([-0.5, -0.5, 1.0])) == pytest.approx(0.5 * 1.5)


def test_weeks_that_are_alike_add_less_to_a_change() -> None:
    weights = np.array([-1.0, 1.0])
    assert Wander(0.5, 0.8).of_contrast(weights) == pytest.approx(2 * 0.5 * 0.2)


def test_no_series_knows_nothing() -> None:
    assert wander(np.full((2, 4), np.nan), np.full((2, 4), np.nan)) == Wander()


def test_midpoint_variance_is_the_same_for_a_fall_and_its_reverse() -> None:
    fall, rise = logit_change((0.88, 200.0), (0.94, 1600.0)), logit_change((0.94, 200.0), (0.88, 1600.0))
    assert fall.variance == pytest.approx(rise.variance)
    assert fall.value == pytest.approx(-rise.value)


def test_level_of_one_has_a_logit() -> None:
    level = smoothed(1.0, 1600.0)
    change = logit_change((drawn_to(1.0, 200.0, level=level), 201.0), (level, 1601.0))
    assert np.isfinite(change.value)
    assert abs(change.z) < 1


@pytest.mark.parametrize(("level", "n"), [(0.85, 448), (0.94, 224), (0.97, 224), (0.99, 448)])
def test_small_samples_fall_by_chance_as_rarely_as_told(level: float, n: int) -> None:
    """Exact: all outcomes of a week and of eight before it, at the p-value of one in fifty slices."""
    before, now = np.arange(8 * n + 1), np.arange(n + 1)
    chance = np.outer(stats.binom.pmf(now, n, level), stats.binom.pmf(before, 8 * n, level))
    usual = smoothed(before / (8 * n), 8 * n)
    drawn = drawn_to(now[:, None] / n, float(n), level=usual)
    change = logit_change((drawn, n + 1.0), (usual, 8 * n + 1.0))
    assert 0.4 < chance[change.z < -3.6].sum() / stats.norm.sf(3.6) < 1.2


def test_df_of_a_squeezed_variance_are_never_more_than_all_have() -> None:
    squeezed = moderated_variance([1.0, 1.01, 0.99], 8.0)
    assert squeezed.df.tolist() == [24.0] * 3


def test_variances_that_differ_keep_some_of_their_own() -> None:
    squeezed = moderated_variance([0.2, 1.0, 30.0, 1.5, 0.4], 8.0)
    assert np.isfinite(squeezed.prior_df)
    assert squeezed.posterior[2] > 5 * squeezed.posterior[0]
