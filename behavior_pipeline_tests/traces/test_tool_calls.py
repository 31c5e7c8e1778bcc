"""A tool call is one, though a model's answer, the next call's history and an execution all show it."""

import json
from typing import Any

from behavior_pipeline_tests.traces.rows import Row, row, text, trace


def asks(*calls: tuple[str | None, str, Any]) -> list[Row]:
    parts = [{"type": "tool_call", "id": one, "name": name, "arguments": given} for one, name, given in calls]
    return [{"role": "assistant", "parts": parts}]


def answers(given: str | None, response: Any) -> Row:
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": given, "response": response}]}


def calls(*rows: Row) -> list[Row]:
    return list(json.loads(trace(*rows)["tool_calls"] or "[]"))


def test_answer_history_and_execution_are_one_call() -> None:
    asked = asks(("c", "find", {"n": 59.0}))
    listed = calls(
        row(1),
        row(2, "chat", 1, output_messages=asked, end_ns=10**18 + 5000),
        row(
            3,
            "execute_tool",
            1,
            tool_call_id="c",
            tool_name="find",
            tool_arguments={"n": 59},
            tool_result=[1],
        ),
        row(
            4, "chat", 1, input_messages=[*text("user", "?"), *asked, answers("c", [1])], end_ns=10**18 + 9000
        ),
    )
    assert listed == [{"id": "c", "name": "find", "arguments": {"n": 59}, "result": [1], "error": None}]


def test_executions_without_ids_are_matched_by_arguments() -> None:
    listed = calls(
        row(1, "chat", output_messages=asks(("a", "find", {"n": 1}), ("b", "find", {"n": 2}))),
        row(2, "execute_tool", 1, tool_name="find", tool_arguments='{"n":2}', tool_result='"two"'),
        row(3, "execute_tool", 1, tool_name="find", tool_arguments='{"n":1}', tool_result='"one"'),
    )
    assert [(one["id"], one["result"]) for one in listed] == [("a", "one"), ("b", "two")]


def test_two_equal_calls_stay_two() -> None:
    listed = calls(
        row(1, "chat", output_messages=asks(("a", "roll", {}), ("b", "roll", {}))),
        row(2, "execute_tool", 1, tool_name="roll", tool_arguments="{}", tool_result="1"),
        row(3, "execute_tool", 1, tool_name="roll", tool_arguments="{}", tool_result="2"),
    )
    assert [one["result"] for one in listed] == [1, 2]


def test_what_was_executed_without_being_asked_for_comes_last() -> None:
    listed = calls(
        row(1),
        row(2, "execute_tool", 1, tool_name="prefetch"),
        row(3, "chat", 1, output_messages=asks(("a", "find", 1))),
    )
    assert [one["name"] for one in listed] == ["find", "prefetch"]


def test_calls_that_only_the_next_calls_history_shows_are_counted() -> None:
    history = [*text("user", "before"), *asks(("old", "find", 0)), answers("old", 0), *text("user", "now")]
    listed = calls(
        row(1),
        row(2, "chat", 1, end_ns=10**18 + 5000),
        row(
            3,
            "chat",
            1,
            input_messages=[*history, *asks(("c", "find", 1)), answers("c", 2)],
            end_ns=10**18 + 9000,
        ),
    )
    assert [(one["id"], one["result"]) for one in listed] == [("c", 2)]


def test_history_of_a_single_call_is_an_earlier_trace_of_the_conversation() -> None:
    assert not calls(row(1, "chat", input_messages=[*asks(("c", "find", 1)), answers("c", 2)]))


def test_a_framework_above_a_client_asks_once_also_without_ids() -> None:
    asked = asks((None, "find", {"n": 1}))
    assert len(calls(row(1, "chat", output_messages=asked), row(2, "chat", 1, output_messages=asked))) == 1


def test_a_tool_span_inside_of_another_for_the_same_tool_is_one_execution() -> None:
    inner = row(2, "execute_tool", 1, tool_name="find", tool_arguments="1")
    assert len(calls(row(1, "execute_tool", tool_name="find", tool_arguments="1"), inner)) == 1
    other = row(2, "execute_tool", 1, tool_name="fetch")
    assert len(calls(row(1, "execute_tool", tool_name="find"), other)) == 2


def test_a_result_that_is_zero_or_empty_is_a_result() -> None:
    listed = calls(
        row(1, "chat", output_messages=asks(("c", "count", {}))),
        row(2, "execute_tool", 1, tool_call_id="c", tool_name="count", tool_result="0"),
    )
    assert listed[0]["result"] == 0


def test_a_failed_tool_says_so() -> None:
    failed = row(
        2, "execute_tool", 1, tool_call_id="c", tool_name="find", error_type="Timeout", status="error"
    )
    (call,) = calls(row(1, "chat", output_messages=asks(("c", "find", {}))), failed)
    assert (call["error"], call["result"]) == ("Timeout", None)
