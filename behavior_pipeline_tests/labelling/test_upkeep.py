"""The plan of a week: what is due, for whom, why, until when, and by which command."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.queue import month_start
from behavior_pipeline.labelling.upkeep import Upkeep, plan_of_week
from behavior_pipeline.tables.calibration import CALIBRATION_SCORES
from behavior_pipeline.tables.labelling import LABEL_QUEUE
from behavior_pipeline.tables.labels import LABELS
from behavior_pipeline_tests.calibration.frames import (
    AGREES,
    RUBRIC,
    checked_spec,
    labelled,
    look,
    monday,
    run,
    spec,
)
from behavior_pipeline_tests.labelling.test_queue import labels

WEEK = monday(5)  # 2026-02-09, the second Monday of its month
FEW = (16, 3, 2, 12)  # MCC .69 of 33


def judge_days(*rows: tuple[str, date]) -> pd.DataFrame:
    days = pd.DataFrame(rows or [("v1@a", monday(0)), ("v1@a", WEEK)], columns=["judge", "day"])
    return days.assign(dimension="tone", day=pd.to_datetime(days["day"]))


def queued(role: str, *items: str, week: date = WEEK) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "week": pd.Timestamp(week), "dimension": "tone", "position": range(1, len(items) + 1),
            "item_id": items, "trace_id": items, "role": role, "stratum": None, "inclusion_probability": None,
            "u": 0.1, "dataset": None, "rubric": RUBRIC, "reason": "relabel", "due": pd.Timestamp(week),
        }
    )  # fmt: skip
    return LABEL_QUEUE.validate(rows)


def plan(of: DimensionSpec | None = None, **changes: Any) -> pd.DataFrame:
    """Return the plan of a week in which everything is done, but for the changes."""
    of = of or spec()
    seen = [labelled(n, AGREES) for n in range(2, 6)]
    upkeep = {
        "agreement": look(of, 5, *seen), "scores": pd.concat(seen),
        "labels": pd.concat([labels("f", week=WEEK), labels("a", week=monday(3), role="anchor")]),
        "queue": LABEL_QUEUE.empty(), "judge_days": judge_days(), "slices": slices(),
        "datasets": {"tone": "v3"},
        "pass_shares": {"tone": {RUBRIC: {"v1@a": {WEEK: Shares(0.6)}}}}, **changes,
    }  # fmt: skip
    return plan_of_week({of.name: of}, Upkeep(WEEK, **upkeep))


def slices(*rows: tuple[str, int, int], week: date = WEEK, judge: str = "v1@a") -> pd.DataFrame:
    """Return what calibration_slices says of slices: value, labels, labels needed."""
    cells = pd.DataFrame(rows, columns=["slice_value", "n", "needed"])
    return cells.assign(
        week=pd.Timestamp(week), dimension="tone", rubric=RUBRIC, judge=judge, slice_key="lang"
    )


def only(rows: pd.DataFrame) -> dict[str, Any]:
    assert len(rows) == 1, rows[["task", "subject", "reason"]]
    return {str(key): value for key, value in rows.iloc[0].items()}


def test_nothing_is_due_where_everything_is_done() -> None:
    assert plan().empty


def test_a_shut_gate_says_how_many_labels_would_open_it() -> None:
    row = only(plan(agreement=look(spec(), 5, labelled(5, FEW)), scores=labelled(5, FEW)))
    assert (row["task"], row["subject"], row["reason"]) == ("gate", "v1@a", "agreement_unproven")
    assert row["labels"] == 33 and 0 < row["labels_missing"] < 400
    assert row["owner"] == "team:voice"
    assert row["due"].date() == WEEK + timedelta(days=13)
    assert row["command"] == f"behavior-pipeline labels queue FILE --dimension tone --week {WEEK}"


def test_a_gate_that_labels_cannot_open_says_why() -> None:
    weak = labelled(5, (28, 16, 12, 24))
    row = only(plan(agreement=look(spec(), 5, weak), scores=weak))
    assert row["reason"] == "gate_shut" and pd.isna(row["labels_missing"])


def test_a_gate_without_labels_is_due_with_its_reason() -> None:
    row = only(plan(agreement=look(spec(), 5), scores=CALIBRATION_SCORES.empty()))
    assert (row["task"], row["reason"], row["labels"]) == ("gate", "no_labels", 0)


def test_a_gate_that_shut_this_week_is_due_at_once() -> None:
    weak = labelled(1, (26, 24, 20, 30))
    agreement = run(spec("point"), [labelled(0, AGREES)], [weak]).assign(week=pd.Timestamp(WEEK))
    row = only(plan(spec("point"), agreement=agreement.tail(1), scores=weak.assign(week=pd.Timestamp(WEEK))))
    assert row["due"].date() == WEEK + timedelta(days=9)
    assert row["command"].endswith("--first 40")


def test_gates_of_judges_that_scored_nothing_are_left_out() -> None:
    old = look(spec(), 5, labelled(5, FEW, judge="v0@a"), labelled(5, AGREES))
    assert set(old["judge"]) == {"v0@a", "v1@a"}
    assert plan(agreement=old).empty


def test_a_judge_that_came_this_week_is_due_two_days_after_its_first() -> None:
    day = WEEK + timedelta(days=2)
    row = only(plan(judge_days=judge_days(("v0@a", monday(0)), ("v1@a", day))))
    assert (row["task"], row["reason"], row["labels_missing"]) == ("judge", "new_judge", 0)
    assert row["due"].date() == day + timedelta(days=2)
    assert row["command"].endswith(f"--day {day} --judge v1@a")
    later = judge_days(("v1@a", monday(0)), ("v1@a", WEEK), ("v1@b", WEEK + timedelta(days=7)))
    assert plan(judge_days=later).empty
    earlier = judge_days(("v0@a", monday(0)), ("v1@a", monday(4)), ("v1@a", WEEK))
    assert plan(judge_days=earlier).empty


def test_an_open_gate_wants_fresh_labels_every_month() -> None:
    old = pd.concat([labels("f", week=monday(1)), labels("a", week=monday(3), role="anchor")])
    row = only(plan(labels=old))
    assert (row["task"], row["reason"], row["labels_missing"]) == ("judge", "monthly", 40)


def test_another_rubric_wants_labels_and_a_set_of_its_own() -> None:
    given = pd.concat([labels("f"), labels("a", role="anchor")]).assign(rubric_version="v1")
    rows = plan(labels=given).set_index("task")
    assert rows["reason"].to_dict() == {
        "judge": "monthly", "rubric": "rubric_changed", "set": "rubric_changed",
    }  # fmt: skip
    assert rows.loc["rubric", "subject"] == RUBRIC and rows.loc["set", "subject"] == "v3"
    assert rows.loc["set", "command"] == "behavior-pipeline labels import FILE"


def test_doubtful_items_that_nobody_looked_at_for_a_month_make_the_rubric_due() -> None:
    row = only(plan(queue=queued("diagnostic", "p", "q")))
    assert (row["task"], row["reason"], row["labels_missing"]) == ("rubric", "monthly", 2)
    assert row["command"].endswith("--role diagnostic")
    base = pd.concat([labels("f", week=WEEK), labels("a", week=monday(3), role="anchor")])
    for week, due in ((monday(2), False), (monday(1), True)):
        looked = pd.concat([base, labels("p", week=week, role="diagnostic")])
        assert plan(queue=queued("diagnostic", "p", "q"), labels=looked).empty is not due


def test_a_dimension_without_a_set_wants_one() -> None:
    row = only(plan(datasets={}))
    assert (row["task"], row["subject"], row["reason"]) == ("set", "none", "no_labels")


def test_anchors_of_the_month_stay_due_until_they_are_labelled_again() -> None:
    first = monday(4)
    asked = queued("relabel", "a", "b", week=first)
    given = pd.concat(
        [
            labels("f", week=WEEK),
            labels("a", "b", week=monday(1), role="anchor"),
            labels("a", role="relabel", week=first),
            labels("b", role="relabel", week=monday(3)),  # last month's does not count
        ]
    )
    row = only(plan(queue=asked, labels=given))
    assert (row["task"], row["reason"], row["labels_missing"], row["labels"]) == ("set", "relabel", 1, 2)
    assert row["due"].date() == first + timedelta(days=13)
    assert row["command"].endswith(f"--week {first} --role relabel")
    done = pd.concat([given, labels("b", role="relabel", week=first)])
    assert plan(queue=asked, labels=done).empty


def test_slices_that_lack_labels_are_listed() -> None:
    seen = pd.concat(
        [
            slices(("de", 2, 38), ("fr", 90, 0)),
            slices(("it", 0, 40), week=monday(4)),
            slices(("es", 0, 40), judge="v0@a"),
        ]
    )
    row = only(plan(slices=seen))
    assert (row["task"], row["subject"], row["reason"]) == ("slice", "lang=de", "few_labels")
    assert (row["labels"], row["labels_missing"]) == (2, 38)


def test_labels_of_later_weeks_change_nothing() -> None:
    later = labels("z", week=WEEK + timedelta(weeks=1), role="diagnostic")
    base = pd.concat([labels("f", week=WEEK), labels("a", week=monday(3), role="anchor")])
    items = queued("diagnostic", "p")
    pd.testing.assert_frame_equal(
        plan(queue=items, labels=pd.concat([base, later])), plan(queue=items, labels=base)
    )


def test_dimensions_without_judge_have_a_gate_at_most() -> None:
    assert plan(checked_spec(), labels=LABELS.empty()).empty


@pytest.mark.parametrize(
    ("week", "first"),
    [
        (date(2026, 2, 2), date(2026, 2, 2)),
        (date(2026, 2, 23), date(2026, 2, 2)),
        (date(2026, 6, 1), date(2026, 6, 1)),
    ],
)
def test_month_starts_on_its_first_monday(week: date, first: date) -> None:
    assert month_start(week) == first
