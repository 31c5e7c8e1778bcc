"""The weekly queue and a judge's first queue: who is in it, in which role, and who is not asked again."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.draw import labelling_salt
from behavior_pipeline.labelling.queue import Known, in_force, queue_of_day, queue_of_week
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT, CALIBRATION_SCORES
from behavior_pipeline.tables.labels import LABELS
from behavior_pipeline_tests.calibration.frames import RUBRIC, checked_spec, labelled, look, monday, run, spec

SALT = labelling_salt("salt")
WEEK = monday(1)  # not the first one of its month
FIRST = date(2026, 2, 2)  # the first Monday of a month


def judged(number: int = 400, *, fails: int = 5, day: date = WEEK, **changes: Any) -> pd.DataFrame:
    """Return scores of a week: one in `fails` failed, one in seven an anomaly."""
    return pd.DataFrame(
        {
            "day": pd.Timestamp(day),
            "trace_id": [f"{day}-{index}" for index in range(number)],
            "score": [0.0 if index % fails == 0 else 1.0 for index in range(number)],
            "weight": [5.0 if index % 7 else 5 / 3 for index in range(number)],
            "evaluator": "judge:v1@a",
            "judge": "v1@a",
            "rubric": RUBRIC,
        }
    ).assign(**changes)


def labels(*traces: str, week: date = WEEK, **changes: Any) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "week": pd.Timestamp(week), "dimension": "tone",
            "item_id": list(traces), "trace_id": list(traces),
            "annotator": "ana", "label": "on_brand", "rubric_version": "v2", "dataset_version": "v3",
            "role": "fresh", "stratum": None, "inclusion_probability": None,
            "labelled_at": pd.Timestamp(week), "text": None, "file": "l.csv",
        }
    ).assign(**changes)  # fmt: skip
    return LABELS.validate(rows.assign(revision=0).reindex(columns=list(LABELS.columns)))


def queue(
    scores: pd.DataFrame,
    *given: pd.DataFrame,
    of: DimensionSpec | None = None,
    week: date = WEEK,
    **also: Any,
) -> pd.DataFrame:
    known = {
        "labels": pd.concat(given) if given else LABELS.empty(), "rescored": CALIBRATION_SCORES.empty(),
        "agreement": CALIBRATION_AGREEMENT.empty(), "dataset": "v3", **also,
    }  # fmt: skip
    return queue_of_week(of or sized(), Known(week, scores, **known), salt=SALT)


def sized(weekly: int = 60, **labelling: int) -> DimensionSpec:
    return spec().model_copy(
        update={"labelling": spec().labelling.model_copy(update={"weekly": weekly, **labelling})}
    )


def of_role(rows: pd.DataFrame, role: str) -> list[str]:
    return list(rows.loc[rows["role"] == role, "trace_id"])


def test_fresh_items_carry_stratum_probability_and_the_next_week_as_due() -> None:
    rows = queue(judged())
    assert len(rows) == 60 and list(rows["position"]) == list(range(1, 61))
    assert rows["stratum"].value_counts().to_dict() == {"judge_pass": 37, "judge_fail": 23}
    assert rows["inclusion_probability"].between(0, 0.2).all()
    assert set(rows["reason"]) == {"weekly_sample"}
    assert set(rows["due"].dt.date) == {WEEK + timedelta(days=13)}
    assert set(rows["rubric"]) == {RUBRIC}


def test_dimension_without_judge_or_without_scores_asks_nothing() -> None:
    assert queue(judged(), of=checked_spec()).empty
    assert queue(judged().head(0)).empty


def test_labelled_traces_keep_their_place_and_are_not_asked_again() -> None:
    scores = judged()
    before = queue(scores)
    asked = list(before["trace_id"])
    after = queue(scores, labels(*asked[:10]), labels("elsewhere"))
    assert list(after["trace_id"]) == asked[10:]
    pd.testing.assert_frame_equal(
        after.drop(columns="position"), before.iloc[10:].drop(columns="position").reset_index(drop=True)
    )


def test_labels_of_a_later_week_of_another_rubric_or_of_diagnostic_items_leave_the_queue_as_it_is() -> None:
    scores = judged()
    asked = list(queue(scores)["trace_id"])
    other = [
        labels(*asked[:9], week=WEEK + timedelta(weeks=1)),
        labels(*asked[:9], rubric_version="v1"),
        labels(*asked[:9], role="diagnostic"),
        labels(*asked[:9], dimension="faithfulness"),
    ]
    for given in other:
        assert list(queue(scores, given)["trace_id"]) == asked


def test_only_the_declared_judge_and_rubric_of_the_last_day_are_asked_about() -> None:
    older = judged(200, judge="v0@a", day=WEEK)
    newer = judged(200, judge="v1@a", day=WEEK + timedelta(days=3))
    moved = judged(200, judge="v1@b", day=WEEK + timedelta(days=4))  # the same declared judge
    kept = in_force(pd.concat([older, newer, moved]))
    assert set(kept["judge"]) == {"v1@a", "v1@b"}
    assert set(in_force(pd.concat([newer, moved.assign(rubric="v3+1")]))["rubric"]) == {"v3+1"}


def test_suspension_puts_the_first_forty_items_first() -> None:
    agrees, weak = labelled(0, (40, 4, 4, 32)), labelled(1, (20, 24, 20, 16))
    agreement = run(spec("point"), [agrees], [weak])
    assert list(agreement["gate_state"]) == ["open", "suspended"]
    rows = queue(judged(), of=sized(100), agreement=agreement[agreement["week"] == pd.Timestamp(WEEK)])
    first = rows.head(40)
    assert set(first["reason"]) == {"suspended"}
    assert set(first["due"].dt.date) == {WEEK + timedelta(days=9)}
    assert first["stratum"].value_counts().to_dict() == {"judge_pass": 25, "judge_fail": 15}
    assert set(rows["reason"][40:]) == {"weekly_sample"}


def test_gate_that_stays_shut_is_no_new_suspension() -> None:
    shut = look(spec("point"), 1, labelled(1, (20, 24, 20, 16)))
    assert set(queue(judged(), agreement=shut)["reason"]) == {"weekly_sample"}


def anchors(count: int = 100, **changes: Any) -> pd.DataFrame:
    return labels(*(f"anchor-{n}" for n in range(count)), week=monday(-9), role="anchor", **changes)


def test_every_anchor_is_labelled_again_once_in_a_round_of_months() -> None:
    firsts = [date(2026, 2, 2), date(2026, 3, 2), date(2026, 4, 6)]
    asked = [of_role(queue(judged(), anchors(), week=week), "relabel") for week in firsts]
    assert [len(part) for part in asked] in ([40, 40, 20], [40, 20, 40], [20, 40, 40])
    assert sorted(name for part in asked for name in part) == sorted(anchors()["trace_id"])
    assert of_role(queue(judged(), anchors(), week=date(2026, 5, 4)), "relabel") == asked[0]


def test_anchors_come_in_the_first_week_of_a_month_with_their_set_and_rest_after_a_label() -> None:
    assert of_role(queue(judged(), anchors(), week=FIRST + timedelta(weeks=1)), "relabel") == []
    assert of_role(queue(judged(), anchors(), week=FIRST, dataset="v4"), "relabel") == []
    assert of_role(queue(judged(), anchors(), of=sized(anchors_a_month=0), week=FIRST), "relabel") == []
    rows = queue(judged(), anchors(30), week=FIRST)
    due = rows[rows["role"] == "relabel"]
    assert len(due) == 30 and set(due["dataset"]) == {"v3"} and due["stratum"].isna().all()
    assert set(due["reason"]) == {"relabel"}
    again = labels(*due["trace_id"][:12], week=FIRST - timedelta(weeks=3), role="relabel")
    assert of_role(queue(judged(), anchors(30), again, week=FIRST), "relabel") == list(due["trace_id"][12:])


def disputed(*traces: str, week: date = WEEK) -> pd.DataFrame:
    other = labels(*traces, week=week, annotator="ben", label="off_brand")
    return pd.concat([labels(*traces, week=week), other])


def test_items_on_which_people_disagree_are_diagnostic_until_adjudicated() -> None:
    rows = queue(judged(), disputed("p", "q"), labels("q", annotator="adjudicated"))
    assert of_role(rows, "diagnostic") == ["p"]
    assert set(rows.loc[rows["role"] == "diagnostic", "reason"]) == {"annotators_disagree"}
    assert of_role(queue(judged(), disputed("p", week=WEEK - timedelta(weeks=4))), "diagnostic") == []
    again = labels("p", role="relabel", annotator="ben", label="off_brand")
    assert of_role(queue(judged(), labels("p", role="anchor"), again), "diagnostic") == []
    corrected = labels("p", annotator="ben", labelled_at=pd.Timestamp(WEEK) + pd.Timedelta(days=2))
    assert of_role(queue(judged(), disputed("p"), corrected), "diagnostic") == []


def test_verdicts_that_another_build_changed_are_diagnostic() -> None:
    before = labelled(0, (20, 0, 0, 20), fresh=False)
    after = labelled(1, (20, 0, 0, 20), fresh=False, judge="v1@b")
    after.loc[3, ["judge_label", "judge_score"]] = ["off_brand", 0.0]
    given = labels(*(f"anchor-{n}" for n in range(40)), week=monday(0), role="anchor")
    rows = queue(judged(), given, rescored=pd.concat([before, after]))
    assert of_role(rows, "diagnostic") == ["anchor-3"]
    same_build = pd.concat([before, after.assign(judge="v1@a")])
    assert of_role(queue(judged(), given, rescored=same_build), "diagnostic") == []


def test_judge_that_fails_what_checks_pass_and_scores_near_the_line_are_diagnostic() -> None:
    scores = judged(2_000)
    failed = scores[scores["score"] == 0]
    checked = failed[["trace_id"]].assign(
        score=pd.array([1.0 if n % 2 else None for n in range(len(failed))], "Float64")
    )
    near = judged(8, day=WEEK + timedelta(days=1), score=0.45)
    rows = queue(pd.concat([scores, near]), of=sized(diagnostic=30), checked=checked)
    extra = rows[rows["role"] == "diagnostic"]
    assert len(extra) == 30
    assert extra["reason"].value_counts()["near_threshold"] <= 8
    wanted = set(checked.loc[checked["score"].notna(), "trace_id"])
    assert set(extra.loc[extra["reason"] == "check_disagrees", "trace_id"]) < wanted
    assert extra["stratum"].isna().all() and extra["inclusion_probability"].isna().all()
    assert not set(extra["trace_id"]) & set(of_role(rows, "fresh"))


@pytest.mark.parametrize("number", [400, 25])
def test_a_judge_of_a_day_has_forty_items_by_verdict_or_all_there_are(number: int) -> None:
    day = WEEK + timedelta(days=2)
    rows = queue_of_day(
        spec(),
        pd.concat([judged(number, judge="v1@b"), judged(7, judge="v1@a", day=day)]),
        day=day,
        salt=SALT,
    )
    of_judge = rows[rows["judge"] == "v1@b"]
    assert len(of_judge) == min(number, 40) and list(of_judge["position"]) == list(
        range(1, len(of_judge) + 1)
    )
    assert set(rows["reason"]) == {str(Reason.NEW_JUDGE)}
    assert set(rows["due"].dt.date) == {day + timedelta(days=2)}
    if number > 40:
        assert of_judge["stratum"].value_counts().to_dict() == {"judge_pass": 25, "judge_fail": 15}
    assert queue_of_day(spec(), judged().head(0), day=day, salt=SALT).empty
