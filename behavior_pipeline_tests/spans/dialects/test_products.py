"""What products' own libraries recorded gives what the scripted server answered.

Its n-th answer is "answer n", for 100 + n tokens of input, 7 of them cached, and 10 + n of output.
"""

import json
from functools import cache
from typing import Any

import pytest

from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.spans.dialect import MEANINGS, dialects
from behavior_pipeline.spans.row import SpanContext, span_row
from behavior_pipeline_tests.dumps.products import PRODUCTS, Row, by_question, stored_of
from behavior_pipeline_tests.spans.world import DAY, parse, traces_of

TURNS = {
    1: "Where is it?",
    2: "From documents",
    3: "Weather?",
    4: "refuse me",
    5: "stream it",
    6: "stream usage",
    7: "fail me",
}
FILES = {"mlflow": "mlflow", "langfuse": "langfuse_otlp", "langsmith": "langsmith"}
NAMES = [*FILES, "openai_agents"]
ARGUMENTS = [{"city": "Oslo", "days": 2}, {"city": "Køln", "days": 59}]


@cache
def spans(name: str) -> tuple[Row, ...]:
    return tuple(stored_of(PRODUCTS / f"{FILES.get(name, name)}.jsonl.gz"))


@cache
def traces(name: str) -> dict[str, Row]:
    parsed = parse([PRODUCTS / f"{FILES.get(name, name)}.jsonl.gz"])
    rows = traces_of([(DAY, parsed.spans)], DAY)
    plain = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {row["conversation_id"]: row for row in plain}


def turn(name: str, number: int) -> Row:
    return traces(name)[f"conv-{number}"]


@pytest.mark.parametrize("name", NAMES)
def test_every_span_of_a_dump_is_of_its_dialect(name: str) -> None:
    assert {row["dialect"] for row in spans(name)} == {name}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("number", TURNS)
def test_what_was_asked_is_known(name: str, number: int) -> None:
    row = turn(name, number)
    assert row["input_text"] == TURNS[number]
    assert row["system_prompt"] == "Be brief."
    assert row["user_key"] is not None
    assert row["session_id"] == f"conv-{number}"
    assert row["has_root"]
    assert row["duration_ms"] > 0


@pytest.mark.parametrize("name", FILES)
def test_what_was_answered_is_known(name: str) -> None:
    answers = [turn(name, number)["output_text"] for number in TURNS]
    assert answers == [
        "answer 1",
        "answer 2",
        "answer 4",
        "I can't help with that.",
        "answer 6",
        "answer 7",
        None,
    ]
    assert [turn(name, number)["refused"] for number in (1, 4, 7)] == [False, True, None]


@pytest.mark.parametrize("name", FILES)
def test_tokens_are_those_of_the_model_calls_alone(name: str) -> None:
    counted = {
        number: tuple(turn(name, number)[key] for key in ("input_tokens", "output_tokens", "cached_tokens"))
        for number in TURNS
    }
    assert counted == {
        1: (101, 11, 7),
        2: (102, 12, 7),
        3: (207, 27, 14),
        4: (105, 15, 7),
        5: (None, None, None),
        6: (107, 17, 7),
        7: (None, None, None),
    }


@pytest.mark.parametrize("name", FILES)
def test_calls_models_and_errors_are_counted(name: str) -> None:
    assert [turn(name, number)["n_model_calls"] for number in TURNS] == [1, 1, 2, 1, 1, 1, 1]
    assert [turn(name, number)["n_failed_calls"] for number in TURNS] == [0, 0, 0, 0, 0, 0, 1]
    assert {turn(name, number)["model"] for number in range(1, 7)} == {"m-1-2026"}
    assert (turn(name, 7)["model"], turn(name, 7)["requested_model"]) == (None, "m-1")
    assert turn(name, 7)["error"].endswith("BadRequestError")


@pytest.mark.parametrize("name", ["mlflow", "langsmith"])
def test_finish_reasons_and_ids_are_those_of_the_response(name: str) -> None:
    calls = [row for row in spans(name) if row["operation"] == "chat" and row["status"] != "error"]
    assert {row["response_id"] for row in calls} == {f"chatcmpl-{n}" for n in range(1, 8)}
    assert {row["requested_model"] for row in calls} == {"m-1"}
    reasons = {row["response_id"]: row["finish_reason"] for row in calls}
    assert reasons == {f"chatcmpl-{n}": "tool_calls" if n == 3 else "stop" for n in range(1, 8)}


def test_langfuse_has_finish_reasons_of_streams_only() -> None:
    assert [turn("langfuse", number)["finish_reason"] for number in (1, 5, 6)] == [None, "stop", "stop"]


