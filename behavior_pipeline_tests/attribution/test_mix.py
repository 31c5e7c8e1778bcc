import pandas as pd
import pytest

from behavior_pipeline.attribution.mix import change_of, joint_bounds, mixes
from behavior_pipeline_tests.attribution.worlds import cells, finding, weekly

EASY, HARD, GERMAN = ("orders", "en"), ("returns", "en"), ("orders", "de")


def test_harder_questions_are_mix_of_their_key() -> None:
    before, now = {EASY: (800, 0.95), HARD: (200, 0.7)}, {EASY: (500, 0.95), HARD: (500, 0.7)}
    first = mixes(cells(before, now), finding())[0]
    assert first.key == "query.category"
    assert first.mix == pytest.approx(first.total) == pytest.approx(-0.075)
    assert first.within == pytest.approx(0)


def test_fall_in_one_value_is_within_and_named() -> None:
    before, now = {EASY: (500, 0.9), HARD: (500, 0.9)}, {EASY: (500, 0.9), HARD: (500, 0.8)}
    split = next(one for one in mixes(cells(before, now), finding()) if one.key == "query.category")
    assert split.within == pytest.approx(-0.05)
    assert (split.values[0].value, split.values[0].within) == ("returns", pytest.approx(-0.05))
    assert split.values[0].se == pytest.approx(0.5 * (0.9 * 0.1 / 2000 + 0.8 * 0.2 / 500) ** 0.5)


def test_slice_is_split_by_the_other_keys() -> None:
    before, now = {EASY: (800, 0.95), GERMAN: (200, 0.5)}, {EASY: (200, 0.95), GERMAN: (800, 0.5)}
    orders = finding(slice_key="query.category", slice_value="orders")
    splits = mixes(cells(before, now), orders)
    assert [split.key for split in splits] == ["user.language"]
    assert splits[0].mix == pytest.approx(-0.27)


def test_latency_is_split_on_its_own_scale() -> None:
    level = {EASY: (500, 1.0), HARD: (500, 1.5)}, {EASY: (500, 1.7), HARD: (500, 2.2)}
    table = pd.concat([cells(*level, metric="log_seconds"), cells({EASY: (9, 0.1)}, {EASY: (9, 0.9)})])
    slow = finding(kind="latency", metric="p95", unit="seconds", worse=1, effect=3.0)
    assert change_of(table, slow) == pytest.approx(0.7)
    assert mixes(table, slow)[0].within == pytest.approx(0.7)


def test_other_judge_is_another_series() -> None:
    assert mixes(cells({EASY: (9, 0.9)}, {EASY: (9, 0.8)}, judge="v2@m"), finding()) == []
    assert change_of(cells({EASY: (9, 0.9)}, {EASY: (9, 0.8)}, judge="v2@m"), finding()) is None


def test_frame_that_shrank_by_bad_answers_hides_a_fall() -> None:
    """Answers that fail leave the frame: its mean rises, and the mean over all may have fallen."""
    bounds = joint_bounds(weekly([0.9, 0.9, 0.91, 0.9, 0.6], [0.9, 0.9, 0.9, 0.9, 0.95]), finding())
    assert bounds is not None
    assert bounds.moved
    assert bounds.change_if_zero == pytest.approx(0.6 * 0.95 - 0.9025 * 0.9)
    assert bounds.change_if_one == pytest.approx(0.6 * 0.95 + 0.4 - (0.9025 * 0.9 + 0.0975))


def test_share_that_wanders_has_not_moved() -> None:
    shares = [0.9, 0.82, 0.94, 0.86, 0.8]
    bounds = joint_bounds(weekly(shares, [0.9] * 5), finding())
    assert bounds is not None
    assert not bounds.moved


def test_no_baseline_has_no_bounds() -> None:
    table = weekly([0.9] * 5, [0.9] * 5)
    assert joint_bounds(table, finding(baseline_periods=None)) is None
    assert joint_bounds(table.iloc[:0], finding()) is None
