"""The drop rule: samples against samples, anchors against themselves, and whose pass share re-weights."""

import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.drop import Change, drop_of, likely
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.calibration.frames import AGREES, by_verdict, labelled, monday, scores, spec

GATE = spec().gate
SLIPPED = (38, 6, 10, 26)  # AGREES with eight verdicts turned wrong
NOW = 2  # a week without labels lies between, so that the pool of two weeks holds this one only
MANY = tuple(4 * cell for cell in AGREES)


def change(*frames: pd.DataFrame, week: int, shares: dict[int, float] | None = None) -> Change:
    by_week = {monday(number): Shares(share) for number, share in (shares or {}).items()}
    return drop_of(GATE, scores(*frames), week=monday(week), judge="v1@a", pass_shares={"v1@a": by_week})


@pytest.mark.parametrize(
    ("probability", "compared", "expected"),
    [
        (None, "all", False),
        (0.8, "all", True),
        (0.79, "judged", False),
        (0.89, "anchors", False),
        (0.9, "anchors", True),
    ],
)
def test_likely(probability: float | None, compared: str, expected: bool) -> None:
    assert likely(probability, compared) is expected


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
        assert (drop.compared, drop.likely) == ("anchors", True)
        assert drop.p_value is not None and drop.p_value < 0.001
        as_samples = [frame.assign(role="fresh") for frame in (before, now)]
        as_samples[1] = as_samples[1].assign(item_id="new-" + as_samples[1]["item_id"])
        apart = change(*as_samples, week=NOW)
        assert apart.p_value is not None and apart.p_value > 0.01

    def test_steady_anchors_do_not_hide_what_fresh_labels_show(self) -> None:
        worse = labelled(NOW, tuple(5 * cell for cell in SLIPPED))
        before = labelled(0, tuple(5 * cell for cell in AGREES))
        steady = [anchors(week, wrong=0) for week in (0, NOW)]
        drop = change(*steady, before, worse, week=NOW)
        assert (drop.compared, drop.likely) == ("all", True)
        alone = change(before, worse, week=NOW)
        assert alone.p_value is not None and drop.p_value is not None
        assert drop.p_value == pytest.approx(2 * alone.p_value), "two were looked at"

    def test_few_common_anchors_are_items_like_others(self) -> None:
        few = (10, 1, 1, 8)
        drop = change(
            labelled(0, few, fresh=False, role="anchor"),
            labelled(NOW, few, fresh=False, role="anchor"),
            week=NOW,
        )
        assert drop.compared == "all"

    def test_people_who_see_one_class_give_no_pairs(self) -> None:
        frames = [labelled(week, (80, 4, 0, 0), fresh=False, role="anchor") for week in (0, NOW)]
        assert change(*frames, week=NOW).reason == "human_one_class"


class TestPassShares:
    ROWS = (by_verdict(labelled(0, MANY)), by_verdict(labelled(NOW, MANY)))

    def test_either_pool_is_reweighted_by_its_own_weeks_and_told_at_one_prevalence(self) -> None:
        drop = change(*self.ROWS, week=NOW, shares={NOW: 0.9, 0: 0.5})
        assert drop.prevalence == pytest.approx((0.5 + 0.8) / 2, abs=0.05), "the mean of both pools"
        assert change(*self.ROWS, week=NOW, shares={NOW: 0.9, 0: 0.9}).change == pytest.approx(0)

    def test_without_a_share_of_either_pool_nothing_is_compared(self) -> None:
        for shares in ({}, {NOW: 0.9}, {0: 0.9}, {NOW: 0.9, -9: 0.5}):
            compared = change(*self.ROWS, week=NOW, shares=shares)
            assert (compared.probability, compared.reason) == (None, "no_scored_trace")


class TestOnePrevalence:
    def test_judge_that_errs_as_before_did_not_drop_when_traffic_got_better(self) -> None:
        """Sensitivity .95 and specificity .80, at .84 and at .94 good: the MCC itself falls by .12."""
        before, now = labelled(0, (798, 42, 32, 128)), labelled(NOW, (893, 47, 12, 48))
        drop = change(before, now, week=NOW)
        assert drop.change == pytest.approx(0, abs=1e-6)
        assert drop.prevalence == pytest.approx(0.89)
        assert drop.p_value is not None and drop.p_value > 0.3
        assert not drop.likely

    def test_few_failures_are_not_compared(self) -> None:
        before, now = labelled(0, (200, 4, 4, 32)), labelled(NOW, (200, 4, 4, 5))
        assert change(before, now, week=NOW).reason == "too_few"
        assert change(before, labelled(NOW, (200, 4, 4, 6)), week=NOW).reason is None

    def test_both_pools_are_named(self) -> None:
        drop = change(labelled(0, AGREES, judge="v1@b"), labelled(NOW, SLIPPED), week=NOW)
        assert drop.earlier is not None and drop.now is not None
        assert (drop.earlier.judges, drop.now.judges) == (("v1@b",), ("v1@a",))
        assert (drop.earlier.weeks, drop.now.weeks) == ((monday(0),), (monday(NOW),))
        assert (drop.now.n, drop.now.failures, drop.now.datasets) == (80, 36, ("v3",))


class TestJudgedPart:
    def test_good_check_does_not_hide_a_judge_that_fell(self) -> None:
        """Checks fail as many traces again, rightly."""
        numbers = range(160)
        checked = [
            labelled(week, (0, 0, 0, 160), evaluator="check:c", item_id=[f"{week}c{n}" for n in numbers])
            for week in (0, NOW)
        ]
        cells = (tuple(3 * cell for cell in of) for of in (AGREES, SLIPPED))
        judged = [labelled(week, of) for week, of in zip((0, NOW), cells, strict=True)]
        both = change(*checked, *judged, week=NOW)
        assert both.compared == "judged"
        assert both.change == change(*judged, week=NOW).change
        assert both.now is not None and both.now.n == 240


def test_order_of_rows_changes_nothing() -> None:
    frames = [anchors(0, wrong=0), anchors(NOW, wrong=9), labelled(0, AGREES), labelled(NOW, SLIPPED)]
    assert change(*frames, week=NOW) == change(*frames[::-1], week=NOW)


def test_change_without_labels_this_week_is_unknown() -> None:
    assert change(labelled(0, AGREES), week=NOW) == Change(reason=Reason.NO_LABELS)
    assert change(labelled(NOW, AGREES), week=NOW) == Change(reason=Reason.SHORT_HISTORY)
