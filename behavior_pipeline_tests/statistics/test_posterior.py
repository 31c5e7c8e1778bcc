"""Posteriors of agreement: checked against plain Monte Carlo, symmetry, and a simulated world."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics import agreement, correlation
from behavior_pipeline.statistics.posterior import (
    mcc_posterior,
    probability_of_drop,
    production_table,
    spearman_posterior,
    strata_mcc_posterior,
)
from behavior_pipeline_tests.statistics.strata import strata_by_verdict

CELLS = st.tuples(*[st.integers(0, 60)] * 4)


def drawn_mcc(cells: np.ndarray) -> np.ndarray:
    tp, fn, fp, tn = cells
    return (tp * tn - fp * fn) / np.sqrt((tp + fn) * (fp + tn) * (tp + fp) * (fn + tn))


class TestMcc:
    @given(CELLS)
    @settings(max_examples=30, deadline=None)
    def test_probability_equals_plain_monte_carlo(self, cells: tuple[int, ...]) -> None:
        draws = np.random.default_rng(9).dirichlet(np.array(cells) + 0.5, 40_000).T
        exact = mcc_posterior(np.reshape(cells, (2, 2))).above(0.6)
        assert exact == pytest.approx(np.mean(drawn_mcc(draws) >= 0.6), abs=0.012)  # 5 errors of the draws

    @given(CELLS)
    @settings(max_examples=30, deadline=None)
    def test_naming_the_classes_the_other_way_round_changes_nothing(self, cells: tuple[int, ...]) -> None:
        table = np.reshape(cells, (2, 2))
        assert mcc_posterior(table).above(0.6) == pytest.approx(
            mcc_posterior(table[::-1, ::-1]).above(0.6), abs=0.003
        )
        assert agreement.mcc(table).value == pytest.approx(agreement.mcc(table[::-1, ::-1]).value)

    def test_more_labels_narrow_the_interval(self) -> None:
        widths = [
            np.ptp(mcc_posterior(np.array([[52, 6], [5, 17]]) * times).interval()) for times in (1, 4, 16)
        ]
        assert widths[0] > 1.8 * widths[1] > 3.2 * widths[2]

    def test_a_hundred_calls_take_seconds(self) -> None:
        started = time.perf_counter()
        for number in range(100):
            mcc_posterior([[150 + number, 10], [8, 30]])
        assert time.perf_counter() - started < 5

    def test_judge_that_passes_everything_is_far_below_the_gate(self) -> None:
        table = [[280, 0], [40, 0]]
        assert agreement.mcc(table).reason is Reason.JUDGE_ONE_CLASS
        assert mcc_posterior(table).above(0.6) < 0.001


class TestStratified:
    def test_balanced_share_changes_nothing(self) -> None:
        table = np.array([[57, 11], [3, 49]])
        assert agreement.mcc(production_table(table, 0.5)).value == pytest.approx(agreement.mcc(table).value)

    def test_rare_failures_lower_the_agreement(self) -> None:
        table = np.array([[57, 11], [3, 49]])
        chances = [
            strata_mcc_posterior(strata_by_verdict(table, share)).above(0.6)
            for share in (0.5, 0.8, 0.9, 0.97)
        ]
        assert chances == sorted(chances, reverse=True)


class TestDrop:
    def test_same_labels_have_even_chances(self) -> None:
        belief = mcc_posterior([[70, 5], [6, 24]])
        assert probability_of_drop(belief, belief, drop=0) == pytest.approx(0.5, abs=0.001)

    def test_drop_and_rise_are_mirrored(self) -> None:
        before, after = mcc_posterior([[70, 5], [6, 24]]), mcc_posterior([[60, 12], [11, 22]])
        fell, rose = probability_of_drop(before, after, drop=0), probability_of_drop(after, before, drop=0)
        assert fell + rose == pytest.approx(1, abs=0.001)


class TestSpearman:
    def test_posterior_repeats_the_formula(self) -> None:
        belief = spearman_posterior(0.72, 90)
        assert belief.above(0.7) == pytest.approx(correlation.probability_rho_above(0.72, 90, 0.7), abs=0.001)
        assert belief.interval() == pytest.approx(correlation.bonett_wright(0.72, 90), abs=0.001)

    def test_formula_agrees_with_the_bootstrap(self) -> None:
        generator = np.random.default_rng(4)
        human = generator.integers(1, 6, 150)
        judge = np.clip(human + generator.integers(-1, 2, 150), 1, 5)
        rho = agreement.spearman(human, judge).value
        assert rho is not None
        picks = generator.integers(150, size=(2000, 150))
        boot = [stats.spearmanr(human[pick], judge[pick]).statistic for pick in picks]
        for gate in (rho - 0.04, rho, rho + 0.03):
            assert correlation.probability_rho_above(rho, 150, gate) == pytest.approx(
                np.mean(np.array(boot) >= gate), abs=0.12
            )

    def test_bca_agrees_with_scipy(self) -> None:
        generator = np.random.default_rng(8)
        x = generator.normal(size=60)
        y = x + generator.normal(size=60)
        low, high = correlation.spearman_bca(x, y) or (0, 0)
        theirs = stats.bootstrap(
            (x, y), lambda a, b: stats.spearmanr(a, b).statistic,
            paired=True, vectorized=False, n_resamples=2000, rng=np.random.default_rng(1),
        ).confidence_interval  # fmt: skip
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.03)

    def test_bca_of_a_thousand_grades_takes_seconds(self) -> None:
        generator = np.random.default_rng(6)
        human = generator.integers(0, 5, 1600)
        started = time.perf_counter()
        interval = correlation.spearman_bca(human, np.clip(human + generator.integers(-1, 2, 1600), 0, 4))
        assert interval is not None
        assert time.perf_counter() - started < 5

    @pytest.mark.parametrize(
        ("x", "y"), [([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]), ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), ([1, 2], [2, 1])]
    )
    def test_bca_that_is_not_defined_is_none(self, x: list[int], y: list[int]) -> None:
        assert correlation.spearman_bca(x, y) is None


def test_posterior_is_calibrated() -> None:
    """Worlds drawn from the prior: of those called P = p, a share p is above the gate; intervals cover."""
    generator = np.random.default_rng(12)
    worlds = 250
    called, above, covered = np.empty(worlds), np.empty(worlds, bool), 0
    for world in range(worlds):
        cells = generator.dirichlet(np.full(4, 0.5))
        truth = drawn_mcc(cells[:, None])[0]
        belief = mcc_posterior(generator.multinomial(120, cells).reshape(2, 2))
        called[world], above[world] = belief.above(0.4), truth >= 0.4
        low, high = belief.interval()
        covered += low <= truth <= high
    error = np.sqrt((called * (1 - called)).sum())
    assert abs((called - above).sum()) < 3.5 * error
    for low, high in ((0.02, 0.3), (0.3, 0.7), (0.7, 0.98)):
        inside = (called >= low) & (called < high)
        noise = 3.5 * 0.5 / np.sqrt(max(inside.sum(), 1))
        assert above[inside].mean() == pytest.approx(called[inside].mean(), abs=noise)
    assert covered / worlds == pytest.approx(0.95, abs=0.035)
