"""Laws of the one reader of what was said: nothing twice, nothing rearranged, texts to the byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.spans.content.messages import Message
from behavior_pipeline.spans.content.model_calls import read_response
from behavior_pipeline.spans.content.schemas import response_schema, unwrapped_schema
from behavior_pipeline.spans.content.streams import joined
from behavior_pipeline.spans.content.turns import answers, questions
from behavior_pipeline_tests.spans.dialects.raw import call, meaning, text

ANSWER = '{"b": 1,  "a": {"z": [1.0, 2], "y": "é"}}'  # spaces, order and 1.0 as the model wrote them
TEXTS = st.text(min_size=1, max_size=20).filter(lambda value: value.isprintable() and value.strip() == value)
JSON_ANSWERS = st.dictionaries(
    st.sampled_from(["b", "a", "score", "label", "reason"]), st.integers() | TEXTS, min_size=1
).map(lambda value: json.dumps(value, indent=1))
SPOKEN = st.lists(TEXTS | JSON_ANSWERS, min_size=1, max_size=4)


def words(turns: list[Message]) -> list[str]:
    return [part["content"] for turn in turns for part in turn["parts"] if part["type"] == "text"]


def chat(*spoken: str) -> dict[str, Any]:
    choices = [{"index": n, "message": {"role": "assistant", "content": one}} for n, one in enumerate(spoken)]
    return {"id": "c", "model": "m", "choices": choices}


def of_responses(*spoken: str) -> dict[str, Any]:
    blocks = [{"type": "output_text", "text": one} for one in spoken]
    return {"object": "response", "output": [{"type": "message", "role": "assistant", "content": blocks}]}


def of_gemini(*spoken: str) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": one} for one in spoken]}}]}


def of_anthropic(*spoken: str) -> dict[str, Any]:
    return {"role": "assistant", "model": "m", "content": [{"type": "text", "text": one} for one in spoken]}


def of_bedrock(*spoken: str) -> dict[str, Any]:
    return {"output": {"message": {"role": "assistant", "content": [{"text": one} for one in spoken]}}}


BODIES = [chat, of_responses, of_gemini, of_anthropic, of_bedrock]


@pytest.mark.parametrize("body_of", BODIES)
@given(spoken=SPOKEN)
def test_texts_of_any_api_are_read_in_their_order_to_the_byte(body_of: Any, spoken: list[str]) -> None:
    body = body_of(*spoken)
    for form in (body, [body], json.dumps(body), json.dumps([body])):
        assert words(answers(form)) == spoken


@given(TEXTS | JSON_ANSWERS)
def test_text_of_an_application_stays_as_it_was_written(spoken: str) -> None:
    for form in (spoken, {"output": spoken}, {"answer": spoken, "k": 3}, json.dumps({"output": spoken})):
        assert words(answers(form)) == [spoken] or (form is spoken and spoken[:1] in "[{")
    for form in ({"question": spoken}, {"input": {"query": spoken}}, {"kwargs": {"question": spoken}}):
        assert words(questions(form)) == [spoken]


def test_answer_in_json_is_not_rearranged() -> None:
    assert words(answers(ANSWER)) == [ANSWER]
    assert words(answers({"output": ANSWER})) == [ANSWER]
    assert words(answers({"b": 1, "a": 2})) == ['{"b":1,"a":2}']


@given(SPOKEN)
def test_of_a_conversation_only_what_follows_the_last_question_is_the_answer(spoken: list[str]) -> None:
    history = [text("user", "a"), text("assistant", "b"), text("user", "c")]
    whole = [*history, *(text("assistant", one) for one in spoken)]
    assert words(answers({"messages": whole})) == spoken
    assert answers({"messages": history}) == []


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_streamed_answer_is_what_the_user_saw(pieces: list[str]) -> None:
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    assert words(answers(chunks)) == ["".join(pieces)]
    events = [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
              for piece in pieces]  # fmt: skip
    assert words(answers(events)) == ["".join(pieces)]


def test_streamed_calls_are_put_together() -> None:
    pieces = [{"index": 0, "id": "c1", "function": {"name": "close", "arguments": '{"ba'}},
              {"index": 0, "function": {"arguments": 'y": 3}'}}]  # fmt: skip
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    (answer,) = answers(chunks)
    assert answer["parts"] == [call("c1", "close", {"bay": 3})]
    assert answer["finish_reason"] == "tool_calls"


def test_last_event_of_a_stream_repeats_the_response() -> None:
    events = [{"type": "response.output_text.delta", "delta": "He"},
              {"type": "response.completed", "response": of_responses("Hello")}]  # fmt: skip
    assert joined(events) == of_responses("Hello")
    assert json.loads(read_response(events)["output_messages"]) == [text("assistant", "Hello")]


@pytest.mark.parametrize(
    "body",
    [{"choices": [{"message": {"role": "assistant", "content": None, "parsed": {"b": 1, "a": 2}}}]},
     {"object": "response", "output": [], "output_parsed": {"b": 1, "a": 2}}],
)  # fmt: skip
def test_structured_output_stands_in_where_no_text_is(body: dict[str, Any]) -> None:
    assert words(answers(body)) == ['{"b":1,"a":2}']


def test_structured_output_beside_its_text_is_one_answer() -> None:
    body = {"choices": [{"message": {"role": "assistant", "content": ANSWER, "parsed": json.loads(ANSWER)}}]}
    assert words(answers(body)) == [ANSWER]


@pytest.mark.parametrize("blocks", [["Open."], ["Op", "en."]])
def test_answer_under_both_names_of_openinference_is_one(blocks: list[str]) -> None:
    attributes = {"openinference.span.kind": "LLM", "llm.output_messages.0.message.role": "assistant",
                  "llm.output_messages.0.message.content": "".join(blocks)}  # fmt: skip
    for number, block in enumerate(blocks):
        start = f"llm.output_messages.0.message.contents.{number}.message_content."
        attributes |= {start + "type": "text", start + "text": block}
    (answer,) = meaning("openinference", attributes)["output_messages"]
    assert [part["content"] for part in answer["parts"]] == blocks


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    "request_",
    [{"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}},
     {"text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}},
     {"generationConfig": {"responseSchema": SCHEMA}}, {"config": {"response_schema": SCHEMA}},
     {"format": SCHEMA}, {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
     {"response_format": json.dumps({"json_schema": {"schema": json.dumps(SCHEMA)}})},
     {"ls_structured_output_format": {"kwargs": {"method": "json_schema"}, "schema": SCHEMA}},
     {"config": {"response_schema": {"type": "OBJECT", "properties": {"a": {"type": "INTEGER"}}}}}],
)  # fmt: skip
def test_schema_is_found_in_the_parameter_of_any_api(request_: dict[str, Any]) -> None:
    assert json.loads(response_schema(request_) or "null") == SCHEMA


@pytest.mark.parametrize(
    "mode", ["text", "json_object", "json_schema", {"type": "text"}, {"type": "json_object"}]
)
def test_mode_is_no_schema(mode: Any) -> None:
    assert unwrapped_schema(mode) is None
    assert response_schema({"response_format": mode, "text": {"format": mode}}) is None


@given(TEXTS | JSON_ANSWERS)
def test_whole_prompt_and_completion_of_the_oldest_versions_are_texts(spoken: str) -> None:
    meanings = meaning("genai_indexed", {"gen_ai.completion": spoken, "gen_ai.prompt": [spoken, "and"]})
    assert meanings["output_messages"] == [text("assistant", spoken)]
    assert meanings["input_messages"] == [text("user", spoken), text("user", "and")]


def test_object_where_a_text_should_be_is_its_json_in_order() -> None:
    answer = {"b": 1, "a": {"y": 2}}
    for turn in ({"role": "assistant", "content": answer},
                 {"role": "assistant", "content": [{"type": "text", "text": answer}]}):  # fmt: skip
        assert words(answers(turn)) == ['{"b":1,"a":{"y":2}}']
