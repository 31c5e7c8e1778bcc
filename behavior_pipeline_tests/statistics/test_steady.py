"""How rare a fall is in steady weeks: uniform where nothing changed, small where something did."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from behavior_pipeline.statistics.posterior import PRIOR, Stratum
from behavior_pipeline.statistics.steady import Sample, p_of_fall, p_of_fall_on_items, p_of_rho_fall

RATES = np.array([[0.975, 0.225], [0.025, 0.775]])  # of what the judge passed, of what it failed: MCC .75
PASS_SHARE = 0.9


def by_verdict(generator: np.random.Generator, n: int, rates: np.ndarray = RATES) -> Sample:
    good = generator.binomial(n // 2, rates[0])
    table, columns = np.array([good, n // 2 - good], dtype=float), np.eye(2)
    return {
        name: Stratum(table * column, share, PRIOR * np.tile(column, (2, 1)))
        for name, column, share in zip(("pass", "fail"), columns, (PASS_SHARE, 1 - PASS_SHARE), strict=True)
    }


def at_random(generator: np.random.Generator, n: int, cells: list[float]) -> Sample:
    return sample(generator.multinomial(n, cells).reshape(2, 2))


def sample(table: npt.ArrayLike) -> Sample:
    return {"all": Stratum(np.asarray(table, dtype=float), 1.0, np.full((2, 2), PRIOR))}


class TestSteadyJudge:
    """p <= .05 comes up in about 5 % of steady weeks, whatever the labels."""

    @pytest.mark.parametrize("n", [80, 240])
    def test_labels_by_verdict(self, n: int) -> None:
        generator = np.random.default_rng(31)
        p_values = [p_of_fall(by_verdict(generator, 4 * n), by_verdict(generator, 2 * n)) for _ in range(300)]
        assert np.mean([p is not None and p <= 0.05 for p in p_values]) == pytest.approx(0.05, abs=0.035)

    def test_labels_at_random(self) -> None:
        generator = np.random.default_rng(32)
        cells = [0.72, 0.05, 0.04, 0.19]
        pairs = [(at_random(generator, 320, cells), at_random(generator, 160, cells)) for _ in range(300)]
        p_values = [p_of_fall(before, after) for before, after in pairs]
        assert np.mean([p is not None and p <= 0.05 for p in p_values]) == pytest.approx(0.05, abs=0.035)

    def test_traffic_that_gets_better_is_no_fall(self) -> None:
        """.84 -> .94 good at one sensitivity and specificity, which takes nine points off the MCC itself."""
        generator = np.random.default_rng(36)
        cells = [np.outer([good, 1 - good], [1, 1]) * [[0.95, 0.05], [0.2, 0.8]] for good in (0.84, 0.94)]
        pairs = [
            tuple(sample(generator.multinomial(n, cell.ravel()).reshape(2, 2)) for n, cell in drawn)
            for drawn in 300 * [((640, cells[0]), (320, cells[1]))]
        ]
        p_values = [p_of_fall(before, after) for before, after in pairs]
        assert np.mean([p is not None and p <= 0.05 for p in p_values]) == pytest.approx(0.05, abs=0.035)

    def test_graded_labels(self) -> None:
        generator = np.random.default_rng(33)
        normal = generator.multivariate_normal([0, 0], [[1, 0.75], [0.75, 1]], size=(400, 480))
        rhos = [
            [stats.spearmanr(part[:, 0], part[:, 1]).statistic for part in (world[:320], world[320:])]
            for world in normal
        ]
        p_values = [p_of_rho_fall((was, 320), (now, 160)) for was, now in rhos]
        assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=0.03)


class TestJudgeThatFell:
    def test_fall_is_rare_in_steady_weeks(self) -> None:
        worse = np.array([[0.96, 0.36], [0.04, 0.64]])  # MCC .60
        generator = np.random.default_rng(34)
        p_values = [
            p_of_fall(by_verdict(generator, 960), by_verdict(generator, 480, worse)) for _ in range(100)
        ]
        assert np.mean([p is not None and p <= 0.02 for p in p_values]) > 0.55

    def test_rise_is_no_fall(self) -> None:
        low, high = sample([[60, 20], [15, 50]]), sample([[75, 5], [4, 61]])
        fell, rose = p_of_fall(high, low), p_of_fall(low, high)
        assert fell is not None and fell < 0.01
        assert rose is not None and rose > 0.99

    def test_rho_that_fell(self) -> None:
        assert p_of_rho_fall((0.8, 320), (0.6, 160)) < 0.001
        assert p_of_rho_fall((0.6, 320), (0.8, 160)) > 0.999


def test_equal_labels_give_equal_values() -> None:
    drawn = by_verdict(np.random.default_rng(1), 240)
    assert p_of_fall(drawn, drawn) == p_of_fall(drawn, drawn)
    assert p_of_fall(drawn, drawn) == pytest.approx(0.5, abs=0.05)


def test_sample_by_verdict_and_one_at_random_are_compared() -> None:
    by_queue = by_verdict(np.random.default_rng(1), 960)
    steady = sample(480 * RATES * [PASS_SHARE, 1 - PASS_SHARE])
    assert (p := p_of_fall(by_queue, steady)) is not None and 0.05 < p < 0.95


class TestItems:
    HUMAN = np.repeat([True, False], [160, 160])
    BEFORE = HUMAN ^ (np.arange(320) % 16 == 0)

    def test_p_value_is_that_of_all_exchanges(self) -> None:
        """Four items moved, all from right to wrong: one of sixteen exchanges is as low."""
        human, before = np.repeat([True, False], 4), np.repeat([True, False], 4)
        after = before ^ np.isin(np.arange(8), [0, 1, 4, 5])
        assert p_of_fall_on_items(human, before, after) == pytest.approx(1 / 16, abs=0.005)
        assert p_of_fall_on_items(human, after, before) == pytest.approx(1.0, abs=0.005)

    def test_steady_judge_is_rarely_rare(self) -> None:
        generator = np.random.default_rng(35)
        noise = generator.random((2, 200, 320)) < 0.02
        p_values = [
            p_of_fall_on_items(self.HUMAN, self.BEFORE ^ one, self.BEFORE ^ two)
            for one, two in zip(*noise, strict=True)
        ]
        assert np.mean([p is not None and p <= 0.05 for p in p_values]) <= 0.05 + 0.03

    def test_people_of_one_class_have_no_agreement(self) -> None:
        assert p_of_fall_on_items(np.ones(320, dtype=bool), self.BEFORE, self.HUMAN) is None


def test_agreement_that_is_not_defined_has_no_fall() -> None:
    assert p_of_fall(sample([[60, 20], [15, 50]]), sample([[60, 20], [0, 0]])) is None
