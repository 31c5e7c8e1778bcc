"""Each model call is counted once, whatever lies above it, and no shape of parents breaks the walk."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.traces.span_tree import SpanTree
from behavior_pipeline_tests.traces.rows import Row, row, trace

SLOWEST_S = 20


def calls(*rows: Row) -> list[Row]:
    return SpanTree(sorted(rows, key=lambda one: one["start_ns"])).model_calls()


def ids(rows: list[Row]) -> list[int]:
    return [int(one["span_id"], 16) for one in rows]


class TestWrappers:
    """The lowest of chat spans above each other is the call."""

    def test_a_framework_above_a_client_is_one_call(self) -> None:
        framework = row(2, "chat", 1, input_tokens=5, output_tokens=6, finish_reason="stop")
        client = row(3, "chat", 2, model="m", output_tokens=7)
        (call,) = calls(row(1), framework, client)
        assert (call["span_id"], call["model"], call["finish_reason"]) == (client["span_id"], "m", "stop")
        assert (call["input_tokens"], call["output_tokens"]) == (5, 7)

    def test_spans_between_change_nothing(self) -> None:
        assert ids(calls(row(1, "chat"), row(2, "other", 1), row(3, "other", 2), row(4, "chat", 3))) == [4]

    @pytest.mark.parametrize("between", ["execute_tool", "invoke_agent"])
    def test_a_call_inside_of_a_tool_or_agent_is_its_own(self, between: str) -> None:
        assert sorted(ids(calls(row(1, "chat"), row(2, between, 1), row(3, "chat", 2)))) == [1, 3]

    def test_retries_below_a_framework_are_calls_and_only_the_success_is_lent_to(self) -> None:
        framework = row(1, "chat", input_tokens=5, output_tokens=6)
        failed, done = row(2, "chat", 1, status="error"), row(3, "chat", 1)
        tokens = {int(one["span_id"], 16): one["input_tokens"] for one in calls(framework, failed, done)}
        assert tokens == {2: None, 3: 5}

    def test_of_two_successes_neither_gets_the_sum_that_the_framework_has(self) -> None:
        model_calls = calls(
            row(1, "chat", input_tokens=9, output_tokens=9), row(2, "chat", 1), row(3, "chat", 1)
        )
        assert [one["input_tokens"] for one in model_calls] == [None, None]

    def test_a_success_above_failures_only_is_a_call_that_left_no_span(self) -> None:
        model_calls = calls(row(1, "chat", output_messages=[]), row(2, "chat", 1, status="error"))
        assert sorted(ids(model_calls)) == [1, 2]

    def test_three_levels_are_one_call(self) -> None:
        assert ids(calls(row(1, "chat"), row(2, "chat", 1), row(3, "chat", 2))) == [3]

    def test_embeddings_above_each_other_are_one_too(self) -> None:
        nested = [row(1, "embeddings", input_tokens=7), row(2, "embeddings", 1), row(3, "chat")]
        (call,) = SpanTree(nested).model_calls("embeddings")
        assert (call["span_id"], call["input_tokens"]) == (nested[1]["span_id"], 7)

    def test_a_failed_call_keeps_no_answer_of_the_span_above(self) -> None:
        model_calls = calls(row(1, "chat", output_tokens=3), row(2, "chat", 1, status="error"))
        assert {one["output_tokens"] for one in model_calls if one["status"] == "error"} == {None}


class TestResponseIds:
    """Spans with the same response id are the same call, also beside each other."""

    def test_two_instrumentations_of_one_client_are_one_call(self) -> None:
        model_calls = calls(
            row(1), row(2, "chat", 1, response_id="r", model="m"), row(3, "chat", 1, response_id="r")
        )
        assert len(model_calls) == 1
        assert model_calls[0]["model"] == "m"

    def test_other_ids_are_other_calls(self) -> None:
        assert len(calls(row(1, "chat", response_id="a"), row(2, "chat", response_id="b"))) == 2

    def test_retries_of_the_application_are_two_calls(self) -> None:
        assert len(calls(row(1), row(2, "chat", 1, status="error"), row(3, "chat", 1, response_id="r"))) == 2


class TestTokens:
    """No successful call read 0 tokens and wrote 0."""

    def test_zeros_of_a_stream_without_usage_are_missing(self) -> None:
        (call,) = calls(row(1, "chat", input_tokens=0, output_tokens=0, cached_tokens=0))
        assert (call["input_tokens"], call["output_tokens"], call["cached_tokens"]) == (None, None, None)

    def test_an_empty_answer_keeps_its_counts(self) -> None:
        (call,) = calls(row(1, "chat", input_tokens=4, output_tokens=0))
        assert (call["input_tokens"], call["output_tokens"]) == (4, 0)


class TestRoots:
    """A span that is its own parent, or a circle of parents, is a root."""

    def test_the_root_has_no_parent(self) -> None:
        assert SpanTree([row(1, parent=2), row(2)]).root() == row(2)

    def test_a_span_that_is_its_own_parent_is_a_root(self) -> None:
        assert SpanTree([row(1, parent=1), row(2, parent=1)]).root() == row(1, parent=1)

    def test_the_first_of_a_circle_is_a_root(self) -> None:
        circle = [row(1, parent=3), row(2, parent=3), row(3, parent=2)]
        assert SpanTree(circle).root() == circle[1]

    def test_a_circle_of_chats_counts_each(self) -> None:
        assert len(calls(row(1, "chat", 2), row(2, "chat", 1))) == 2

    def test_without_a_root_the_top_is_whose_parent_never_came(self) -> None:
        tree = SpanTree([row(1, parent=2), row(2, parent=99)])
        assert tree.root() is None
        assert tree.top() == row(2, parent=99)


@given(data=st.data(), count=st.integers(1, 12))
def test_any_parents_end_and_count_between_one_and_all_chats(data: st.DataObject, count: int) -> None:
    kinds = st.sampled_from(["chat", "chat", "other", "execute_tool", "invoke_agent"])
    parents = st.none() | st.integers(1, count + 1)
    rows: list[Row] = []
    for number in range(1, count + 1):
        more: dict[str, Any] = {
            "status": data.draw(st.sampled_from(["unset", "error"])),
            "response_id": data.draw(st.none() | st.sampled_from(["a", "b"])),
        }
        rows.append(row(number, data.draw(kinds), data.draw(parents), **more))
    tree = SpanTree(rows)
    chats = [one for one in rows if one["operation"] == "chat"]
    model_calls = tree.model_calls()
    assert min(len(chats), 1) <= len(model_calls) <= len(chats)
    assert len({one["span_id"] for one in model_calls}) == len(model_calls)
    assert tree.top() in rows
    assert all(len(list(tree.above(one))) < count for one in rows)


def test_a_chain_of_ten_thousand_chats_is_one_call() -> None:
    chain = [row(number, "chat", number - 1 or None) for number in range(1, 10_001)]
    assert ids(SpanTree(chain).model_calls()) == [10_000]


@pytest.mark.parametrize("operation", ["chat", "execute_tool", "invoke_agent", "other"])
def test_a_chain_of_twenty_thousand_spans_is_built_at_once(operation: str) -> None:
    """It took minutes where each span walked up to the root; the bound is far above what it takes now."""
    rows = [
        row(
            number,
            operation,
            number - 1 or None,
            tool_name=f"t{number}",
            status="error" if number % 2 else "ok",
        )
        for number in range(1, 20_001)
    ]
    began = time.monotonic()
    facts = trace(*rows)
    assert facts["n_spans"] == len(rows)
    assert time.monotonic() - began < SLOWEST_S


def test_many_failed_calls_below_a_chain_of_failed_ones_are_built_at_once() -> None:
    chain = [row(number, "chat", number - 1 or None, status="error") for number in range(1, 10_001)]
    below = [row(number, "chat", 10_000, status="error") for number in range(10_001, 20_001)]
    began = time.monotonic()
    assert trace(*chain, *below)["n_failed_calls"] == len(below)
    assert time.monotonic() - began < SLOWEST_S


def test_many_calls_and_their_executions_are_matched_at_once() -> None:
    parts = [{"type": "tool_call", "id": None, "name": "f", "arguments": {"x": n}} for n in range(10_000)]
    asked = json.dumps([{"role": "assistant", "parts": parts}])
    executed = [
        row(n + 3, "execute_tool", 1, tool_name="f", tool_arguments=f'{{"x":{n}}}', tool_result=str(n))
        for n in range(10_000)
    ]
    began = time.monotonic()
    calls = json.loads(trace(row(1), row(2, "chat", 1, output_messages=asked), *executed)["tool_calls"])
    assert [(call["arguments"]["x"], call["result"]) for call in calls[:2]] == [(0, 0), (1, 1)]
    assert len(calls) == len(parts)
    assert time.monotonic() - began < SLOWEST_S
