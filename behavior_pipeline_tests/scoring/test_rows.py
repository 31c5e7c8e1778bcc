"""Score rows: who has one, at which weight, from which evaluator, under which versions."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.provenance.tuples import VersionTuple
from behavior_pipeline.scoring.rows import ScoredDay, score_rows
from behavior_pipeline_tests.sampling.worlds import DAY, JUDGE, checked, spec, trace, traces

ANSWERED = pd.Timestamp("2026-01-06T02:00:00Z")
END_OF_DAY = pd.Timestamp("2026-01-06T00:00:00Z")
TONE = spec("tone")
TOOLS = spec("tools", checks=[{"check": "tool_exists"}], judge=JUDGE)
FORM = spec("form", checks=[{"check": "length"}])


def name(number: int) -> str:
    return f"{number:032x}"


def sample(dimension: str, drawn: dict[int, tuple[float, float]]) -> pd.DataFrame:
    """Return a sample: trace number -> (inclusion probability, u)."""
    rows = [
        {
            "day": pd.Timestamp(DAY),
            "trace_id": name(number),
            "dimension": dimension,
            "inclusion_probability": probability,
            "u": u,
            "stratum": "routine",
            "reason": "routine",
            "sampling_weight": 1.0,
            "sampling_version": "1",
        }
        for number, (probability, u) in drawn.items()
    ]
    return pd.DataFrame(rows)


def verdicts(answers: dict[int, dict[str, Any]]) -> pd.DataFrame:
    """Return verdicts as the judging panel gives them: one row an item."""
    base = {
        "label": "good", "rationale": "why", "response_model": "lexicon-a", "fingerprint": None,
        "cost_usd": 0.01, "latency_ms": 5.0, "answered_at": ANSWERED, "missing_reason": None,
        "content_digest": "d",
    }  # fmt: skip
    return pd.DataFrame([{"item_id": name(number), **base, **answer} for number, answer in answers.items()])


UNASKED = {
    "label": None, "rationale": None, "response_model": None, "cost_usd": None, "latency_ms": None,
    "answered_at": None, "missing_reason": "budget",
}  # fmt: skip
FAILED = {"label": None, "rationale": None, "response_model": "unknown", "missing_reason": "judge_failed"}


def by_number(day: ScoredDay) -> dict[int, dict[str, Any]]:
    return {int(row["trace_id"], 16): row for row in day.scores.to_dict("records")}


class TestChecked:
    """Checked dimensions: a row for every production trace."""

    FRAME = traces([trace(1), trace(2), trace(3, role="calibration"), trace(4, consent=False)])

    def scored(self, **changes: Any) -> ScoredDay:
        arguments = {"day": DAY, "checked": checked({1: 1.0, 2: 0.0, 3: 1.0, 4: 1.0}), **changes}
        return score_rows(
            changes.pop("spec", FORM), self.FRAME, **{k: v for k, v in arguments.items() if k != "spec"}
        )

    def test_every_production_trace_has_a_row_and_no_other(self) -> None:
        assert set(by_number(self.scored())) == {1, 2}

    def test_weight_is_the_upstream_weight(self) -> None:
        frame = traces([trace(1, sampling_weight=4.0)])
        day = score_rows(FORM, frame, day=DAY, checked=checked({1: 1.0}))
        assert by_number(day)[1]["weight"] == 4.0

    def test_trace_outside_the_frame_is_null_with_the_reason(self) -> None:
        dependent = spec("form", checks=[{"check": "length"}], requires={"passed": ["other"]})
        day = score_rows(
            dependent, self.FRAME, day=DAY, checked=checked({1: 1.0, 2: 1.0}),
            check_failures={"other": {name(2)}},
        )  # fmt: skip
        row = by_number(day)[2]
        assert pd.isna(row["score"]) and row["missing_reason"] == "requirement_failed"
        assert row["evaluator"] == "check:none"
        assert by_number(day)[1]["score"] == 1.0

    def test_versions_without_a_judge_are_none(self) -> None:
        row = self.scored(dataset="d3").tuples.iloc[0]
        assert row[["judge", "dataset", "rubric"]].tolist() == ["none", "none", "none"]
        assert row["traces"] == 2

    def test_checks_cost_nothing_and_are_dated_with_the_end_of_the_day(self) -> None:
        row = by_number(self.scored())[1]
        assert pd.isna(row["cost_usd"]) and pd.isna(row["latency_ms"])
        assert row["scored_at"] == END_OF_DAY

    def test_trace_without_model_and_prompt_has_unknown_versions(self) -> None:
        frame = traces([trace(1, model=None, prompt_version=None)])
        day = score_rows(FORM, frame, day=DAY, checked=checked({1: 1.0}))
        assert day.tuples[["model", "prompt"]].to_numpy().tolist() == [["unknown", "unknown"]]
        assert by_number(day)[1]["tuple_id"] == VersionTuple("unknown", "unknown").tuple_id


class TestJudged:
    """Judged dimensions: a row for every sampled trace, at 1 / probability."""

    FRAME = traces([trace(n) for n in range(1, 7)])

    def scored(
        self, drawn: dict[int, tuple[float, float]], answers: dict[int, Any], **changes: Any
    ) -> ScoredDay:
        given = verdicts(answers) if answers else None
        return score_rows(
            TONE, self.FRAME, day=DAY, sample=sample("tone", drawn), verdicts=given, dataset="d3", **changes
        )

    def test_verdict_becomes_score_weight_and_versions(self) -> None:
        day = self.scored({1: (0.25, 0.1), 2: (0.5, 0.1)}, {1: {}, 2: {"label": "bad"}})
        rows = by_number(day)
        assert (rows[1]["score"], rows[1]["weight"], rows[1]["evaluator"]) == (
            1.0,
            4.0,
            "judge:v2.1@lexicon-a",
        )
        assert (rows[2]["score"], rows[2]["label"], rows[2]["weight"]) == (0.0, "bad", 2.0)
        assert rows[1]["tuple_id"] == VersionTuple("m1", "p1", "v2.1@lexicon-a", "d3", "v2+abcd1234").tuple_id
        assert rows[1]["scored_at"] == ANSWERED and rows[1]["cost_usd"] == 0.01

    def test_upstream_weight_multiplies(self) -> None:
        drawn = sample("tone", {1: (0.5, 0.1)}).assign(sampling_weight=3.0)
        day = score_rows(TONE, self.FRAME, day=DAY, sample=drawn, verdicts=verdicts({1: {}}))
        assert by_number(day)[1]["weight"] == 6.0

    def test_budget_threshold_raises_the_weight_of_what_was_judged(self) -> None:
        drawn = {1: (0.5, 0.1), 2: (0.5, 0.3)}  # ranks 0.2 and 0.6
        rows = by_number(self.scored(drawn, {1: {}, 2: UNASKED}, threshold=0.6))
        assert rows[1]["weight"] == pytest.approx(1 / (0.5 * 0.6))
        assert rows[2]["weight"] == 2.0
        assert pd.isna(rows[2]["score"]) and rows[2]["missing_reason"] == "budget"
        assert rows[2]["scored_at"] == END_OF_DAY

    def test_unscored_rows_take_the_day_s_most_common_judge(self) -> None:
        drawn = dict.fromkeys(range(1, 6), (0.5, 0.1))
        answers = {1: {}, 2: {}, 3: {"response_model": "lexicon-b"}, 4: UNASKED, 5: FAILED}
        day = self.scored(drawn, answers)
        rows = by_number(day)
        assert rows[4]["evaluator"] == rows[5]["evaluator"] == "judge:v2.1@lexicon-a"
        assert set(day.tuples["judge"]) == {"v2.1@lexicon-a", "v2.1@lexicon-b"}

    def test_day_without_any_answer_has_a_declared_judge(self) -> None:
        day = self.scored({1: (0.5, 0.1)}, {1: UNASKED})
        assert day.tuples["judge"].tolist() == ["v2.1@none"]

    def test_malformed_answer_keeps_the_model_that_gave_it(self) -> None:
        answers = {
            1: {},
            2: {"label": None, "response_model": "lexicon-b", "missing_reason": "judge_malformed"},
        }
        rows = by_number(self.scored({1: (1.0, 0.1), 2: (1.0, 0.2)}, answers))
        assert rows[2]["evaluator"] == "judge:v2.1@lexicon-b"

    def test_label_outside_the_scale_is_missing_and_not_published(self) -> None:
        rows = by_number(self.scored({1: (1.0, 0.1)}, {1: {"label": "user text"}}))
        assert pd.isna(rows[1]["score"]) and pd.isna(rows[1]["label"])
        assert rows[1]["missing_reason"] == "judge_malformed"

    def test_sampled_trace_without_a_verdict_row_failed_or_met_the_budget(self) -> None:
        drawn = {1: (0.5, 0.1), 2: (0.5, 0.45)}
        rows = by_number(self.scored(drawn, {}, threshold=0.5))
        assert [rows[n]["missing_reason"] for n in (1, 2)] == ["judge_failed", "budget"]

    def test_judgements_hold_what_was_said_and_nothing_of_what_was_not_asked(self) -> None:
        day = self.scored({1: (1.0, 0.1), 2: (1.0, 0.2)}, {1: {"fingerprint": "fp1"}, 2: UNASKED})
        assert day.judgements["trace_id"].tolist() == [name(1)]
        assert day.judgements.loc[0, "rationale"] == "why"
        assert day.judgements.loc[0, "judge_build"] == "v2.1@lexicon-a+fp1"

    def test_same_answers_give_the_same_rows(self) -> None:
        drawn, answers = {1: (0.5, 0.1), 2: (0.5, 0.3)}, {1: {}, 2: UNASKED}
        first, second = (self.scored(drawn, answers, threshold=0.6) for _ in range(2))
        for one, other in zip(first, second, strict=True):
            pd.testing.assert_frame_equal(one, other)

    def test_sample_of_other_dimensions_is_left_aside(self) -> None:
        both = pd.concat([sample("tone", {1: (0.5, 0.1)}), sample("faith", {2: (0.5, 0.1)})])
        day = score_rows(TONE, self.FRAME, day=DAY, sample=both, verdicts=verdicts({1: {}, 2: {}}))
        assert set(by_number(day)) == {1}

    def test_nothing_sampled_gives_empty_tables(self) -> None:
        day = score_rows(TONE, self.FRAME, day=DAY, sample=None)
        assert day.scores.empty and day.tuples.empty and day.judgements.empty


class TestComposite:
    """DESIGN 5: "a failed check is score 0 at weight 1, else the judge's verdict at 1 / probability"."""

    FRAME = traces([trace(n) for n in range(1, 5)])

    def scored(self, **changes: Any) -> ScoredDay:
        arguments: dict[str, Any] = {
            "day": DAY,
            "checked": checked({1: 0.0, 2: 1.0, 3: None, 4: 0.0}),
            "sample": sample("tools", {2: (0.5, 0.1), 3: (0.5, 0.2), 4: (0.5, 0.3)}),
            "verdicts": verdicts({2: {}, 3: {"label": "bad"}, 4: {}}),
            "dataset": "d3",
        }
        return score_rows(changes.pop("spec", TOOLS), self.FRAME, **{**arguments, **changes})

    def test_failed_check_scores_zero_at_weight_one_whether_sampled_or_not(self) -> None:
        rows = by_number(self.scored())
        for number in (1, 4):
            assert (rows[number]["score"], rows[number]["weight"]) == (0.0, 1.0)
            assert rows[number]["evaluator"] == "check:x"

    def test_passed_and_undecided_checks_leave_it_to_the_judge(self) -> None:
        rows = by_number(self.scored())
        assert (rows[2]["score"], rows[2]["weight"], rows[2]["evaluator"]) == (
            1.0,
            2.0,
            "judge:v2.1@lexicon-a",
        )
        assert (rows[3]["score"], rows[3]["weight"]) == (0.0, 2.0)

    def test_every_row_carries_what_a_check_says_of_the_input_whoever_scored_it(self) -> None:
        by_check = checked({1: 0.0, 2: 1.0, 3: None, 4: 0.0}).assign(
            input=pd.array(["safe", "unsafe", "unknown", "safe"], dtype="string"),
            refused=pd.array([True, True, False, None], dtype="boolean"),
        )
        rows = by_number(self.scored(checked=by_check))
        assert {n: (row["input"], row["refused"]) for n, row in rows.items() if n != 4} == {
            1: ("safe", True), 2: ("unsafe", True), 3: ("unknown", False)
        }  # fmt: skip
        assert pd.isna(rows[4]["refused"])
        assert pd.isna(by_number(self.scored())[1]["input"])

    def test_every_row_carries_judge_dataset_and_rubric(self) -> None:
        day = self.scored()
        assert day.tuples[["judge", "dataset", "rubric"]].to_numpy().tolist() == [
            ["v2.1@lexicon-a", "d3", "v2+abcd1234"]
        ]
        assert day.tuples["traces"].tolist() == [4]

    def test_failed_check_outside_the_frame_has_no_row(self) -> None:
        narrow = spec("tools", checks=[{"check": "tool_exists"}], judge=JUDGE, requires={"passed": ["form"]})
        rows = by_number(self.scored(spec=narrow, check_failures={"form": {name(1)}}))
        assert set(rows) == {2, 3, 4}

    def test_weights_add_up_to_the_frame_in_expectation(self) -> None:
        weights = [row["weight"] for row in by_number(self.scored()).values()]
        assert sum(weights) == 2 * 1.0 + 2 * 2.0
