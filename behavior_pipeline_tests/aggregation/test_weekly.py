import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.aggregation.weekly import Weekly, weekly_scores
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.statistics.estimate import hajek_mean
from behavior_pipeline_tests.aggregation import worlds

Y = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1]
W = [5, 5, 5, 5, 2, 2, 2, 5, 5, 2]
USERS = ["a", "a", "b", "c", "c", "d", "e", "f", "f", "f"]


def week_of(**given: Any) -> Weekly:
    base = {
        "week": worlds.WEEK,
        "specs": {"faithfulness": worlds.spec()},
        "frames": worlds.frames([]),
        "tuples": worlds.tuples(),
        "traffic": worlds.traffic([]),
        "gate_states": worlds.gates(),
        "keys": worlds.KEYS,
    }
    return weekly_scores(**(base | given))


def one(frame: pd.DataFrame, **where: Any) -> dict[str, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return dict(frame.iloc[0])


def golden_week(users: list[Any]) -> Weekly:
    return week_of(scores=worlds.scores(Y, weights=W), facts=worlds.facts([{}] * 10, users))


def test_hajek_mean_and_error_clustered_by_user_match_the_golden_numbers() -> None:
    row = one(golden_week(USERS).scores)
    assert row["mean"] == pytest.approx(0.6842105263157895, abs=1e-9)
    assert row["se"] == pytest.approx(0.08251872523417003, abs=1e-9)


def test_trace_without_user_is_its_own_cluster() -> None:
    row = one(golden_week([None] * 10).scores)
    assert row["se"] == pytest.approx(0.1674697950159761, abs=1e-9)
    assert row["n_kish"] == pytest.approx(8.698795180722891, abs=1e-9)


def test_conversation_is_the_cluster_where_no_user_is_told() -> None:
    by_user = one(golden_week(USERS).scores)
    facts = worlds.facts([{}] * 10, [None] * 10, clusters=USERS)
    assert one(week_of(scores=worlds.scores(Y, weights=W), facts=facts).scores)["se"] == by_user["se"]


def test_rows_of_older_versions_are_clustered_by_user() -> None:
    facts = worlds.facts([{}] * 10, USERS, clusters=[*USERS[:5], *[None] * 5])
    week = week_of(scores=worlds.scores(Y, weights=W), facts=facts)
    assert one(week.scores)["se"] == one(golden_week(USERS).scores)["se"]


def test_every_series_equals_the_estimator_in_statistics() -> None:
    world = worlds.random_week()
    scores = week_of(**world).scores
    table = world["scores"].merge(world["facts"], on="trace_id")
    table["segment"] = [json.loads(text)["customer.segment"] for text in table["slices"]]
    for value in "abcde":
        rows = table[table["segment"] == value]
        expected = hajek_mean(
            rows["score"].to_numpy(float, na_value=np.nan), rows["weight"], cluster=rows["user_key"]
        )
        row = one(scores, slice_value=value)
        for name, number in (
            ("mean", expected.value), ("se", expected.se), ("low", expected.low), ("high", expected.high),
            ("n_eff", expected.n_eff), ("n_kish", expected.n_kish), ("n", expected.n),
        ):  # fmt: skip
            assert row[name] == pytest.approx(number, rel=1e-9), name


def test_values_beyond_the_top_are_one_slice_and_slices_add_up() -> None:
    world = worlds.random_week()
    scores = week_of(**world, top=3).scores
    segments = scores[scores["slice_key"] == "customer.segment"]
    assert sorted(segments["slice_value"]) == ["a", "b", "c", "other"]
    assert segments["n"].sum() == one(scores, slice_key="all")["n"]


def test_order_of_rows_changes_no_digit() -> None:
    world = worlds.random_week(n=3000)
    shuffled = world | {
        name: world[name].sample(frac=1, random_state=7).reset_index(drop=True)
        for name in ("scores", "facts", "tuples", "frames", "traffic")
    }
    for one_way, other_way in zip(week_of(**world), week_of(**shuffled), strict=True):
        assert_frame_equal(one_way, other_way, check_exact=True)


def test_judges_make_series_of_their_own_and_prompts_do_not() -> None:
    week = week_of(
        scores=worlds.scores([1, 1, 0, 1], tuple_ids=["t1", "t2", "t3", "t3"]),
        facts=worlds.facts([{}] * 4, list("abcd")),
        tuples=worlds.tuples([("t1", "v1", "j@a", "r"), ("t2", "v2", "j@a", "r"), ("t3", "v2", "j@b", "r")]),
    )
    assert list(week.scores["judge"]) == ["j@a", "j@b"]
    assert list(week.scores["mean"]) == [1.0, 0.5]
    assert [json.loads(text) for text in week.scores["tuple_ids"]] == [["t1", "t2"], ["t3"]]
    assert list(week.tuple_shares["share"]) == [0.25, 0.25, 0.5]


def test_calibration_traces_never_count() -> None:
    table = worlds.facts([{}] * 3, list("abc"))
    table.loc[0, "role"] = "calibration"
    assert one(week_of(scores=worlds.scores([0, 1, 1]), facts=table).scores)["mean"] == 1.0


def test_slice_without_a_score_has_null_mean_and_the_reason() -> None:
    row = one(week_of(scores=worlds.scores([None, None]), facts=worlds.facts([{}] * 2, ["a", "b"])).scores)
    assert pd.isna(row["mean"]) and pd.isna(row["n_eff"]) and row["n"] == 0
    assert row["missing_reason"] == "no_scored_trace"
    assert json.loads(row["excluded"]) == {"judge_refused": 2}


def test_unscored_rows_of_another_judge_make_no_series_beside_a_scored_one() -> None:
    scores = week_of(
        scores=worlds.scores([1, None], tuple_ids=["t1", "t2"]),
        facts=worlds.facts([{}] * 2, ["a", "b"]),
        tuples=worlds.tuples([("t1", "v1", "j@a", "r"), ("t2", "v1", "j@unknown", "r")]),
    ).scores
    assert list(scores["judge"]) == ["j@a"]


def test_scores_of_one_user_have_a_mean_and_no_error() -> None:
    row = one(week_of(scores=worlds.scores([1, 0]), facts=worlds.facts([{}] * 2, ["a", "a"])).scores)
    assert row["mean"] == 0.5 and pd.isna(row["se"]) and pd.isna(row["low"])
    assert row["missing_reason"] == "one_cluster"


def test_week_without_a_failure_has_an_interval_with_width() -> None:
    row = one(week_of(scores=worlds.scores([1.0] * 50), facts=worlds.facts([{}] * 50, [None] * 50)).scores)
    assert row["mean"] == 1.0 and row["se"] == 0 and row["n_eff"] == 50
    assert row["low"] < 0.95 and row["high"] == 1.0


def test_eligible_share_is_the_eligible_weight_of_the_frame() -> None:
    world = worlds.random_week()
    world["frames"] = worlds.frames(
        [
            ("all", "all", "eligible", 300), ("all", "all", "no_documents", 100),
            ("customer.segment", "f", "eligible", 10), ("customer.segment", "g", "text_free", 30),
        ]
    )  # fmt: skip
    scores = week_of(**world).scores
    row = one(scores, slice_key="all")
    assert row["eligible_share"] == 0.75
    assert json.loads(row["excluded"])["no_documents"] == 100
    other = one(scores, slice_key="customer.segment", slice_value="other")
    assert other["eligible_share"] == 0.25


def test_dimension_without_frame_has_null_eligible_share() -> None:
    row = one(golden_week(USERS).scores)
    assert pd.isna(row["eligible_share"])


def test_gate_is_measured_then_declared_then_unmeasured() -> None:
    checked = worlds.checked_spec("latency")
    given = {
        "specs": {"faithfulness": worlds.spec(), "latency": checked},
        "scores": pd.concat(
            [worlds.scores([1, 0]), worlds.scores([1, 0], dimension="latency", tuple_ids=["c"] * 2)]
        ),
        "facts": worlds.facts([{}] * 2, ["a", "b"]),
        "tuples": pd.concat([worlds.tuples(), worlds.tuples([("c", "v1", "none", "none")], "latency")]),
    }
    assert list(week_of(**given).scores["gate_state"]) == ["unmeasured", "exempt"]
    measured = worlds.gates(
        [("faithfulness", "v2.1@a", "v2+ab12cd34", "open"), ("latency", "none", "none", "suspended")]
    )
    assert list(week_of(**given, gate_states=measured).scores["gate_state"]) == ["open", "suspended"]


def test_days_carry_the_id_of_their_series() -> None:
    week = week_of(scores=worlds.scores([1, 0, 1], days=[0, 4, 4]), facts=worlds.facts([{}] * 3, list("abc")))
    assert list(week.daily["mean"]) == [1.0, 0.5]
    assert set(week.daily["series_id"]) == set(week.scores["series_id"])
    assert one(week.scores)["series_id"] == series_id(
        dimension="faithfulness", slice_key="all", slice_value="all", judge="v2.1@a", rubric="v2+ab12cd34"
    )


def test_tuple_first_day_is_its_first_day_in_the_slice() -> None:
    shares = week_of(
        scores=worlds.scores([1, 1, 1, 0], days=[0, 1, 4, 5], tuple_ids=["t1", "t1", "t2", "t2"]),
        facts=worlds.facts([{}] * 4, list("abcd")),
        tuples=worlds.tuples([("t1", "v7.2", "j", "r"), ("t2", "v7.3", "j", "r")]),
    ).tuple_shares
    assert list(shares["first_day"].dt.day) == [9, 13]
    assert list(shares["mean"]) == [1.0, 0.5]


def test_slice_values_are_data_and_never_sql() -> None:
    hostile = "x' or 1=1; --\"\u2028"
    scores = week_of(
        scores=worlds.scores([1, 0]),
        facts=worlds.facts([{"customer.segment": hostile}, {"customer.segment": "a"}], ["a", "b"]),
        traffic=worlds.traffic([(worlds.WEEK, "customer.segment", hostile, 2)]),
    ).scores
    assert set(scores["slice_value"]) == {"all", hostile, "other"}


def test_week_without_scores_has_no_rows() -> None:
    empty = week_of(scores=worlds.scores([]), facts=worlds.facts([], []))
    assert [len(frame) for frame in empty] == [0] * 7


class TestInputs:
    """Safe and unsafe inputs are two series of the dimension whose check tells them."""

    def week(self, inputs: list[str | None]) -> Weekly:
        world = worlds.scores(Y, weights=W).assign(input=pd.array(inputs, dtype="string"))
        plain = worlds.scores(Y, weights=W, dimension="tone", tuple_ids=["t2"] * 10).assign(input=pd.NA)
        return week_of(
            specs={"faithfulness": worlds.spec(), "tone": worlds.spec("tone")},
            scores=pd.concat([world, plain], ignore_index=True),
            tuples=pd.concat([
                worlds.tuples(), worlds.tuples([("t2", "p", "v2.1@a", "v2+ab12cd34")], dimension="tone")
            ]),
            facts=worlds.facts([{}] * 10, USERS),
            frames=worlds.frames(
                [
                    ("input", "safe", "eligible", 6), ("input", "safe", "no_output", 2),
                    ("input", "unknown", "eligible", 9),
                ]
            ),
        )  # fmt: skip

    def test_each_mean_is_that_of_its_inputs_and_unknown_is_in_neither(self) -> None:
        rows = self.week(["safe"] * 5 + ["unsafe"] * 3 + ["unknown", None]).scores
        assert set(rows.loc[rows["slice_key"] == "input", "dimension"]) == {"faithfulness"}
        for value, part in (("safe", slice(0, 5)), ("unsafe", slice(5, 8))):
            row = one(rows, slice_key="input", slice_value=value)
            assert row["n"] == part.stop - part.start
            assert row["mean"] == pytest.approx(hajek_mean(Y[part], W[part], cluster=USERS[part]).value)
        assert one(rows, dimension="faithfulness", slice_key="all")["n"] == 10
        assert one(rows, slice_key="input", slice_value="safe")["eligible_share"] == pytest.approx(0.75)

    def test_where_nothing_tells_there_is_no_such_series(self) -> None:
        assert set(self.week(["unknown"] * 10).scores["slice_key"]) == {"all"}
