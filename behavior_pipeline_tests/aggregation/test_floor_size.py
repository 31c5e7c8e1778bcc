"""DRIFT.md: "the floor uses n over the pooled design effect, not the week's own noisy n_eff"."""

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.floor_size import with_floor_sizes
from behavior_pipeline.tables.weekly import WEEKLY_SCORES
from behavior_pipeline_tests.aggregation import worlds
from behavior_pipeline_tests.aggregation.test_weekly import one, week_of


def sized(scores: list[float], users: list[str], weights: list[float] | None = None) -> dict[str, object]:
    facts = worlds.facts([{}] * len(scores), users)
    return one(week_of(scores=worlds.scores(scores, weights=weights), facts=facts).scores)


def test_graded_traces_of_equal_weight_count_as_they_are() -> None:
    grades = [float(grade) for grade in np.random.default_rng(1).choice([0.5, 0.75, 1.0], 50)]
    row = sized(grades, [f"u{number}" for number in range(50)])
    assert row["design_effect"] == pytest.approx(1)
    assert row["n_floor"] == pytest.approx(50)
    assert row["n_eff"] > 150  # by the variance of a verdict


def test_traces_of_a_user_that_are_alike_count_once() -> None:
    row = sized([1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], list("aabbccdd"))
    assert row["clusters"] == 4
    assert row["design_effect"] == pytest.approx(7 / 3)  # 2 x (n - 1) / (n - 2)
    assert row["n_floor"] == pytest.approx(8 * 3 / 7)


def test_effect_is_pooled_by_traces_over_the_weeks_before() -> None:
    rows = pd.DataFrame(
        {"series_id": ["s"], "n": [100], "n_kish": [90.0], "se": [0.1], "variance": [0.5]}
    ).astype({"series_id": "string"})
    before = pd.DataFrame(
        {"series_id": ["s", "s", "x"], "n": [300, 50, 9], "design_effect": [2.0, None, 9.0]}
    )
    rows["week"], before["week"] = pd.Timestamp("2026-03-09"), pd.Timestamp("2026-03-02")
    row = with_floor_sizes(rows, before.astype({"series_id": "string", "design_effect": "Float64"})).iloc[0]
    effect = 0.1**2 * 99 / 0.5
    assert row["design_effect"] == pytest.approx(effect)
    assert row["pooled_design_effect"] == pytest.approx((100 * effect + 300 * 2) / 400)
    assert row["n_floor"] == pytest.approx(100 / row["pooled_design_effect"])


def test_few_users_who_are_alike_by_chance_make_no_series_larger_than_it_is() -> None:
    row = sized([1.0, 0.0, 1.0, 0.0], list("aabb"))
    assert (row["se"], row["n_floor"]) == (0.0, 4.0)


def test_week_of_equal_scores_has_the_effect_of_its_weights() -> None:
    row = sized([1.0, 1.0, 1.0, 1.0], list("abcd"), weights=[1.0, 1.0, 1.0, 3.0])
    assert pd.isna(row["design_effect"])
    assert row["n_floor"] == pytest.approx(row["n_kish"])


def test_one_user_has_no_size_and_a_reason() -> None:
    row = sized([1.0, 0.0, 1.0], list("aaa"))
    assert all(pd.isna(row[name]) for name in ("n_floor", "pooled_design_effect", "design_effect", "n_eff"))
    assert row["missing_reason"] == "one_cluster"


def test_earlier_weeks_come_as_the_lake_has_them() -> None:
    world = worlds.random_week()
    first = week_of(**world).scores
    again = week_of(**world, earlier=first).scores
    np.testing.assert_allclose(
        again["pooled_design_effect"].to_numpy(float), first["pooled_design_effect"].to_numpy(float)
    )
    assert set(WEEKLY_SCORES.columns) == set(again.columns)
