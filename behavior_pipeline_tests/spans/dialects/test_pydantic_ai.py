"""Pydantic AI and Logfire: what the made dumps do not show."""

import json
from typing import Any

import pytest

from behavior_pipeline_tests.spans.dialects.raw import meaning, text

LOGFIRE = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "logfire.span_type": "span"}


def meant(attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return meaning("pydantic_ai", attributes, **{"scope": "pydantic-ai", **changes})


class TestStreams:
    """Logfire writes a streamed call twice: a span without an answer, and a log that has it."""

    def test_the_span_without_an_answer_is_no_call(self) -> None:
        assert meant(LOGFIRE, scope="logfire.openai")["operation"] == "other"

    @pytest.mark.parametrize(
        "more",
        [{"logfire.span_type": "log"}, {"gen_ai.response.id": "r"}, {"response_data": "{}"},
         {"gen_ai.usage.output_tokens": 3}],
    )  # fmt: skip
    def test_any_other_is(self, more: dict[str, Any]) -> None:
        assert meant(LOGFIRE | more, scope="logfire.openai")["operation"] == "chat"

    def test_a_failed_one_is(self) -> None:
        assert meant(LOGFIRE, scope="logfire.openai", status="error")["operation"] == "chat"

    def test_a_pending_span_is_nothing(self) -> None:
        assert meant(LOGFIRE | {"logfire.span_type": "pending_span"})["operation"] == "other"

    def test_raw_request_and_response(self) -> None:
        meanings = meant(LOGFIRE | {
            "request_data": json.dumps({"messages": [{"role": "user", "content": "Where?"}]}),
            "response_data": json.dumps({"combined_chunk_content": "There.", "chunk_count": 2}),
        })  # fmt: skip
        assert meanings["input_messages"] == [text("user", "Where?")]
        assert meanings["output_messages"] == [text("assistant", "There.")]


class TestAgents:
    """A run has all messages and its result; its usage is a sum and stays out of the trace's."""

    def test_the_result_is_the_answer(self) -> None:
        messages = [{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}]
        meanings = meant({"pydantic_ai.all_messages": json.dumps(messages), "final_result": '{"at": 1}'})
        assert (meanings["operation"], meanings["input_messages"]) == (
            "invoke_agent",
            [text("user", "Where?")],
        )
        assert meanings["output_messages"] == [text("assistant", '{"at": 1}')]

    def test_without_a_result_the_last_messages_are(self) -> None:
        events = [
            {"event.name": "gen_ai.user.message", "role": "user", "content": "Where?"},
            {"event.name": "gen_ai.assistant.message", "role": "assistant", "content": "There."},
        ]
        meanings = meant({"all_messages_events": json.dumps(events)})
        assert meanings["output_messages"] == [text("assistant", "There.")]

    def test_aggregated_usage_is_not_read(self) -> None:
        meanings = meant(
            {"gen_ai.operation.name": "invoke_agent", "gen_ai.aggregated_usage.output_tokens": 9}
        )
        assert "output_tokens" not in meanings


def test_without_content_a_message_has_its_kind_only() -> None:
    events = [{"event.name": "gen_ai.user.message", "role": "user", "content": [{"kind": "text"}]}]
    meanings = meant({"gen_ai.operation.name": "chat", "events": json.dumps(events)})
    assert "input_messages" not in meanings


def test_schema_of_the_answer() -> None:
    wanted = {"type": "object", "properties": {}}
    parameters = json.dumps({"output_object": {"json_schema": wanted}, "function_tools": []})
    meanings = meant({"gen_ai.operation.name": "chat", "model_request_parameters": parameters})
    assert meanings["response_schema"] == wanted