@pytest.mark.parametrize("name", FILES)
def test_documents_and_offered_tools_are_known(name: str) -> None:
    documents = json.loads(turn(name, 2)["documents"])
    assert documents[0]["content"] == "Refunds take 5 days."
    assert documents[0]["id"] == "d1"
    (tool,) = json.loads(turn(name, 3)["tool_definitions"])
    assert tool["name"] == "weather"
    assert tool["parameters"]["properties"] == {"city": {"type": "string"}}


@pytest.mark.parametrize("name", NAMES)
def test_parallel_tool_calls_are_asked_and_executed_with_their_arguments(name: str) -> None:
    trace_id = traces(name)["conv-1" if name == "openai_agents" else "conv-3"]["trace_id"]
    inside = [row for row in spans(name) if row["trace_id"] == trace_id]
    asked = [
        part
        for row in inside
        if row["operation"] == "chat"
        for message in json.loads(row["output_messages"])
        for part in message["parts"]
        if part["type"] == "tool_call"
    ]
    assert [part["name"] for part in asked] == ["weather", "weather"]
    assert [part["arguments"] for part in asked] == ARGUMENTS
    assert all(part["id"].startswith("call_") for part in asked)
    executed = [row for row in inside if row["operation"] == "execute_tool"]
    assert {row["tool_name"] for row in executed} == {"weather"}
    assert sorted((json.loads(row["tool_arguments"]) for row in executed), key=str) == sorted(
        ARGUMENTS, key=str
    )
    assert all("5" in row["tool_result"] for row in executed)  # 59 or 3.5


def test_agents_have_texts_of_chat_models_and_ids_alone_of_the_responses_api() -> None:
    rows = traces("openai_agents")
    assert [rows[f"conv-{n}"]["output_text"] for n in range(1, 6)] == [
        "answer 2",
        "answer 3",
        None,
        "I can't help with that.",
        None,
    ]
    assert [rows[f"conv-{n}"]["input_tokens"] for n in range(1, 6)] == [203, None, None, 104, 105]
    assert rows["conv-1"]["user_key"] is not None
    assert rows["conv-5"]["input_text"] is None
    call = by_question(spans("openai_agents"), name="response")
    assert (call["response_id"], call["cached_tokens"], call["reasoning_tokens"]) == ("resp_5", 7, 3)


def test_a_stream_that_an_sdk_put_together_has_no_response_id_or_answering_model() -> None:
    trace_id = traces("openai_agents")["conv-2"]["trace_id"]
    call = by_question(spans("openai_agents"), trace_id=trace_id, operation="chat")
    assert (call["response_id"], call["model"], call["requested_model"]) == (None, None, "m-1")


def row_of(attributes: dict[str, Any], *, name: str = "x", status: str = "unset") -> Row:
    span = RawSpan(
        place=Place(1, 0),
        trace_id="1" * 32,
        span_id="1" * 16,
        parent_span_id=None,
        name=name,
        start_ns=1,
        end_ns=2,
        status=status,
        status_message=None,
        attributes=attributes,
        resource={},
        scope="",
    )
    row = span_row(span, SpanContext(DAY, "production", Attributes(), b"key"), file="a")
    assert isinstance(row, dict)
    return row


def test_langfuse_metadata_become_attributes_and_ids_in_it_are_read() -> None:
    row = row_of(
        {
            "langfuse.observation.type": "generation",
            "langfuse.trace.metadata.customer.segment": '"smb"',
            "langfuse.trace.metadata.tier": "pro",
            "langfuse.observation.metadata": '{"tier": "free", "limits": {"n": 1}}',
            "langfuse.trace.metadata.langfuse_session_id": "s-1",
            "langfuse.trace.metadata.langfuse_user_id": "canary-user",
            "langfuse.observation.prompt.name": "support",
            "langfuse.observation.prompt.version": 3,
            "langfuse.observation.model.name": "m",
            "langfuse.observation.usage_details": '{"input": 0, "total": 0}',
        }
    )
    meanings = json.loads(row["attributes"])
    assert {name: meanings[name] for name in ("customer.segment", "tier", "limits")} == {
        "customer.segment": "smb",
        "tier": "free",
        "limits": '{"n":1}',
    }
    assert "canary" not in str(row)
    assert row["user_key"] is not None
    assert (row["conversation_id"], row["prompt_version"]) == ("s-1", "support:3")
    assert (row["requested_model"], row["model"], row["input_tokens"]) == ("m", None, None)


def test_a_span_of_another_convention_with_langfuses_trace_attributes_is_no_observation() -> None:
    for attributes in (
        {"langfuse.trace.name": "t"},
        {"gen_ai.operation.name": "chat", "langfuse.observation.input": "x"},
    ):
        assert row_of(attributes)["dialect"] != "langfuse"
    assert row_of({"langfuse.observation.input": "x"})["dialect"] == "langfuse"


