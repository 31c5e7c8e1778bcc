import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.model_calls import (
    read_request,
    read_response,
    tool_definitions,
)
from behavior_pipeline.spans.content.product_spans import error_name, span_meaning
from behavior_pipeline.spans.content.retrieved import documents, tool_arguments, tool_result
from behavior_pipeline.spans.content.turns import answers, questions

ASK, SAY = "Where is it?", "Here."
CONSTRUCTOR = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"]}
GENERATION = {
    "text": SAY,
    "generation_info": {"finish_reason": "stop"},
    "message": {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "AIMessage"],
        "kwargs": {
            "content": SAY,
            "type": "ai",
            "response_metadata": {"model_name": "m-2"},
            "usage_metadata": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
        },
    },
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "messages",
                    "choices",
                    "output",
                    "type",
                    "message",
                    "lc",
                    "kwargs",
                    "generations",
                    "candidates",
                    "tools",
                    "text",
                    "data",
                    "usage",
                    "args",
                    "parts",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def text(value: str, role: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": value}]}


def turns(column: str | None) -> list[tuple[str, str]]:
    return [(one["role"], part["content"]) for one in json.loads(column or "[]") for part in one["parts"]]


@pytest.mark.parametrize(
    "request_",
    [
        [{"role": "user", "content": ASK}],
        {"messages": [{"role": "user", "content": ASK}], "model": "m"},
        {"messages": [[{**CONSTRUCTOR, "kwargs": {"content": ASK, "type": "human"}}]]},
        [[{"type": "human", "content": ASK}]],
        {"input": ASK, "model": "m", "text": {"format": {"type": "text"}}},
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": ASK}]}]},
        {"contents": [{"role": "user", "parts": [{"text": ASK}]}]},
        {"prompts": [ASK]},
        {"tools": [], "messages": [{"role": "user", "content": ASK}]},
        {"args": [], "kwargs": {"question": ASK, "k": 3}},
        {"args": [ASK], "kwargs": {}},
        {"inputs": {"question": ASK}},
        ASK,
        json.dumps({"messages": [{"role": "user", "content": ASK}]}),
    ],
)
def test_the_users_message_is_found_in_requests_of_every_api(request_: Any) -> None:
    assert turns(read_request(request_)["input_messages"]) == [("user", ASK)]


@pytest.mark.parametrize(
    ("response", "finish"),
    [
        ({"choices": [{"message": {"role": "assistant", "content": SAY}, "finish_reason": "stop"}]}, "stop"),
        ({"choices": [{"text": SAY, "finish_reason": "length"}]}, "length"),
        ({"choices": [{"text": SAY, "message": {}, "finish_reason": "stop"}]}, "stop"),
        ({"generations": [[{"text": SAY, "message": {}}]]}, None),
        ({"generations": [[{"text": "", "message": {"kwargs": {"content": SAY, "type": "human"}}}]]}, None),
        (
            {
                "object": "response",
                "status": "completed",
                "output": [
                    {
                        "type": "message",
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": SAY}],
                    }
                ],
            },
            "stop",
        ),
        (
            {
                "output": [
                    {
                        "type": "message",
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": SAY}],
                    }
                ],
                "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"},
            },
            "length",
        ),
        (
            {"role": "assistant", "content": [{"type": "text", "text": SAY}], "stop_reason": "end_turn"},
            "stop",
        ),
        ({"generations": [[GENERATION]]}, "stop"),
        (
            {
                "candidates": [
                    {"content": {"role": "model", "parts": [{"text": SAY}]}, "finishReason": "STOP"}
                ]
            },
            "stop",
        ),
        ({"role": "assistant", "content": SAY}, None),
        ([{"role": "assistant", "content": SAY}], None),
        ({"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": SAY}]}, None),
        ({"output": SAY}, None),
        (SAY, None),
    ],
)
def test_the_answer_is_found_in_responses_of_every_api(response: Any, finish: str | None) -> None:
    meaning = read_response(response)
    assert turns(meaning["output_messages"]) == [("assistant", SAY)]
    assert meaning["finish_reason"] == finish


@pytest.mark.parametrize(
    "response",
    [
        None,
        "",
        {},
        [],
        {"output": None},
        {"choices": []},
        {"object": "response", "model": "m", "output": []},
        {"generations": [[]]},
        {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]},
        {"role": "assistant", "content": None},
        {"output": {"output": None}},
    ],
)
def test_where_nothing_was_said_there_is_no_answer(response: Any) -> None:
    assert read_response(response)["output_messages"] is None


def test_a_result_of_an_application_is_kept_as_it_is() -> None:
    assert turns(read_response({"decision": "IN_SCOPE"})["output_messages"]) == [
        ("assistant", '{"decision":"IN_SCOPE"}')
    ]
    assert read_request({"model": "m", "temperature": 1})["input_messages"] is None


