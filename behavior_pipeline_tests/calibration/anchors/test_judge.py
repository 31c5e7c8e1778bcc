"""Anchors judged again: what counts as a move of the judge, and what it is compared with."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.anchors.judge import judge_changes, moved_since
from behavior_pipeline.drift.decision.decide import RULES
from behavior_pipeline.drift.detectors import anchors as anchors_detector
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.statistics.intervals import mcnemar_exact
from behavior_pipeline_tests.calibration.frames import RUBRIC, checked_spec, labelled, monday, scores, spec

STEADY = (72, 8, 8, 72)  # tp, fn, fp, tn: MCC .80


def anchors(
    week: int, *, build: str | None = None, flip: dict[str, int] | None = None, **other: Any
) -> pd.DataFrame:
    """Return the anchors of a week, STEADY but for so many flips of each cell (tp, fn, fp, tn)."""
    rows = labelled(week, STEADY, fresh=False, **other)
    judge = rows["judge"].iloc[0]
    verdicts = rows["judge_score"].to_numpy(dtype=float, copy=True)
    starts = dict(zip(("tp", "fn", "fp", "tn"), (0, 72, 80, 88), strict=True))
    for cell, count in (flip or {}).items():
        verdicts[starts[cell] : starts[cell] + count] = 1 - verdicts[starts[cell] : starts[cell] + count]
    return rows.assign(judge_score=verdicts, judge_build=None if build is None else f"{judge}+{build}")


def change(week: int, *frames: pd.DataFrame, of: Any = None) -> pd.Series:
    changes = judge_changes(of or spec(), week=monday(week), scores=scores(*frames))
    assert len(changes) == 1
    return changes.iloc[0]


def test_new_model_that_is_wrong_more_often_is_seen_item_by_item() -> None:
    row = change(1, anchors(0), anchors(1, judge="v1@b", flip={"tp": 14, "fp": 3, "fn": 1}))
    assert (row["n"], row["lower"], row["higher"], row["worse"], row["better"]) == (160, 17, 1, 14, 4)
    assert row["p_level"] == pytest.approx(mcnemar_exact(17, 1))
    assert row["p_level_adjusted"] == pytest.approx(2 * mcnemar_exact(17, 1))
    assert row["p_correct_adjusted"] == pytest.approx(
        mcnemar_exact(14, 4)
    )  # the larger of two is not doubled
    assert (row["level_before"], row["level_after"]) == (0.5, 0.5 - 16 / 160)
    assert (row["agreement_before"], row["test"]) == (pytest.approx(0.8), "mcnemar")
    assert row["agreement_after"] < 0.72
    assert (row["changed"], row["baseline_judge"], row["baseline_week"]) == (
        "judge", "v1@a", pd.Timestamp(monday(0)),
    )  # fmt: skip
    assert row["reason"] == "judge_less_right"


def test_first_week_of_a_set_has_nothing_to_compare_with() -> None:
    row = change(0, anchors(0))
    assert (row["n"], row["anchors"], row["reason"]) == (0, 160, "first_anchors")
    assert pd.isna(row["baseline_week"]) and pd.isna(row["p_level"]) and pd.isna(row["level_before"])
    replaced = change(1, anchors(0), anchors(1, dataset="v4"))
    assert (replaced["dataset"], replaced["reason"]) == ("v4", "first_anchors")


def test_same_verdicts_are_steady_whatever_the_build() -> None:
    row = change(1, anchors(0, build="x"), anchors(1, build="y"))
    assert (row["reason"], row["lower"], row["higher"], row["p_level"]) == ("judge_steady", 0, 0, 1.0)
    assert (row["changed"], row["baseline_build"], row["judge_build"]) == ("build", "v1@a+x", "v1@a+y")


def test_shift_of_level_without_loss_of_correctness_is_a_move() -> None:
    row = change(1, anchors(0), anchors(1, flip={"tp": 8, "fp": 8}))
    assert (row["worse"], row["better"], row["reason"]) == (8, 8, "judge_moved")


def test_shift_below_the_effect_floor_is_none() -> None:
    rows = anchors(0), anchors(1, flip={"tp": 8, "fp": 8})
    tolerant = spec().model_copy(update={"drift": spec().drift.model_copy(update={"effect_floor": 0.2})})
    assert change(1, *rows, of=tolerant)["reason"] == "judge_steady"


def test_judge_that_became_better_is_no_alarm() -> None:
    rows = anchors(0), anchors(1, flip={"fn": 8, "fp": 8})
    assert change(1, *rows)["reason"] == "judge_more_right"
    assert not alarms(1, *rows)


def evidence(week: int, one: Any, changes: pd.DataFrame) -> Evidence:
    return Evidence(monday(week), "week", {"tone": one}, {"anchor_changes": changes})


def alarms(week: int, *frames: pd.DataFrame, of: Any = None) -> bool:
    one = of or spec()
    changes = judge_changes(one, week=monday(week), scores=scores(*frames))
    findings = anchors_detector.detect(evidence(week, one, changes)).findings
    assert len(findings) == 1
    return bool(findings["reason"].isin([str(reason) for reason in RULES]).iloc[0])


def test_new_build_is_held_against_its_predecessor_for_two_weeks_then_against_its_own_first() -> None:
    worse = {"tp": 20}
    weeks = [anchors(0, build="x"), *(anchors(week, build="y", flip=worse) for week in (1, 2, 3, 4))]
    rows = [change(week, *weeks[: week + 1]) for week in range(5)]
    assert [row["baseline_week"] for row in rows[1:]] == [pd.Timestamp(monday(week)) for week in (0, 0, 1, 1)]
    assert [alarms(week, *weeks[: week + 1]) for week in range(5)] == [False, True, True, False, False]


def test_creeping_judge_is_seen_against_its_first_week() -> None:
    weeks = [anchors(week, flip={"tp": 2 * week}) for week in range(6)]
    assert [alarms(week, *weeks[: week + 1]) for week in range(6)] == [False, False, False, False, True, True]
    assert change(4, *weeks[:5])["changed"] == "none"


def test_undeclared_move_counts_as_a_new_build_from_there_on() -> None:
    weeks = [anchors(0), anchors(1), *(anchors(week, flip={"tp": 20}) for week in (2, 3, 4, 5))]
    assert [alarms(week, *weeks[: week + 1]) for week in range(6)] == [False, False, True, True, False, False]
    assert change(3, *weeks[:4])["baseline_week"] == pd.Timestamp(monday(0))
    assert change(5, *weeks)["baseline_week"] == pd.Timestamp(monday(2))


def test_known_builds_that_answer_by_turns_are_one_build() -> None:
    both = anchors(0).assign(judge_build=["v1@a+x", "v1@a+y"] * 80)
    row = change(2, both, anchors(1, build="x"), anchors(2, build="y"))
    assert (row["baseline_week"], row["baseline_build"]) == (pd.Timestamp(monday(0)), "v1@a+x, v1@a+y")


def test_anchors_of_a_minority_model_are_not_mixed_in() -> None:
    mixed = anchors(1).assign(judge=["v1@b"] * 20 + ["v1@a"] * 140)
    row = change(1, anchors(0), mixed)
    assert (row["judge"], row["anchors"], row["n"]) == ("v1@a", 140, 140)


def test_week_without_an_answer_says_why() -> None:
    silent = anchors(1).assign(
        judge_score=None, judge_label=None, missing_reason="judge_failed", judge="v1@none"
    )
    row = change(1, anchors(0), silent)
    assert (row["n"], row["anchors"], row["reason"], row["judge"]) == (0, 0, "judge_failed", "v1@none")
    assert not alarms(1, anchors(0), silent)


def test_fresh_items_and_other_dimensions_stay_out() -> None:
    assert judge_changes(spec(), week=monday(0), scores=scores(labelled(0, STEADY))).empty
    assert judge_changes(spec(), week=monday(0), scores=scores(anchors(0, dimension="wit"))).empty


def test_later_weeks_change_nothing_and_order_does_not_matter() -> None:
    weeks = [anchors(0), anchors(1, flip={"tp": 12}), anchors(2, flip={"fp": 8})]
    then = judge_changes(spec(), week=monday(1), scores=scores(*weeks[:2]))
    mixed = scores(*weeks).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(judge_changes(spec(), week=monday(1), scores=mixed), then)


def test_agreement_that_cannot_be_computed_is_missing_with_a_reason() -> None:
    of_one_class = [anchors(week).assign(human_score=1.0, human_label="on_brand") for week in (0, 1)]
    row = change(1, *of_one_class)
    assert pd.isna(row["agreement_before"]) and row["missing_reason"] == "human_one_class"


def test_graded_scores_take_the_sign_test() -> None:
    labels = {"labels": {"bad": 0.0, "fair": 0.5, "good": 1.0}, "kind": "graded"}
    graded = spec(metric="spearman").model_copy(update={"scale": spec().scale.model_validate(labels)})
    truth = np.tile([0.0, 0.5, 1.0, 0.5], 40)
    lower = truth.copy()
    lower[:40] = np.maximum(truth[:40] - 0.5, 0)  # 10 of the first 40 are at the bottom already
    rows = [
        anchors(week).assign(human_score=truth, judge_score=verdicts)
        for week, verdicts in ((0, truth), (1, lower))
    ]
    row = change(1, *rows, of=graded)
    assert (row["test"], row["metric"], row["lower"], row["higher"]) == ("sign", "spearman", 30, 0)
    assert (row["worse"], row["better"], row["reason"]) == (30, 0, "judge_less_right")


def test_checks_are_watched_like_judges() -> None:
    checked = checked_spec().model_copy(update={"name": "tone"})
    rows = [frame.assign(judge="none", rubric="none") for frame in (anchors(0), anchors(1, flip={"tp": 20}))]
    assert change(1, *rows, of=checked)["reason"] == "judge_less_right"
    assert alarms(1, *rows, of=checked)


def test_only_the_declared_judge_and_the_live_rubric_alarm() -> None:
    rows = [anchors(0), anchors(1, flip={"tp": 20})]
    changes = judge_changes(spec(), week=monday(1), scores=scores(*rows))
    judge = spec().judge
    assert judge is not None
    for renewed in (
        spec().model_copy(update={"rubric_digest": "ffffffff"}),
        spec().model_copy(update={"judge": judge.model_copy(update={"version": "v2"})}),
    ):
        findings = anchors_detector.detect(evidence(1, renewed, changes)).findings
        assert list(findings["reason"]) == ["not_in_use"]
    alarm = anchors_detector.detect(evidence(1, spec(), changes)).findings.iloc[0]
    assert alarm["reason"] in RULES and alarm["onset"] == pd.Timestamp(monday(1))
    assert alarm["effect"] == pytest.approx(alarm["current"] - alarm["baseline"])
    assert alarm["statistic"] == pytest.approx(-20 / 160)
    assert (alarm["p_value"], alarm["rubric"]) == (pytest.approx(2 * mcnemar_exact(20, 0)), RUBRIC)


def test_move_is_of_the_week_in_which_it_was_first_seen() -> None:
    moved = {"tp": 14, "fp": 3}
    frames = [anchors(0), anchors(1), *(anchors(week, flip=moved) for week in (2, 3, 4, 5))]
    changes = [
        judge_changes(spec(), week=monday(week), scores=scores(*frames[: week + 1])) for week in range(6)
    ]
    assert moved_since(pd.concat(changes[:2])) == {}
    for last in (3, 4, 6):
        assert moved_since(pd.concat(changes[:last])) == {("tone", "v1@a", RUBRIC): pd.Timestamp(monday(2))}
