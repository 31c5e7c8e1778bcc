"""Corrected estimates: coverage counted exactly or simulated, and what must be missing."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.corrected import (
    Few,
    Many,
    Rate,
    lang_reiczigel,
    post_stratified,
    ppi_mean,
    rogan_gladen,
    unit_interval,
)
from behavior_pipeline.statistics.estimate import Estimate

SEED = 11
NEGLIGIBLE = 1e-6
UNLUCKY = 0.026  # a sum of two binomials sits on a lattice: coverage cannot be even in every world
PREVALENCES = (0.5, 0.7, 0.8, 0.9, 0.94, 0.97)
AGREEMENTS = (0.3, 0.5, 0.75)


def symmetric_judge(prevalence: float, mcc: float) -> tuple[float, float, float]:
    """Return pass share and human pass rates per verdict of a judge whose sensitivity is its specificity."""
    rates = np.linspace(0.5, 1, 200_001)[1:-1]
    passed = prevalence * rates + (1 - prevalence) * (1 - rates)
    mccs = (2 * rates - 1) * np.sqrt(prevalence * (1 - prevalence) / (passed * (1 - passed)))
    at = int(np.argmin(np.abs(mccs - mcc)))
    rate, share = float(rates[at]), float(passed[at])
    return share, prevalence * rate / share, prevalence * (1 - rate) / (1 - share)


def level_judge(prevalence: float, mcc: float) -> tuple[float, float, float]:
    """Return the same of a judge that passes as many as people do."""
    both = prevalence**2 + mcc * prevalence * (1 - prevalence)
    return prevalence, both / prevalence, (prevalence - both) / (1 - prevalence)


def exact_coverage(share: float, rates: tuple[float, float], drawn: int) -> float:
    """Return the coverage over every pair of counts that `drawn` labels a verdict can give."""
    counts = np.arange(drawn + 1)
    chance = np.outer(*(stats.binom.pmf(counts, drawn, rate) for rate in rates))
    truth = share * rates[0] + (1 - share) * rates[1]
    covered = 0.0
    for passed, failed in np.argwhere(chance > NEGLIGIBLE):
        estimate = post_stratified(share, [[passed, failed], [drawn - passed, drawn - failed]])
        assert estimate.low is not None
        assert estimate.high is not None
        covered += chance[passed, failed] * (estimate.low <= truth <= estimate.high)
    return covered


class TestPostStratifiedInterval:
    """Within 2 points of nominal at 80 and 240 labels, prevalence .5 to .97, but for unlucky lattices."""

    @pytest.mark.parametrize("drawn", [40, 120])
    @pytest.mark.parametrize("judge", [symmetric_judge, level_judge])
    def test_coverage_is_near_nominal_in_every_world(
        self, drawn: int, judge: Callable[[float, float], tuple[float, float, float]]
    ) -> None:
        worlds = [judge(prevalence, mcc) for prevalence in PREVALENCES for mcc in AGREEMENTS]
        coverages = [exact_coverage(share, rates, drawn) for share, *rates in worlds]
        assert min(coverages) > 0.95 - UNLUCKY
        assert max(coverages) < 0.95 + UNLUCKY
        assert np.mean(coverages) == pytest.approx(0.957, abs=0.01)

    @pytest.mark.parametrize(("prevalence", "size"), [(0.5, 300), (0.9, 300), (0.97, 1000)])
    def test_coverage_holds_where_the_pass_share_is_itself_a_sample(
        self, prevalence: float, size: int
    ) -> None:
        share, good, bad = symmetric_judge(prevalence, 0.6)
        random, drawn, hits, draws = np.random.default_rng(SEED), 40, 0, 1500
        for _ in range(draws):
            passed, failed = random.binomial(drawn, good), random.binomial(drawn, bad)
            table = [[passed, failed], [drawn - passed, drawn - failed]]
            estimate = post_stratified(random.binomial(size, share) / size, table, pass_share_n=size)
            hits += estimate.low <= prevalence <= estimate.high
        assert hits / draws == pytest.approx(0.955, abs=0.03)

    def test_sampled_pass_share_widens_the_interval(self) -> None:
        table = [[38, 12], [2, 28]]
        known, sampled = post_stratified(0.8, table), post_stratified(0.8, table, pass_share_n=100)
        assert sampled.value == known.value
        assert sampled.low < known.low < known.high < sampled.high
        assert sampled.se > known.se


class TestShareOfTheTrafficItself:
    """The week's own share differs from the one that produced it, and labels of other weeks do not see it."""

    def test_small_week_is_covered_only_where_its_own_chance_counts(self) -> None:
        share, good, bad, traffic, drawn = 0.65, 0.9, 0.8, 30, 30
        random, draws = np.random.default_rng(SEED), 2500
        hits = {None: 0, traffic: 0}
        for _ in range(draws):
            passes = random.binomial(traffic, share)
            truth = (random.binomial(passes, good) + random.binomial(traffic - passes, bad)) / traffic
            x, y = random.binomial(drawn, good), random.binomial(drawn, bad)
            table = [[x, y], [drawn - x, drawn - y]]
            for size in hits:
                estimate = post_stratified(passes / traffic, table, pass_share_n=traffic, traffic=size)
                hits[size] += estimate.low <= truth <= estimate.high
        assert hits[traffic] / draws == pytest.approx(0.95, abs=0.03)
        assert hits[None] / draws < 0.88

    def test_large_week_is_hardly_wider(self) -> None:
        table = [[118, 60], [2, 60]]
        long_run, week = post_stratified(0.9, table), post_stratified(0.9, table, traffic=10_000)
        assert week.value == long_run.value
        assert 0 < long_run.low - week.low < 0.001

    def test_graded_interval_holds_a_small_week(self) -> None:
        random, hits, draws = np.random.default_rng(SEED), 0, 1000
        for _ in range(draws):
            (human, judge), (labelled, scored) = graded_world(random, 25), graded_world(random, 60)
            estimate = ppi_mean([Few(labelled, scored)], [Many.of(judge)], traffic=25).estimate
            hits += estimate.low <= human.mean() <= estimate.high
        assert hits / draws > 0.92