def test_what_stands_beside_the_messages_is_read() -> None:
    schema = {"type": "object"}
    meaning = read_request(
        {
            "model": "m",
            "system": "Be brief.",
            "messages": [{"role": "user", "content": ASK}],
            "tools": [{"name": "f", "description": "d", "input_schema": schema}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        }
    )
    assert meaning["system_prompt"] == "Be brief."
    assert meaning["requested_model"] == "m"
    assert json.loads(meaning["response_schema"]) == schema
    assert json.loads(meaning["tool_definitions"])[0]["parameters"] == schema
    called = read_response({"generations": [[GENERATION]], "llm_output": {"model_name": "m-1"}})
    assert (called["model"], called["input_tokens"], called["output_tokens"]) == ("m-1", 5, 2)
    assert tool_definitions({"f": '{"description": "d"}'}) == '[{"description":"d","name":"f"}]'


def test_only_model_calls_have_tokens_and_models() -> None:
    response = {"choices": [], "model": "m", "id": "r", "usage": {"prompt_tokens": 5, "completion_tokens": 1}}
    assert span_meaning("chat", {"model": "q"}, response)["input_tokens"] == 5
    outer = span_meaning("invoke_agent", {"model": "q"}, response)
    assert {outer[name] for name in ("input_tokens", "model", "requested_model", "response_id")} == {None}


@pytest.mark.parametrize(
    "value",
    [
        [{"page_content": "x", "id": "a"}],
        {"documents": [{"pageContent": "x", "id": "a", "metadata": {}}]},
        [[{"content": "x", "metadata": {"chunk_id": "a"}}]],
        {"output": [{"lc": 1, "kwargs": {"page_content": "x", "id": "a"}}]},
        {"matches": [{"id": "a", "score": 0.5, "document": {"text": "x"}}]},
        {"nodes": [{"node": {"id_": "a", "text": "x"}, "score": 0.5}]},
        json.dumps([{"page_content": "x", "id": "a"}]),
    ],
)
def test_documents_are_found_in_results_of_every_retriever(value: Any) -> None:
    (document,) = json.loads(documents(value) or "[]")
    assert (document["content"], document["id"]) == ("x", "a")


def test_texts_are_documents_and_other_values_are_none() -> None:
    assert json.loads(documents(["x", "y"]) or "") == [{"content": "x"}, {"content": "y"}]
    assert documents([]) == "[]"
    assert documents("no list") is None
    assert documents(None) is None


def test_tools_are_read_from_decorators_and_messages() -> None:
    assert tool_arguments({"args": [], "kwargs": {"city": "Oslo"}}) == '{"city":"Oslo"}'
    assert tool_arguments('{"days": 59.0}') == '{"days":59}'
    message = {"lc": 1, "kwargs": {"content": '{"t": 1}', "tool_call_id": "c1", "type": "tool"}}
    assert tool_result(message) == ('{"t":1}', "c1")
    assert tool_result("plain") == ('"plain"', None)


def test_an_errors_class_is_named_and_its_text_is_not() -> None:
    assert error_name("openai.RateLimitError: secret canary") == "RateLimitError"
    assert error_name("ValueError('secret')Traceback") == "ValueError"
    assert error_name("Error code: 400 - secret") is None
    assert error_name("the secret TimeoutError") is None
    assert error_name(None) is None


class TestApplications:
    """An application's own span holds a text, messages, or one of both among other values."""

    @pytest.mark.parametrize(
        "value",
        [
            "Where?",
            {"question": "Where?", "k": 3},
            {"input": "Where?"},
            [{"role": "user", "content": "Where?"}],
            {"messages": [{"type": "human", "content": "Where?"}]},
            {"prompt": [{"role": "user", "content": "Where?"}]},
        ],
    )
    def test_what_was_asked(self, value: Any) -> None:
        assert questions(value) == questions(json.dumps(value)) or isinstance(value, str)
        assert questions(value) == [text("Where?", "user")]

    def test_of_a_list_that_repeats_the_history_only_the_answer_counts(self) -> None:
        repeated = {"messages": [{"type": "human", "content": "a"}, {"type": "ai", "content": "b"}]}
        assert answers(repeated) == [text("b", "assistant")]

    def test_an_object_without_a_well_known_name_is_its_json(self) -> None:
        assert answers('{"category": "returns"}') == [text('{"category": "returns"}', "assistant")]

    @pytest.mark.parametrize("value", [None, "", {}, []])
    def test_nothing(self, value: Any) -> None:
        assert answers(value) in ([], [text(json.dumps(value), "assistant")])


@given(ANY)
def test_no_value_makes_a_reader_raise(value: Any) -> None:
    for operation in ("chat", "execute_tool", "retrieval", "embeddings", "invoke_agent", "other"):
        for form in (value, json.dumps(value)):
            span_meaning(operation, form, form)
