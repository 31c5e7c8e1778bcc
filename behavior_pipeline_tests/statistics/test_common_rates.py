"""Levels by rates in common to weeks: exact cases, and coverage simulated in weeks that fall and recover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.statistics.common_rates import Weeks, common_rates
from behavior_pipeline.statistics.corrected import post_stratified

SEED = 5
WORLDS = 400
JUDGED = 1000


def shares_of(levels: np.ndarray, sensitivity: float, specificity: float) -> tuple[np.ndarray, ...]:
    """Return the pass share, and how many of the judge's passes and fails are good."""
    passed = levels * sensitivity + (1 - levels) * (1 - specificity)
    return passed, levels * sensitivity / passed, levels * (1 - sensitivity) / (1 - passed)


def expected(levels: list[float], sensitivity: float, specificity: float, n: float = 40) -> Weeks:
    """Return weeks whose counts are what they are on average."""
    passed, good, bad = shares_of(np.array(levels), sensitivity, specificity)
    tables = n * np.stack([np.stack([good, bad], -1), np.stack([1 - good, 1 - bad], -1)], -2)
    return Weeks.of(passed, JUDGED, tables)


def drawn(
    levels: list[float], rates: list[tuple[float, float]], half: list[int], random: np.random.Generator
) -> Weeks:
    """Return worlds of weeks with `half` labels of each verdict."""
    parts = [shares_of(np.array([level]), *pair) for level, pair in zip(levels, rates, strict=True)]
    passed, good, bad = (np.concatenate(part) for part in zip(*parts, strict=True))
    counts = [random.binomial(half, rate, (WORLDS, len(levels))) for rate in (good, bad)]
    tables = np.stack([np.stack(counts, -1), np.stack([half - one for one in counts], -1)], -2)
    return Weeks.of(random.binomial(JUDGED, passed, (WORLDS, len(levels))) / JUDGED, JUDGED, tables)


class TestMaximum:
    @given(
        levels=st.lists(st.floats(0.2, 0.97), min_size=1, max_size=5),
        sensitivity=st.floats(0.7, 0.99),
        specificity=st.floats(0.5, 0.99),
    )
    def test_counts_without_chance_give_the_truth_back(
        self, levels: list[float], sensitivity: float, specificity: float
    ) -> None:
        fit = common_rates(expected(levels, sensitivity, specificity, n=4000))
        assert float(fit.level) == pytest.approx(levels[-1], abs=0.002)
        if len(levels) > 1:
            assert float(fit.p_value) == pytest.approx(1, abs=0.01)

    def test_one_week_is_the_post_stratified_level(self) -> None:
        table = [[55, 9], [5, 31]]
        fit = common_rates(Weeks.of([0.8], [500], [table]))
        assert float(fit.level) == pytest.approx(post_stratified(0.8, table).value, abs=0.001)
        assert np.isnan(fit.p_value)

    def test_week_without_labels_is_read_through_the_rates_of_the_others(self) -> None:
        weeks = expected([0.94, 0.94, 0.84], 0.95, 0.8)
        weeks.sizes[-1, 1:] = weeks.hits[-1, 1:] = 0
        assert float(common_rates(weeks).level) == pytest.approx(0.84, abs=0.01)

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_judge_that_says_one_thing_has_a_level_between_its_ends(self, share: float) -> None:
        tables = [[[18, 0], [2, 0]]] * 2 if share else [[[0, 3], [0, 17]]] * 2
        fit = common_rates(Weeks.of([share] * 2, [200] * 2, tables))
        assert float(fit.level) == pytest.approx(0.9 if share else 0.15, abs=0.01)
        assert 0 <= fit.low < fit.level < fit.high <= 1

    def test_no_failure_labelled_leaves_room_below(self) -> None:
        fit = common_rates(Weeks.of([0.95] * 3, [400] * 3, [[[20, 20], [0, 0]]] * 3))
        assert float(fit.high) > 0.999
        assert 0.85 < float(fit.low) < 0.98

    @given(
        counts=st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=1, max_size=4),
        share=st.floats(0, 1),
        size=st.integers(5, 3000),
    )
    def test_any_counts_give_a_level_between_its_ends(
        self, counts: list[tuple[int, ...]], share: float, size: int
    ) -> None:
        tables = np.reshape(counts, (len(counts), 2, 2))
        fit = common_rates(Weeks.of([share] * len(counts), size, tables), traffic=size)
        assert 0 <= fit.low <= fit.level <= fit.high <= 1
        assert np.isnan(fit.p_value) or 0 <= fit.p_value <= 1

    def test_worlds_together_are_what_each_is_alone(self) -> None:
        weeks = drawn([0.9, 0.8], [(0.95, 0.8)] * 2, [20, 20], np.random.default_rng(SEED))
        together = common_rates(Weeks(weeks.hits[:3], weeks.sizes[:3]))
        for world in range(3):
            alone = common_rates(Weeks(weeks.hits[world], weeks.sizes[world]))
            assert [float(part) for part in alone] == pytest.approx(
                [float(part[world]) for part in together], abs=1e-4
            )


class TestInterval:
    """Within 2 points of nominal, and no bias, where the level stays, falls and recovers."""

    @pytest.mark.parametrize(
        ("levels", "half"),
        [
            ([0.94] * 4, [40] * 4),
            ([0.94, 0.94, 0.94, 0.84], [40] * 4),
            ([0.84, 0.84, 0.84, 0.94], [40] * 4),
            ([0.94, 0.94, 0.94, 0.84], [40, 40, 40, 0]),
            ([0.97] * 4, [120] * 4),
        ],
    )
    def test_level_is_unbiased_and_covered(self, levels: list[float], half: list[int]) -> None:
        fit = common_rates(drawn(levels, [(0.95, 0.8)] * 4, half, np.random.default_rng(SEED)))
        errors = fit.level - levels[-1]
        assert np.mean(errors) == pytest.approx(0, abs=3 * np.std(errors) / np.sqrt(WORLDS) + 0.002)
        covered = np.mean((fit.low <= levels[-1]) & (levels[-1] <= fit.high))
        assert covered == pytest.approx(0.95, abs=0.02 + 3 * np.sqrt(0.05 * 0.95 / WORLDS))

    def test_chance_in_small_traffic_makes_it_longer_where_labels_lead(self) -> None:
        table = [[[70, 30], [30, 70]]] * 2
        weeks = Weeks.of([0.7] * 2, [400] * 2, table)
        wide, narrow = common_rates(weeks, traffic=60), common_rates(weeks)
        assert wide.low < narrow.low < narrow.high < wide.high


class TestSameRates:
    @pytest.mark.parametrize("half", [10, 40])
    def test_steady_judge_is_rejected_at_most_as_often_as_promised(self, half: int) -> None:
        weeks = drawn([0.94, 0.9, 0.94, 0.84], [(0.95, 0.8)] * 4, [half] * 4, np.random.default_rng(SEED))
        rejected = np.mean(common_rates(weeks).p_value < 0.1)
        assert rejected < 0.1 + 3 * np.sqrt(0.1 * 0.9 / WORLDS)

    def test_judge_that_fails_more_is_seen(self) -> None:
        rates = [(0.95, 0.8)] * 3 + [(0.85, 0.8)]
        weeks = drawn([0.94] * 4, rates, [40] * 4, np.random.default_rng(SEED))
        assert np.mean(common_rates(weeks).p_value < 0.1) > 0.95
