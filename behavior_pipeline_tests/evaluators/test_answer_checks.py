"""Checks of the answer's form, time and cost."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.evaluators.check import Case, Outcome, checks
from behavior_pipeline.evaluators.falling import falling
from behavior_pipeline.evaluators.json_answers import NotJsonError, answer_json, schema_of, validator
from behavior_pipeline.reasons import Reason

PERSON = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def run(name: str, case: Case, **parameters: Any) -> Outcome:
    check = checks()[name]
    return check.evaluate(case, check.parameters.model_validate(parameters))


def says(text: str | None, **fields: Any) -> Case:
    return Case("t", output_text=text, **fields)


class TestJsonSchema:
    def test_request_s_own_schema_comes_before_slice_and_default(self) -> None:
        case = says('{"name": "x"}', response_schema=PERSON, slices={"kind": "a"})
        assert (
            run("json_schema", case, default={"type": "array"}, by_slice={"kind": {"a": {"type": "null"}}})[0]
            == 1
        )
        case = says("[]", slices={"kind": "a"})
        assert run("json_schema", case, default=PERSON, by_slice={"kind": {"a": {"type": "array"}}})[0] == 1
        assert run("json_schema", says("[]"), default=PERSON)[:2] == (0.0, "schema_violated")

    def test_without_any_schema_it_does_not_apply(self) -> None:
        assert run("json_schema", says("{}")).reason == Reason.NO_SCHEMA

    def test_prose_is_not_json(self) -> None:
        assert run("json_schema", says("Sure!", response_schema=PERSON))[:3] == (0.0, "not_json", None)

    @pytest.mark.parametrize(
        ("text", "never", "alone", "with_text"),
        [
            ('{"name": "x"}', 1, 1, 1),
            ('```json\n{"name": "x"}\n```', 0, 1, 1),
            ('```\n{"name": "x"}\n```\n', 0, 1, 1),
            ('Here:\n```json\n{"name": "x"}\n```', 0, 0, 1),
            ('Here: {"name": "x"}', 0, 0, 0),
        ],
    )
    def test_fence_parameter_says_where_json_may_stand(
        self, text: str, never: int, alone: int, with_text: int
    ) -> None:
        case = says(text, response_schema=PERSON)
        scores = [run("json_schema", case, fence=fence).score for fence in ("never", "alone", "with_text")]
        assert scores == [never, alone, with_text]

    def test_envelopes_of_response_formats_are_opened(self) -> None:
        assert schema_of({"type": "json_schema", "json_schema": {"name": "p", "schema": PERSON}}) == PERSON
        assert schema_of({"type": "json_schema", "schema": PERSON}) == PERSON
        assert schema_of({"type": "json_object"}) == {"type": "object"}
        assert schema_of(PERSON) == PERSON

    @pytest.mark.parametrize("reference", ["http://127.0.0.1:9/s", "file:///etc/hostname", "#/nowhere"])
    def test_schema_of_a_trace_that_points_elsewhere_is_not_fetched(self, reference: str) -> None:
        assert run("json_schema", says("{}", response_schema={"$ref": reference})).reason == Reason.NO_SCHEMA

    def test_equal_schemas_are_compiled_once(self) -> None:
        assert validator({"type": "object", "title": "x"}) is validator({"title": "x", "type": "object"})

    def test_many_fences_are_read_in_no_time(self) -> None:
        started = time.perf_counter()
        with pytest.raises(NotJsonError):
            answer_json("```\n" * 300_000, "with_text")
        assert time.perf_counter() - started < 1


class TestRequiredFields:
    def test_dot_steps_into_an_object(self) -> None:
        case = says('{"order": {"id": 0}, "note": null}')
        assert run("required_fields", case, fields=["order.id"]).score == 1
        assert run("required_fields", case, fields=["order.name"]).label == "field_missing"
        assert run("required_fields", case, fields=["note"]).score == 0

    def test_array_has_no_fields(self) -> None:
        assert run("required_fields", says("[1]"), fields=["a"]).score == 0


class TestRegex:
    def test_must_and_must_not(self) -> None:
        assert run("regex", says("Order 12"), must=[r"\d+"], must_not=["(?i)error"]).score == 1
        assert run("regex", says("Order"), must=[r"\d+"]).label == "pattern_missing"
        assert run("regex", says("an ERROR"), must_not=["(?i)error"]).label == "pattern_found"

    def test_hostile_text_cannot_make_it_backtrack(self) -> None:
        started = time.perf_counter()
        assert run("regex", says("a" * 50_000 + "b"), must=["^(a+)+$"]).score == 0
        assert time.perf_counter() - started < 1

    def test_lone_surrogate_is_no_obstacle(self) -> None:
        assert run("regex", says("ok \ud800"), must=["ok"]).score == 1


class TestLength:
    @pytest.mark.parametrize(
        ("limits", "label"),
        [
            ({"min_words": 2, "max_words": 2}, None),
            ({"max_words": 1}, "too_long"),
            ({"min_words": 3}, "too_short"),
            ({"max_characters": 8}, "too_long"),
            ({"min_characters": 10}, "too_short"),
            ({"min_characters": 9, "max_characters": 9}, None),
        ],
    )
    def test_limits(self, limits: dict[str, int], label: str | None) -> None:
        assert run("length", says("two words"), **limits)[:2] == (0.0 if label else 1.0, label)


class TestBannedPhrases:
    def test_whole_words_without_regard_to_case_and_white_space(self) -> None:
        phrases = ["as an AI", "ass"]
        assert run("banned_phrases", says("As  an\nai, I think"), phrases=phrases).score == 0
        assert run("banned_phrases", says("The assistant helps"), phrases=phrases).score == 1
        assert (
            run("banned_phrases", says("The assistant helps"), phrases=phrases, whole_words=False).score == 0
        )
        assert run("banned_phrases", says("as an ai"), phrases=["as an AI"], ignore_case=False).score == 1

    def test_phrase_is_no_pattern(self) -> None:
        assert run("banned_phrases", says("a+b"), phrases=["a+b"]).score == 0
        assert run("banned_phrases", says("aab"), phrases=["a+b"]).score == 1


class TestTimeAndCost:
    @given(value=st.floats(0, 1e9), full=st.floats(1e-3, 1e6), width=st.floats(1e-3, 1e6))
    def test_score_falls_from_one_to_zero(self, value: float, full: float, width: float) -> None:
        score = falling(value, full=full, none=full + width)
        assert 0 <= score <= 1
        assert (score == 1) or value > full
        assert (score > 0) or value >= full + width * 0.999

    def test_latency_between_target_and_limit(self) -> None:
        for duration, expected in ((1000, 1.0), (3000, 1.0), (9000, 0.5), (15_000, 0.0), (99_000, 0.0)):
            assert run("latency_target", Case("t", duration_ms=duration)).score == expected

    def test_slice_has_its_own_target(self) -> None:
        by_slice = {"kind": {"slow": {"target_ms": 10_000, "limit_ms": 20_000}}}
        assert (
            run(
                "latency_target", Case("t", duration_ms=9000, slices={"kind": "slow"}), by_slice=by_slice
            ).score
            == 1
        )

    def test_trace_without_duration_has_null_latency(self) -> None:
        assert run("latency_target", Case("t")).reason == Reason.NO_DURATION

    def test_trace_without_tokens_has_null_cost(self) -> None:
        assert run("cost_budget", Case("t")).reason == Reason.NO_TOKENS
        assert run("cost_budget", Case("t", cost_missing="no_price")).reason == Reason.NO_PRICE

    def test_cost_against_its_budget(self) -> None:
        case = Case("t", cost_usd=0.03, slices={"kind": "big"})
        assert run("cost_budget", case).score == pytest.approx(0.5)
        by_slice = {"kind": {"big": {"budget_usd": 0.1, "limit_usd": 0.2}}}
        assert run("cost_budget", case, by_slice=by_slice).label == "in_budget"
