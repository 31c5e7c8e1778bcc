"""Messages of every API come out in one shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.message_parts import blocks, tool_call, tool_result
from behavior_pipeline.spans.content.messages import (
    messages,
    read_attribute,
    read_messages,
    sum_up,
)

Shape = list[dict[str, Any]]


def text(value: str, role: str = "user") -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": value}]}


def call(number: str | None, name: str, arguments: Any) -> dict[str, Any]:
    return {"type": "tool_call", "id": number, "name": name, "arguments": arguments}


def result(number: str | None, response: Any) -> dict[str, Any]:
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": number, "response": response}]}


ASKED: Shape = [text("Be brief.", "system"), text("Where?")]
CALLED: Shape = [{"role": "assistant", "parts": [call("c", "find", {"n": 1})]}, result("c", {"at": "home"})]
CASES: dict[str, tuple[Any, Shape]] = {
    "gen_ai": (
        [{"role": "user", "parts": [{"type": "text", "content": "Where?"}], "name": None}],
        [text("Where?")],
    ),
    "openai chat": (
        [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Where?"}]},
        ],
        ASKED,
    ),
    "openai tools": (
        [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "find", "arguments": '{"n": 1}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "c", "content": '{"at": "home"}'},
        ],
        CALLED,
    ),
    "openai responses": (
        [
            {"type": "function_call", "call_id": "c", "id": "fc_1", "name": "find", "arguments": '{"n": 1}'},
            {"type": "function_call_output", "call_id": "c", "output": '{"at": "home"}'},
        ],
        CALLED,
    ),
    "anthropic": (
        [
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c", "name": "find", "input": {"n": 1}}],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "c",
                        "content": [{"type": "text", "text": '{"at": "home"}'}],
                    }
                ],
            },
        ],
        CALLED,
    ),
    "gemini": (
        [
            {"role": "model", "parts": [{"functionCall": {"id": "c", "name": "find", "args": {"n": 1}}}]},
            {
                "role": "user",
                "parts": [{"functionResponse": {"id": "c", "name": "find", "response": {"at": "home"}}}],
            },
        ],
        CALLED,
    ),
    "bedrock": (
        [
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "c", "name": "find", "input": {"n": 1}}}],
            },
            {
                "role": "user",
                "content": [{"toolResult": {"toolUseId": "c", "content": [{"json": {"at": "home"}}]}}],
            },
        ],
        CALLED,
    ),
    "vercel": (
        [
            {
                "role": "assistant",
                "content": [{"type": "tool-call", "toolCallId": "c", "toolName": "find", "input": {"n": 1}}],
            },
            {
                "role": "tool",
                "content": [
                    {
                        "type": "tool-result",
                        "toolCallId": "c",
                        "toolName": "find",
                        "output": {"type": "json", "value": {"at": "home"}},
                    }
                ],
            },
        ],
        CALLED,
    ),
    "langchain": (
        [
            {"type": "ai", "content": "", "tool_calls": [{"name": "find", "args": {"n": 1}, "id": "c"}]},
            {"type": "tool", "content": '{"at": "home"}', "tool_call_id": "c"},
        ],
        CALLED,
    ),
    "langchain serialised": (
        [
            [
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain", "schema", "messages", "SystemMessage"],
                    "kwargs": {"content": "Be brief."},
                },
                {"lc": 1, "type": "constructor", "id": ["HumanMessage"], "kwargs": {"content": "Where?"}},
            ]
        ],
        ASKED,
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_shape_of_an_api(name: str) -> None:
    given_shape, wanted = CASES[name]
    assert messages(given_shape, role="user") == wanted
    assert messages(json.dumps(given_shape), role="user") == wanted


@pytest.mark.parametrize("name", sorted(CASES))
def test_our_shape_stays_as_it_is(name: str) -> None:
    wanted = CASES[name][1]
    assert messages(wanted, role="user") == wanted


class TestAnswers:
    """Why a model stopped stands beside its message, in several places."""

    @pytest.mark.parametrize(
        "choice",
        [
            {"index": 0, "finish_reason": "tool_use", "message": {"role": "assistant", "content": "Hi"}},
            {"role": "assistant", "content": "Hi", "stop_reason": "tool_use"},
            {"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": "tool_calls"},
            {"text": "Hi", "generation_info": {"finish_reason": "tool_calls"}},
            {"type": "ai", "content": "Hi", "response_metadata": {"finish_reason": "tool-calls"}},
        ],
    )
    def test_finish_reason(self, choice: dict[str, Any]) -> None:
        assert messages([choice], role="assistant") == [
            text("Hi", "assistant") | {"finish_reason": "tool_calls"}
        ]

    def test_a_refusal_is_a_part_of_its_own(self) -> None:
        turns = messages([{"message": {"content": None, "refusal": "No."}}], role="assistant")
        assert turns == [{"role": "assistant", "parts": [{"type": "refusal", "content": "No."}]}]

    def test_items_of_one_response_are_one_message(self) -> None:
        items = [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
            {"type": "function_call", "call_id": "c", "name": "find", "arguments": ""},
        ]
        (turn,) = messages(items, role="assistant") or []
        assert [part["type"] for part in turn["parts"]] == ["reasoning", "text", "tool_call"]
        assert turn["parts"][2]["arguments"] == {}

    def test_several_choices_stay_apart(self) -> None:
        assert (
            len(
                messages([{"message": {"content": "a"}}, {"message": {"content": "b"}}], role="assistant")
                or []
            )
            == 2
        )

    def test_an_empty_answer_keeps_only_why_it_ended(self) -> None:
        shape = [{"role": "assistant", "parts": [], "finish_reason": "content_filter"}]
        assert messages(shape, role="assistant") is None
        assert read_attribute(shape, role="assistant").finish_reason == "content_filter"

    def test_a_call_that_stands_twice_in_a_message_is_one(self) -> None:
        block = {"type": "tool_use", "id": "c", "name": "find", "input": {}}
        item = {"type": "ai", "content": [block], "tool_calls": [{"name": "find", "args": {}, "id": "c"}]}
        (turn,) = messages([item], role="assistant") or []
        assert len(turn["parts"]) == 1


class TestTexts:
    """A text stays a text, also one that looks like JSON."""

    @pytest.mark.parametrize("value", ["59", "true", '"quoted"', "not [json", "\u2028 x", '{"category": "a"'])
    def test_what_is_no_list_of_messages(self, value: str) -> None:
        assert messages(value, role="user") == [text(value)]

    def test_json_answers_stay_as_they_were_written(self) -> None:
        answer = '{"score": 2.0}'
        assert messages([{"role": "assistant", "content": answer}], role="user") == [
            text(answer, "assistant")
        ]
        assert blocks('[{"a": 1}]') == '[{"a": 1}]'
        assert blocks('[{"type": "text", "text": "x"}]') == [{"type": "text", "text": "x"}]

    @given(st.text(min_size=1))
    def test_any_text_of_a_user_comes_back(self, value: str) -> None:
        assert messages([{"role": "user", "content": value}], role="user") == [text(value)]

    @given(st.lists(st.sampled_from(ASKED + CALLED), max_size=5))
    def test_the_fast_way_says_what_the_slow_way_does(self, turns: Shape) -> None:
        fast, slow = read_attribute(json.dumps(turns), role="user"), sum_up(read_messages(turns, role="user"))
        assert (fast.system, fast.reasoning, fast.finish_reason) == (
            slow.system,
            slow.reasoning,
            slow.finish_reason,
        )
        assert json.loads(fast.text or "[]") == json.loads(slow.text or "[]")


@pytest.mark.parametrize(
    ("given_shape", "arguments"),
    [
        ({"function": {"name": "f", "arguments": '{"a": 1}'}}, {"a": 1}),
        ({"tool_call": {"id": "c", "function": {"name": "f", "arguments": "{}"}}}, {}),
        ({"toolName": "f", "args": {"a": None}}, {"a": None}),
        ({"name": "f", "arguments": "no json"}, "no json"),
        ({"type": "custom", "custom": {"name": "f", "input": "free text"}}, "free text"),
    ],
)
def test_arguments_are_values(given_shape: dict[str, Any], arguments: Any) -> None:
    part = tool_call(given_shape)
    assert (part["name"], part["arguments"]) == ("f", arguments)


def test_results_are_values() -> None:
    assert tool_result('{"a": 1}') == {"a": 1}
    assert tool_result("rain") == "rain"
    assert tool_result([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]) == "a\nb"
    assert tool_result({"type": "text", "value": "x"}) == "x"
