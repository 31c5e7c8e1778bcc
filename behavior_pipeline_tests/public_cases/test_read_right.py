"""Cases that were read rightly from the beginning stay so."""

import json

import pytest

from behavior_pipeline_tests.public_cases.cases import case, trace_in


def test_cached_tokens_inside_of_the_input_are_not_added_again() -> None:
    row = trace_in(case("p20"))
    assert (row["input_tokens"], row["cached_tokens"], row["output_tokens"]) == (17903, 17817, 40)


def test_reasoning_inside_of_the_output_is_not_added_again() -> None:
    row = trace_in(case("p24"))
    assert (row["output_tokens"], row["reasoning_tokens"]) == (320, 300)


def test_span_that_ends_before_it_starts_has_no_duration_and_keeps_the_rest() -> None:
    row = trace_in(case("p21"))
    assert row["duration_ms"] is None
    assert json.loads(row["unmeasurable"])["duration_ms"] == "no_duration"
    assert (row["input_text"], row["output_text"]) == ("Open?", "Yes.")


def test_page_of_phoenix_is_read() -> None:
    row = trace_in(case("p22"))
    assert (row["input_tokens"], row["output_tokens"], row["input_text"]) == (30, 9, "Which gate?")


def test_crew_has_one_model_call_and_one_tool_call() -> None:
    row = trace_in(case("p23"))
    assert (row["n_model_calls"], row["input_tokens"], row["output_tokens"]) == (1, 30, 9)
    (call,) = json.loads(row["tool_calls"])
    assert (call["name"], call["result"]) == ("gates", 4)


@pytest.mark.parametrize("name", ["p20", "p24"])
def test_trace_is_priced(name: str) -> None:
    assert trace_in(case(name))["cost_usd"] is not None
