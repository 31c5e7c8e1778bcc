"""Gate transitions: every move is a row, and a recovery says what brought it."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.calibration.gate.transitions import transitions_of_week
from behavior_pipeline.tables.calibration import GATE_TRANSITIONS
from behavior_pipeline_tests.calibration.frames import AGREES, WEAK, labelled, look, monday, run, spec

POINT = spec("point")


def moves(rows: pd.DataFrame) -> list[dict[str, Any]]:
    weeks = sorted(rows["week"].unique())
    by_week = [transitions_of_week(rows, week=pd.Timestamp(week).date()) for week in weeks]
    return pd.concat(by_week).astype(object).to_dict("records")


def events(rows: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    first = pd.Timestamp(monday(0))
    return [
        ((row["week"] - first).days // 7, row["event"], row["from_state"], row["to_state"])
        for row in moves(rows)
    ]


def test_every_move_is_a_row_and_nothing_else_is() -> None:
    rows = run(
        POINT, [], [labelled(1, AGREES)], [labelled(2, AGREES)], [labelled(3, WEAK)], [labelled(4, WEAK)],
        [labelled(5, AGREES)],
    )  # fmt: skip
    assert events(rows) == [
        (1, "opened", "unmeasured", "open"),
        (3, "closed", "open", "suspended"),
        (5, "recalibrated", "suspended", "open"),
    ]
    closed, back = moves(rows)[1:]
    assert (closed["reason"], back["reason"]) == ("agreement_lost", "agreement_reached")
    assert (back["weeks_shut"], back["changed"]) == (2, "none")
    assert back["previous_point"] == closed["point"] == pytest.approx(0.30, abs=0.01)
    assert (closed["point"], closed["previous_point"]) == (
        pytest.approx(0.30, abs=0.01), pytest.approx(0.798, abs=0.001),
    )  # fmt: skip
    assert pd.isna(closed["weeks_shut"])


def test_recovery_by_a_new_set_names_the_set() -> None:
    rows = run(POINT, [labelled(0, AGREES)], [labelled(1, WEAK)], [labelled(2, AGREES, dataset="v4")])
    back = moves(rows)[-1]
    assert (back["event"], back["changed"], back["previous_dataset"], back["dataset"]) == (
        "recalibrated", "dataset", "v3", "v4",
    )  # fmt: skip


def test_recovery_by_a_new_judge_names_both_though_its_labels_come_later() -> None:
    rows = run(
        POINT, [labelled(0, AGREES)], [labelled(1, WEAK)], [], [labelled(3, AGREES, judge="v2@c")],
        in_use=[["v1@a"], ["v1@a"], ["v2@c"], ["v2@c"]],
    )  # fmt: skip
    back = moves(rows)[-1]
    assert (back["event"], back["judge"], back["previous_judge"]) == ("recalibrated", "v2@c", "v1@a")
    assert (back["changed"], back["weeks_shut"], back["from_state"]) == ("judge", 2, "suspended")


def test_new_response_model_closes_by_name() -> None:
    rows = run(POINT, [labelled(0, AGREES)], [labelled(1, WEAK, judge="v1@b")], in_use=[["v1@a"], ["v1@b"]])
    closed = moves(rows)[-1]
    assert (closed["event"], closed["judge"], closed["changed"], closed["previous_judge"]) == (
        "closed", "v1@b", "judge", "v1@a",
    )  # fmt: skip


def test_new_rubric_takes_over_from_the_old_one() -> None:
    renewed = POINT.model_copy(update={"rubric_version": "v3", "rubric_digest": "ffffffff"})
    old = run(POINT, [labelled(0, AGREES)])
    new = look(renewed, 1, labelled(0, AGREES), previous=old)
    rows = pd.concat([old, new], ignore_index=True)
    fresh = [row for row in moves(rows) if row["rubric"] == renewed.rubric_id]
    assert [(row["event"], row["from_state"], row["to_state"]) for row in fresh] == [
        ("closed", "open", "unmeasured")
    ]
    assert (fresh[0]["changed"], fresh[0]["previous_rubric"]) == ("rubric", POINT.rubric_id)


def test_judge_that_returns_takes_over_from_its_stand_in() -> None:
    rows = run(
        POINT, [labelled(0, AGREES)], [labelled(1, WEAK, judge="v1@b")], [], [], [], [],
        [labelled(6, AGREES)],
        in_use=[["v1@a"], *([["v1@b"]] * 5), ["v1@a"]],
    )  # fmt: skip
    back = moves(rows)[-1]
    assert (back["event"], back["judge"], back["previous_judge"], back["weeks_shut"]) == (
        "recalibrated", "v1@a", "v1@b", 5,
    )  # fmt: skip


def test_between_shut_states_it_is_a_change() -> None:
    rows = run(POINT, [], [labelled(1, WEAK)], [labelled(2, AGREES)])
    assert events(rows) == [(1, "changed", "unmeasured", "blocked"), (2, "opened", "blocked", "open")]


def test_later_weeks_and_the_order_of_rows_change_nothing() -> None:
    rows = run(POINT, [labelled(0, AGREES)], [labelled(1, WEAK)], [labelled(2, AGREES)])
    for number in range(3):
        then = transitions_of_week(rows[rows["week"] <= pd.Timestamp(monday(number))], week=monday(number))
        now = transitions_of_week(rows.sample(frac=1, random_state=3), week=monday(number))
        pd.testing.assert_frame_equal(now, then)


def test_without_agreement_there_is_none() -> None:
    assert transitions_of_week(run(POINT), week=monday(0)).empty
    assert list(transitions_of_week(run(POINT), week=monday(0)).columns) == list(GATE_TRANSITIONS.columns)
