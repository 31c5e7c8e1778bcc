"""Which labelled items may correct a judge's level, and how much each stands for."""

import pandas as pd
import pytest

from behavior_pipeline.calibration.items.for_correction import COLUMNS, labelled_items
from behavior_pipeline_tests.calibration.frames import checked_spec, labelled, monday, scores, spec

CELLS = (6, 1, 2, 3)


def pool(week: int, *frames: pd.DataFrame) -> pd.DataFrame:
    return labelled_items(spec(), scores(*frames), week=monday(week))


def test_four_weeks_of_fresh_labels_are_pooled_and_no_more() -> None:
    items = pool(5, *(labelled(week, CELLS) for week in range(7)))
    assert len(items) == 4 * sum(CELLS)
    assert {item.split("-")[0] for item in items["item_id"]} == {"2", "3", "4", "5"}


def test_anchors_and_diagnostic_items_are_no_sample_and_stay_out() -> None:
    items = pool(0, labelled(0, CELLS, fresh=False), labelled(0, CELLS, role="diagnostic"))
    assert list(items.columns) == COLUMNS
    assert items.empty


def test_judges_and_rubrics_stay_apart_and_a_bare_rubric_is_the_dimensions_own() -> None:
    other = labelled(0, CELLS, judge="v1@b")
    items = pool(1, other, labelled(0, CELLS, rubric="v2"), labelled(1, CELLS, rubric="v1+ffff0000"))
    assert set(zip(items["judge"], items["rubric"], strict=True)) == {
        ("v1@a", "v2+0a1b2c3d"),
        ("v1@b", "v2+0a1b2c3d"),
        ("v1@a", "v1+ffff0000"),
    }


def test_item_that_was_labelled_in_two_weeks_counts_once_as_last_seen() -> None:
    early, late = labelled(0, (1, 0, 0, 0), item_id="twice"), labelled(1, (0, 0, 1, 0), item_id="twice")
    items = pool(1, early, late)
    assert list(items["human_score"]) == [0.0]


def test_weights_are_inverse_probabilities_relative_to_week_and_verdict() -> None:
    one = labelled(0, (2, 0, 0, 2), stratum="judge_pass", inclusion_probability=[0.1, 0.3, 0.5, 0.5])
    items = pool(1, one, labelled(1, (2, 0, 0, 0), inclusion_probability=[0.9, None]))
    assert list(items["weight"]) == pytest.approx([1.5, 0.5, 1, 1, 1, 1])
    assert list(items["by_verdict"]) == [True] * 4 + [False] * 2


def test_stratum_that_is_no_verdict_counts_only_with_its_probability() -> None:
    kinds = labelled(0, (2, 0, 0, 2), stratum="long_answers", inclusion_probability=[0.1, 0.3, None, 0.2])
    assert len(pool(0, kinds)) == 3


def test_unanswered_items_and_other_dimensions_stay_out() -> None:
    silent = labelled(0, CELLS, judge_score=None, missing_reason="unknown_trace")
    assert pool(0, silent).empty
    assert labelled_items(checked_spec(), scores(labelled(0, CELLS)), week=monday(0)).empty


def test_order_of_rows_changes_nothing() -> None:
    rows = scores(*(labelled(week, CELLS) for week in range(3)))
    shuffled = rows.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(
        labelled_items(spec(), rows, week=monday(2)), labelled_items(spec(), shuffled, week=monday(2))
    )