class TestPostStratifiedPoint:
    def test_point_is_unbiased_where_the_raw_judge_is_off_by_five_points(self) -> None:
        share, good, bad, drawn = 0.85, 0.98, 0.45, 120
        truth = share * good + (1 - share) * bad
        assert truth - share == pytest.approx(0.05, abs=0.003)
        random = np.random.default_rng(SEED)
        points = []
        for _ in range(4000):
            x, y = random.binomial(drawn, good), random.binomial(drawn, bad)
            points.append(post_stratified(share, [[x, y], [drawn - x, drawn - y]]).value)
        assert np.mean(points) == pytest.approx(truth, abs=0.001)  # five errors of the simulation

    def test_labels_without_a_failure_leave_room_below(self) -> None:
        estimate = post_stratified(0.97, [[40, 40], [0, 0]])
        assert estimate.value == 1.0
        assert estimate.high == 1.0
        assert estimate.low == pytest.approx(0.94, abs=0.01)

    def test_no_labels_are_missing_with_a_reason(self) -> None:
        assert post_stratified(0.9, [[0, 0], [0, 0]]).reason is Reason.NO_LABELS

    @pytest.mark.parametrize("table", [[[30, 0], [2, 0]], [[0, 5], [0, 30]]])
    def test_verdict_without_labels_is_missing_with_a_reason(self, table: list[list[int]]) -> None:
        estimate = post_stratified(0.9, table)
        assert (estimate.value, estimate.low, estimate.reason) == (None, None, Reason.VERDICT_UNLABELLED)

    def test_verdict_that_never_occurs_needs_no_labels(self) -> None:
        estimate = post_stratified(1.0, [[30, 0], [10, 0]])
        assert estimate.value == pytest.approx(0.75)
        assert estimate.reason is None

    def test_one_label_of_a_verdict_gives_no_error_but_an_interval(self) -> None:
        estimate = post_stratified(0.9, [[30, 1], [2, 0]])
        assert (estimate.se, estimate.reason) == (None, Reason.TOO_FEW)
        assert estimate.low < estimate.value < estimate.high

    @given(
        share=st.floats(0.01, 0.99),
        cells=st.tuples(*[st.integers(1, 60)] * 4),
        size=st.one_of(st.none(), st.integers(20, 5000)),
    )
    def test_interval_holds_the_point_and_stays_in_the_unit(
        self, share: float, cells: tuple[int, ...], size: int | None
    ) -> None:
        estimate = post_stratified(share, np.reshape(cells, (2, 2)), pass_share_n=size)
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def graded_world(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what people and a judge, too strict by about .1, say of n traces, in steps of a quarter."""
    human = random.choice([0, 0.25, 0.5, 0.75, 1], size=n, p=[0.05, 0.1, 0.2, 0.3, 0.35])
    judge = human - random.choice([0, 0.25, 0.5], size=n, p=[0.65, 0.3, 0.05])
    return human, np.clip(judge, 0, 1)


def strata_of(judge: np.ndarray) -> list[Many]:
    return [
        Many(float(stratum.mean()), float(judge[stratum].mean()), float(judge[stratum].var()), len(judge))
        for stratum in (judge >= 0.5, judge < 0.5)
    ]


class TestPredictionPowered:
    def test_stratified_labels_cover_and_are_unbiased(self) -> None:
        random = np.random.default_rng(SEED)
        truth = graded_world(random, 1_000_000)[0].mean()
        hits, points, draws, drawn = 0, [], 1200, 40
        for _ in range(draws):
            human, judge = graded_world(random, 1500)
            passed = judge >= 0.5
            picked = [
                random.choice(np.flatnonzero(stratum), drawn, replace=False) for stratum in (passed, ~passed)
            ]
            estimate = ppi_mean([Few(human[at], judge[at]) for at in picked], strata_of(judge)).estimate
            points.append(estimate.value)
            hits += estimate.low <= truth <= estimate.high
        assert np.mean(points) == pytest.approx(truth, abs=0.004)
        assert hits / draws == pytest.approx(0.95, abs=0.02)

    def test_judge_that_knows_shortens_the_interval(self) -> None:
        random = np.random.default_rng(SEED)
        (human, judge), (_, many) = graded_world(random, 200), graded_world(random, 5000)
        tuned, classical = (
            ppi_mean([Few(human, judge)], [Many.of(many)], power=power) for power in (None, 0.0)
        )
        assert tuned.estimate.se < 0.75 * classical.estimate.se

    def test_constant_judge_is_not_used(self) -> None:
        human = np.array([0.0, 1, 1, 1, 0, 1])
        mean = ppi_mean([Few(human, np.ones(6))], [Many.of(np.ones(50))])
        assert mean.power == 0.0
        assert mean.estimate.value == pytest.approx(human.mean())

    @pytest.mark.parametrize(
        ("counts", "reason"),
        [((0, 0), Reason.NO_LABELS), ((5, 0), Reason.VERDICT_UNLABELLED), ((5, 1), Reason.TOO_FEW)],
    )
    def test_too_few_labels_are_missing_with_a_reason(self, counts: tuple[int, int], reason: Reason) -> None:
        random = np.random.default_rng(SEED)
        few = [Few(*graded_world(random, count)) for count in counts]
        assert ppi_mean(few, strata_of(graded_world(random, 500)[1])).estimate.reason is reason


class TestUnitInterval:
    """Grades crowd at the top of a scale, where an interval that is even on both sides leaves [0, 1]."""

    @pytest.mark.parametrize("labelled", [40, 80, 240])
    def test_coverage_near_the_top_is_near_nominal_where_the_normal_interval_is_not(
        self, labelled: int
    ) -> None:
        random, draws, hits = np.random.default_rng(SEED), 1200, np.zeros(2)
        shares, grades = [0.005, 0.01, 0.015, 0.05, 0.92], np.array([0, 0.25, 0.5, 0.75, 1])
        for _ in range(draws):
            human = random.choice(grades, size=labelled + 600, p=shares)
            judge = np.clip(human - random.choice([0, 0.25, 0.5], size=len(human), p=[0.6, 0.3, 0.1]), 0, 1)
            few, many = Few(human[:labelled], judge[:labelled]), Many.of(judge[labelled:])
            estimate = ppi_mean([few], [many]).estimate
            for at, (low, high) in enumerate((unit_interval(estimate), (estimate.low, estimate.high))):
                hits[at] += low <= shares @ grades <= high
        ours, normal = hits / draws
        assert ours == pytest.approx(0.95, abs=0.035)
        assert normal < ours

    def test_labels_all_alike_leave_room_and_none_give_no_interval(self) -> None:
        alike = ppi_mean([Few(np.ones(40), np.ones(40))], [Many.of(np.ones(300))]).estimate
        low, high = unit_interval(alike)
        assert (high, alike.se) == (1.0, 0.0)
        assert 0.85 < low < 0.95
        assert unit_interval(Estimate(reason=Reason.NO_LABELS)) is None


class TestRoganGladen:
    @given(truth=st.floats(0, 1), sensitivity=st.floats(0.6, 1), specificity=st.floats(0.6, 1))
    def test_true_share_comes_back_from_the_observed_one(
        self, truth: float, sensitivity: float, specificity: float
    ) -> None:
        seen = truth * sensitivity + (1 - truth) * (1 - specificity)
        estimate = rogan_gladen(seen, sensitivity=sensitivity, specificity=specificity)
        assert estimate.value == pytest.approx(truth, abs=1e-9)

    def test_interval_covers_where_labels_are_few(self) -> None:
        random = np.random.default_rng(SEED)
        truth, sensitivity, specificity, n, hits, draws = 0.9, 0.95, 0.8, 600, 0, 4000
        seen = random.binomial(n, truth * sensitivity + (1 - truth) * (1 - specificity), draws)
        good, bad = random.binomial(72, sensitivity, draws), random.binomial(40, specificity, draws)
        for passed, right, caught in zip(seen, good, bad, strict=True):
            estimate = lang_reiczigel(Rate(passed, n), Rate(right, 72), Rate(caught, 40))
            hits += estimate.low <= truth <= estimate.high
        assert hits / draws == pytest.approx(0.955, abs=0.02)

    def test_judge_no_better_than_chance_has_no_interval(self) -> None:
        estimate = lang_reiczigel(Rate(80, 100), Rate(20, 40), Rate(15, 40))
        assert (estimate.value, estimate.low, estimate.reason) == (None, None, Reason.JUDGE_UNINFORMATIVE)
