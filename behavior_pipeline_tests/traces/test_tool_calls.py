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


class TestCopies:
    """A framework, a client and a protocol each write a span of one execution."""

    def span(self, number: int, parent: int, *, name: str = "find", **values: Any) -> Row:
        usual = {"tool_name": name, "tool_arguments": {"n": 1}, "start_ns": 10**18 + number * 1000}
        return row(number, "execute_tool", parent, **{**usual, **values})

    def test_copy_below_it_under_another_name_is_the_same(self) -> None:
        asked = row(2, "chat", 1, output_messages=asks((None, "find", {"n": 1})))
        listed = calls(
            row(1), asked, self.span(3, 1, name="ToolNode"), row(4, "other", 3),
            self.span(5, 4, tool_result="[1]"),
        )  # fmt: skip
        assert [(one["name"], one["result"]) for one in listed] == [("find", [1])]

    def test_copy_of_another_instrumentation_beside_it_is_the_same(self) -> None:
        copy = self.span(4, 1, dialect="openinference", tool_result="[1]", tool_arguments=None)
        listed = calls(
            row(1), row(2, "chat", 1, output_messages=asks((None, "find", {"n": 1}))), self.span(3, 1), copy
        )
        assert [(one["name"], one["result"]) for one in listed] == [("find", [1])]

    def test_equal_calls_at_one_time_by_one_instrumentation_are_two(self) -> None:
        assert len(calls(row(1), self.span(3, 1), self.span(4, 1))) == 2

    def test_tool_that_calls_itself_through_an_agent_is_called_twice(self) -> None:
        assert len(calls(row(1), self.span(3, 1), row(4, "invoke_agent", 3), self.span(5, 4))) == 2

    def test_call_without_an_id_takes_that_of_its_history(self) -> None:
        history = [*text("user", "?"), *asks(("c", "find", {"n": 1})), answers("c", [1])]
        listed = calls(
            row(1), row(2, "chat", 1, output_messages=asks((None, "find", {"n": 1})), end_ns=10**18 + 5000),
            row(3, "chat", 1, input_messages=history, end_ns=10**18 + 9000),
        )  # fmt: skip
        assert [(one["id"], one["result"]) for one in listed] == [("c", [1])]
