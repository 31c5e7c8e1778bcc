"""Levels of grades by a line in common to weeks."""

import numpy as np
import pytest

from behavior_pipeline.statistics.common_line import combined, line_through
from behavior_pipeline.statistics.corrected import Few, Many, ppi_mean, unit_interval
from behavior_pipeline.statistics.estimate import Estimate

SEED = 6
GRADES = np.array([0, 0.25, 0.5, 0.75, 1])
GOOD, FELL = [0.05, 0.1, 0.15, 0.3, 0.4], [0.15, 0.2, 0.25, 0.2, 0.2]


def judged(human: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return grades of a judge that uses half of the scale."""
    return 0.3 + 0.5 * human + random.normal(0, 0.12, len(human))


class TestLine:
    def test_points_on_a_line_give_it_back(self) -> None:
        human = np.tile(GRADES, 4)
        line = line_through(human, 0.2 + 0.6 * human, np.ones(20))
        assert line is not None
        assert (line.intercept, line.slope) == pytest.approx((0.2, 0.6))
        assert line.level(0.5, 0.01).value == pytest.approx(0.5)
        assert line.level(0.5, 0.012).se == pytest.approx(0.02)

    @pytest.mark.parametrize(
        ("human", "judge"),
        [(np.ones(30), np.linspace(0, 1, 30)), (np.tile(GRADES, 6), np.ones(30)), (GRADES, GRADES)],
    )
    def test_no_line_without_grades_a_slope_or_enough_labels(
        self, human: np.ndarray, judge: np.ndarray
    ) -> None:
        assert line_through(human, judge, np.ones(len(human))) is None


class TestCombined:
    def test_fall_is_seen_in_its_week_where_a_pooled_difference_hides_it(self) -> None:
        random, worlds, truth = np.random.default_rng(SEED), 400, float(np.dot(FELL, GRADES))
        errors, pooled, inside = [], [], 0
        for _ in range(worlds):
            before, now = (random.choice(GRADES, n, p=p) for n, p in ((120, GOOD), (40, FELL)))
            of_before, of_now = judged(before, random), judged(now, random)
            many = judged(random.choice(GRADES, 1000, p=FELL), random)
            line = line_through(before, of_before, np.ones(120))
            assert line is not None
            alone = ppi_mean([Few(now, of_now)], [Many.of(many)])
            error = float(many.std() / np.sqrt(len(many)))
            level, _ = combined(alone, line.level(float(many.mean()), error), slope=line.slope, error=error)
            low, high = unit_interval(level)
            errors.append(level.value - truth)
            inside += low <= truth <= high
            everyone = Few(np.concatenate([before, now]), np.concatenate([of_before, of_now]))
            pooled.append(ppi_mean([everyone], [Many.of(many)]).estimate.value - truth)
        assert abs(np.mean(errors)) < 0.005
        assert np.mean(pooled) > 0.05
        assert inside / worlds == pytest.approx(0.95, abs=0.035)

    def test_labels_that_do_not_fit_the_line_are_told(self) -> None:
        alone = ppi_mean([Few(np.tile(GRADES, 8), np.tile(GRADES, 8))], [Many(1.0, 0.5, 0.125, 1000)])
        near, far = (
            combined(alone, Estimate(value, None, 0.02), slope=0.9, error=0.01)[1] for value in (0.51, 0.75)
        )
        assert far < 0.001
        assert near > 0.5

    def test_no_labels_of_the_week_leave_nothing_to_mix(self) -> None:
        level, p_value = combined(ppi_mean([], []), Estimate(0.5, None, 0.1), slope=0.5, error=0.01)
        assert level.value is None
        assert np.isnan(p_value)
