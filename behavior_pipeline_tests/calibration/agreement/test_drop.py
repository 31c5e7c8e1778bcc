"""The drop rule: samples against samples, anchors against themselves, and whose pass share re-weights."""

from dataclasses import replace

import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.drop import Change, announced, drop_of
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline_tests.calibration.frames import AGREES, by_verdict, labelled, monday, scores, spec

GATE = spec().gate
SLIPPED = (38, 6, 10, 26)  # AGREES with eight verdicts turned wrong
NOW = 2  # a week without labels lies between, so that the pool of two weeks holds this one only
MANY = tuple(4 * cell for cell in AGREES)


def change(*frames: pd.DataFrame, week: int, shares: dict[int, float] | None = None) -> Change:
    by_week = {monday(number): Shares(share) for number, share in (shares or {}).items()}
    return drop_of(GATE, scores(*frames), week=monday(week), judge="v1@a", pass_shares={"v1@a": by_week})


@pytest.mark.parametrize(
    ("probability", "p_value", "expected"),
    [
        (None, None, False),
        (0.9, None, True),
        (0.89, None, False),
        (0.99, 0.03, False),
        (0.8, 0.02, True),
        (0.79, 0.001, False),
    ],
)
def test_announced(probability: float | None, p_value: float | None, expected: bool) -> None:
    assert announced(probability, p_value) is expected


def anchors(week: int, *, wrong: int) -> pd.DataFrame:
    """Return 320 anchors of which the last ones of those that the judge failed rightly now pass."""
    frame = labelled(week, MANY, fresh=False, role="anchor")
    caught = frame.index[(frame["human_score"] == 0) & (frame["judge_score"] == 0)][:wrong]
    frame.loc[caught, "judge_score"] = 1.0
    return frame


class TestAnchors:
    def test_drop_that_two_samples_do_not_show_is_seen_on_the_same_items(self) -> None:
        before, now = anchors(0, wrong=0), anchors(NOW, wrong=16)
        drop = change(before, now, week=NOW)
        assert drop.announced
        assert drop.p_value is None, "nothing was sampled"
        as_samples = [frame.assign(role="fresh") for frame in (before, now)]
        as_samples[1] = as_samples[1].assign(item_id="new-" + as_samples[1]["item_id"])
        assert not change(*as_samples, week=NOW).announced

    def test_steady_anchors_do_not_hide_what_fresh_labels_show(self) -> None:
        worse = labelled(NOW, tuple(5 * cell for cell in SLIPPED))
        steady = [anchors(week, wrong=0) for week in (0, NOW)]
        drop = change(*steady, labelled(0, tuple(5 * cell for cell in AGREES)), worse, week=NOW)
        assert drop.announced
        assert drop.p_value is not None

    def test_few_common_anchors_are_items_like_others(self) -> None:
        few = (10, 1, 1, 8)
        drop = change(
            labelled(0, few, fresh=False, role="anchor"),
            labelled(NOW, few, fresh=False, role="anchor"),
            week=NOW,
        )
        assert drop.p_value is not None

    def test_people_who_see_one_class_give_no_pairs(self) -> None:
        frames = [labelled(week, (80, 4, 0, 0), fresh=False, role="anchor") for week in (0, NOW)]
        assert change(*frames, week=NOW) == Change()


class TestPassShares:
    ROWS = (by_verdict(labelled(0, MANY)), by_verdict(labelled(NOW, MANY)))

    def test_pool_before_is_reweighted_by_its_own_weeks(self) -> None:
        reweighted = change(*self.ROWS, week=NOW, shares={NOW: 0.9, 0: 0.5})
        assert reweighted.change is not None
        assert reweighted.change < -0.1, "failures became rare, so the same labels mean less agreement"
        assert change(*self.ROWS, week=NOW, shares={NOW: 0.9, 0: 0.9}).change == pytest.approx(0)

    def test_without_a_share_of_either_pool_nothing_is_compared(self) -> None:
        for shares in ({}, {NOW: 0.9}, {0: 0.9}, {NOW: 0.9, -9: 0.5}):
            assert change(*self.ROWS, week=NOW, shares=shares) == Change()


def test_order_of_rows_changes_nothing() -> None:
    frames = [anchors(0, wrong=0), anchors(NOW, wrong=9), labelled(0, AGREES), labelled(NOW, SLIPPED)]
    assert change(*frames, week=NOW) == change(*frames[::-1], week=NOW)


def test_change_without_labels_this_week_is_unknown() -> None:
    assert change(labelled(0, AGREES), week=NOW) == Change()
    assert not replace(Change(), p_value=0.001).announced