def test_langsmith_over_otlp_is_a_run_and_its_project_no_session() -> None:
    row = row_of(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "m",
            "langsmith.trace.session_id": "project",
            "langsmith.metadata.thread_id": "t-1",
            "langsmith.metadata.user_id": "canary-user",
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.usage.output_tokens": 2,
            "gen_ai.response.finish_reasons": ["length"],
            "gen_ai.prompt": json.dumps(
                {
                    "messages": [
                        [
                            {
                                "lc": 1,
                                "type": "constructor",
                                "id": ["x", "HumanMessage"],
                                "kwargs": {"content": "hi", "type": "human"},
                            }
                        ]
                    ]
                }
            ),
            "gen_ai.completion": json.dumps(
                {
                    "generations": [
                        [{"text": "ho", "message": {"lc": 1, "kwargs": {"content": "ho", "type": "ai"}}}]
                    ]
                }
            ),
        }
    )
    assert (row["dialect"], row["operation"]) == ("langsmith", "chat")
    assert (row["conversation_id"], row["finish_reason"]) == ("t-1", "length")
    assert (row["input_tokens"], row["output_tokens"], row["requested_model"]) == (5, 2, "m")
    assert "hi" in row["input_messages"]
    assert "ho" in row["output_messages"]
    assert "canary" not in str(row)
    assert (
        row_of(
            {
                "langsmith.span.kind": "retriever",
                "gen_ai.operation.name": "embeddings",
                "gen_ai.completion": '{"output": [{"page_content": "d", "type": "Document"}]}',
            }
        )["operation"]
        == "retrieval"
    )


def test_a_tool_of_langchain_names_the_call_that_it_answers() -> None:
    message = {
        "lc": 1,
        "type": "constructor",
        "kwargs": {"content": "12 C", "tool_call_id": "call_9", "type": "tool"},
    }
    row = row_of(
        {
            "langsmith.span.kind": "tool",
            "gen_ai.prompt": '{"input": "{\\"city\\": \\"Oslo\\"}"}',
            "gen_ai.completion": json.dumps({"output": message}),
        },
        name="weather",
    )
    assert (row["tool_name"], row["tool_call_id"]) == ("weather", "call_9")
    assert (row["tool_arguments"], row["tool_result"]) == ('{"city":"Oslo"}', '"12 C"')


def test_mlflow_over_otlp_is_read_like_its_json() -> None:
    row = row_of(
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.traceRequestId": '"tr-1"',
            "gen_ai.operation.name": "chat",
            "mlflow.spanInputs": '{"messages": [{"role": "user", "content": "hi"}], "model": "m"}',
            "mlflow.spanOutputs": json.dumps(
                {
                    "choices": [{"message": {"role": "assistant", "content": "ho"}, "finish_reason": "stop"}],
                    "model": "m-1",
                    "id": "r",
                }
            ),
            "mlflow.chat.tokenUsage": '{"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}',
            "session.id": '"s-1"',
            "user.id": "canary-user",
            "mlflow.traceTag.customer.segment": "smb",
            "mlflow.linkedPrompts": '[{"name": "support", "version": "4"}]',
        }
    )
    assert (row["dialect"], row["model"], row["requested_model"]) == ("mlflow", "m-1", "m")
    assert (row["input_tokens"], row["session_id"], row["prompt_version"]) == (5, "s-1", "support:4")
    assert json.loads(row["attributes"])["customer.segment"] == "smb"
    assert "canary" not in str(row)


def test_a_function_that_ran_twice_is_one_tool() -> None:
    attributes = {"mlflow.spanType": '"TOOL"', "mlflow.spanFunctionName": '"weather"'}
    assert row_of(attributes, name="weather_2")["tool_name"] == "weather"
    assert row_of(attributes, name="get_weather")["tool_name"] == "get_weather"


def test_an_agents_response_with_its_content_is_read() -> None:
    response = {
        "id": "resp_1",
        "object": "response",
        "model": "m-1",
        "status": "completed",
        "instructions": "Be brief.",
        "tools": [{"type": "function", "name": "f", "parameters": {}}],
        "output": [{"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": 1}'}],
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }
    row = row_of(
        {"openai_agents.type": "response", "openai_agents.input": "hi", "openai_agents.response": response}
    )
    assert (row["system_prompt"], row["model"], row["finish_reason"]) == ("Be brief.", "m-1", "tool_calls")
    assert (row["response_id"], row["input_tokens"]) == ("resp_1", 5)
    assert json.loads(row["tool_definitions"])[0]["name"] == "f"


@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_says_from_where_it_reads(name: str) -> None:
    """A tool's name may be the span's, an error's class may come from its exception."""
    columns = {*dialects()[name].sources, "tool_name", "error_type"}
    assert {column for row in spans(name) for column in MEANINGS if row[column] is not None} <= columns
