"""DRIFT.md 7: "Missing judgements are not random: bounds and an alarm on scored_share"."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.aggregation.unjudged import bounds_matter, with_bounds
from behavior_pipeline_tests.aggregation import worlds
from behavior_pipeline_tests.aggregation.test_weekly import one, week_of

ONE_JUDGE = [("t1", "v7.2", "v2.1@a", "r")]


def week(values: list[float | None], reasons: list[str | None], **given: Any) -> pd.DataFrame:
    scores = worlds.scores(values, weights=given.pop("weights", None), tuple_ids=given.pop("tuple_ids", None))
    scores["missing_reason"] = pd.array(reasons, dtype="string")
    facts = worlds.facts([{}] * len(values), [f"u{number}" for number in range(len(values))])
    return week_of(scores=scores, facts=facts, **given).scores


def test_share_is_by_weight_and_bounds_set_what_is_missing_to_either_end() -> None:
    row = one(week([1, 0, 1, None], [None, None, None, "judge_refused"], weights=[4.0, 2.0, 2.0, 2.0]))
    assert row["scored_share"] == pytest.approx(0.8)
    assert row["mean"] == pytest.approx(0.75)
    assert (row["bound_low"], row["bound_high"]) == (pytest.approx(0.6), pytest.approx(0.8))


@pytest.mark.parametrize("reason", ["judge_failed", "judge_refused", "judge_malformed", "recorded_twice"])
def test_judge_without_a_score_counts(reason: str) -> None:
    assert one(week([1, 0, 1, None], [None, None, None, reason]))["scored_share"] == 0.75


@pytest.mark.parametrize("reason", ["budget", "not_recorded", "no_output", "no_documents", "not_consented"])
def test_what_was_not_to_be_judged_does_not(reason: str) -> None:
    row = one(week([1, 0, 1, None], [None, None, None, reason]))
    assert row["scored_share"] == 1
    assert row["bound_low"] == row["bound_high"] == row["mean"]


def test_day_on_which_no_judge_answered_is_missing_in_the_series_of_the_judge_that_did() -> None:
    row = one(
        week(
            [1, 0, 1, None], [None, None, None, "judge_failed"], tuple_ids=["t1", "t1", "t1", "t2"],
            tuples=worlds.tuples([*ONE_JUDGE, ("t2", "v7.2", "v2.1@none", "r")]),
        )
    )  # fmt: skip
    assert (row["judge"], row["scored_share"]) == ("v2.1@a", 0.75)


def test_series_without_any_score_has_no_bounds() -> None:
    row = one(week([None, None], ["judge_failed"] * 2))
    assert row["scored_share"] == 0
    assert pd.isna(row["bound_low"]) and pd.isna(row["bound_high"])


@pytest.mark.parametrize(
    ("low", "high", "matters"),
    [(0.78, 0.94, False), (0.79, 0.94, True), (0.78, 0.93, True), (None, None, True)],
)
def test_bounds_matter_beyond_a_fifth_of_the_interval_s_reach(
    low: float | None, high: float | None, matters: bool
) -> None:
    frame = pd.DataFrame(
        {"mean": [0.92], "scored_share": [0.97], "low": [low], "high": [high]}, dtype="Float64"
    )
    assert bounds_matter(with_bounds(frame).iloc[0]) is matters


def test_older_row_has_no_bounds_to_show() -> None:
    assert not bounds_matter({"mean": 0.92, "low": 0.9, "high": 0.95, "bound_low": None, "bound_high": None})


def test_share_that_is_whole_but_for_rounding_is_whole() -> None:
    row = {"mean": 1.0, "low": 0.999, "high": 1.0, "bound_low": 1.0 - 2e-16, "bound_high": 1.0}
    assert not bounds_matter(row)
