"""Spans are read whatever mixture of conventions wrote them, concept by concept."""

import json

from behavior_pipeline_tests.public_cases.cases import Row, case, spans_of, trace_in, traces_in

GIST = ("input_text", "output_text", "input_tokens", "output_tokens", "finish_reason")


def gist(row: Row) -> tuple[object, ...]:
    """Return question, answer, tokens and why the model stopped."""
    return tuple(row[name] for name in GIST)


def test_messages_of_one_version_beside_counts_of_another_are_read() -> None:
    row = trace_in(case("c02"))
    assert gist(row) == ("hi", "hello", 40, 9, "stop")
    assert row["n_model_calls"] == 1


def test_loop_that_repeats_the_usage_is_no_model_call() -> None:
    operations = {span["name"]: span["operation"] for span in spans_of(case("c02"))}
    assert operations["execute_event_loop_cycle"] == "other"


def test_messages_are_not_kept_a_second_time_among_the_attributes() -> None:
    assert not any("messages" in span["attributes"] for span in spans_of(case("c02")))


def test_tool_has_arguments_and_result_from_the_messages_on_its_span() -> None:
    row = trace_in(case("p01"))
    (call,) = json.loads(row["tool_calls"])
    assert (call["name"], call["arguments"], call["result"]) == ("close", {"bay": 3}, "closed at 10:02")
    assert row["output_text"] == "Bay 3 is closed."


def test_call_is_found_under_the_name_that_a_framework_gives_its_operation() -> None:
    row = trace_in(case("p04"))
    assert gist(row) == ("Is dock 2 free?", "Dock 2 is free.", 31, 8, "stop")
    assert row["n_model_calls"] == 1


def test_placeholder_is_no_model_and_reasons_in_a_text_are_a_list() -> None:
    row = trace_in(case("p13"))
    assert gist(row) == ("When does ferry 3 sail?", "It sails at 14:20.", 25, 11, "stop")
    assert (row["model"], row["cost_usd"]) == ("gpt-4o-mini", 0.00001035)


def test_session_of_one_product_is_read_on_a_span_of_another_convention() -> None:
    sessions = {row["conversation_id"]: row["session_id"] for row in traces_in(case("p14"))}
    assert sessions["run-1"] == "L1"
    assert set(sessions.values()) == {"L1"}


def test_contents_under_the_names_of_google_are_read() -> None:
    row = trace_in(case("p09"))
    assert (row["input_text"], row["output_text"]) == ("Weather in Oslo?", "It rains in Oslo, 9 degrees.")
    (call,) = json.loads(row["tool_calls"])
    assert (call["name"], call["arguments"]) == ("get_weather", {"city": "Oslo"})
    assert call["result"] == {"report": "rain, 9 degrees"}
    assert (row["session_id"], row["reasoning_tokens"]) == ("sess-9", 60)


def test_contents_in_log_records_of_a_span_are_read() -> None:
    row = trace_in(case("p10"))
    assert gist(row) == ("Which gate is open?", "Gate 4 is open.", 50, 12, "stop")
