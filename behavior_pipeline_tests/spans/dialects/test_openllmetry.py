"""OpenLLMetry: old and new names on model calls, Traceloop's own on the application's spans."""

import json
from typing import Any

import pytest

from behavior_pipeline_tests.spans.dialects.raw import call, meaning, text


def meant(attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return meaning("openllmetry", attributes, **changes)


class TestModelCalls:
    """Numbered attributes up to 0.5x, messages as JSON from then on, and both counts of tokens between."""

    def test_numbered(self) -> None:
        meanings = meant(
            {
                "llm.request.type": "chat",
                "llm.is_streaming": False,
                "gen_ai.prompt.0.role": "system",
                "gen_ai.prompt.0.content": "Be brief.",
                "gen_ai.prompt.1.role": "user",
                "gen_ai.prompt.1.content": '[{"type": "text", "text": "Where?"}]',
                "gen_ai.completion.0.finish_reason": "tool_calls",
                "gen_ai.completion.0.tool_calls.0.id": "c",
                "gen_ai.completion.0.tool_calls.0.name": "find",
                "gen_ai.completion.0.tool_calls.0.arguments": '{"n": 59.0}',
                "gen_ai.usage.prompt_tokens": 3,
                "gen_ai.usage.completion_tokens": 4,
                "llm.request.functions.0.name": "find",
                "llm.request.functions.0.parameters": '{"type": "object"}',
            }
        )
        assert (meanings["operation"], meanings["system_prompt"], meanings["finish_reason"]) == (
            "chat",
            "Be brief.",
            "tool_calls",
        )
        assert meanings["input_messages"][1] == text("user", "Where?")
        assert meanings["output_messages"][0]["parts"] == [call("c", "find", {"n": 59})]
        assert (meanings["input_tokens"], meanings["output_tokens"]) == (3, 4)
        assert meanings["tool_definitions"][0]["name"] == "find"

    def test_numbered_with_the_new_counts(self) -> None:
        meanings = meant(
            {
                "gen_ai.is_streaming": True,
                "gen_ai.operation.name": "chat",
                "gen_ai.prompt.0.content": "Where?",
                "gen_ai.usage.input_tokens": 3,
                "gen_ai.usage.output_tokens": 4,
            }
        )
        assert (meanings["operation"], meanings["input_tokens"], meanings["output_tokens"]) == ("chat", 3, 4)
        assert meanings["input_messages"] == [text("user", "Where?")]

    def test_a_refusal_is_marked(self) -> None:
        meanings = meant({"llm.is_streaming": False, "gen_ai.completion.0.refusal": "No."})
        assert meanings["output_messages"] == [text("assistant", "No.", "refusal")]

    def test_json_answers_stay_texts(self) -> None:
        meanings = meant({"llm.is_streaming": False, "gen_ai.completion.0.content": '[{"score": 2.0}]'})
        assert meanings["output_messages"] == [text("assistant", '[{"score": 2.0}]')]


class TestEntities:
    """A decorated function has its arguments and what it gave back."""

    def test_workflow(self) -> None:
        meanings = meant(
            {
                "traceloop.span.kind": "workflow",
                "traceloop.entity.name": "turn",
                "traceloop.entity.input": '{"args": ["Where?"], "kwargs": {}}',
                "traceloop.entity.output": '"There."',
            }
        )
        assert meanings["operation"] == "invoke_agent"
        assert (meanings["input_messages"], meanings["output_messages"]) == (
            [text("user", "Where?")],
            [text("assistant", "There.")],
        )

    def test_a_framework_wraps_them(self) -> None:
        meanings = meant(
            {
                "traceloop.span.kind": "workflow",
                "traceloop.entity.input": '{"inputs": {"input": "Where?"}, "tags": []}',
                "traceloop.entity.output": '{"outputs": {"answer": "There."}, "kwargs": {}}',
            }
        )
        assert (meanings["input_messages"], meanings["output_messages"]) == (
            [text("user", "Where?")],
            [text("assistant", "There.")],
        )

    @pytest.mark.parametrize(
        ("given_arguments", "arguments"),
        [
            ({"args": [], "kwargs": {"n": 59.0}}, {"n": 59}),
            ({"args": [{"n": 1}], "kwargs": {}}, {"n": 1}),
            ({"args": [1, 2], "kwargs": {}}, {"args": [1, 2], "kwargs": {}}),
            ({"n": 1}, {"n": 1}),
        ],
    )
    def test_tool(self, given_arguments: Any, arguments: Any) -> None:
        meanings = meant(
            {
                "traceloop.span.kind": "tool",
                "traceloop.entity.name": "find",
                "traceloop.entity.input": json.dumps(given_arguments),
                "traceloop.entity.output": '{"at": 1.0}',
            }
        )
        assert (meanings["operation"], meanings["tool_name"]) == ("execute_tool", "find")
        assert (meanings["tool_arguments"], meanings["tool_result"]) == (arguments, {"at": 1})

    def test_a_task_that_gave_documents_back_retrieved_them(self) -> None:
        documents = [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}]
        meanings = meant({"traceloop.span.kind": "task", "traceloop.entity.output": json.dumps(documents)})
        assert (meanings["operation"], meanings["documents"]) == ("retrieval", documents)

    @pytest.mark.parametrize(
        "back", [[], ["a"], [{"role": "user", "content": "x"}], [{"n": 1}], {"a": 1}, "text"]
    )
    def test_any_other_task_retrieved_nothing(self, back: Any) -> None:
        meanings = meant({"traceloop.span.kind": "task", "traceloop.entity.output": json.dumps(back)})
        assert meanings == {"operation": "other"}


class TestAssociations:
    """Association properties say who asked, on whatever span they stand."""

    def test_on_a_model_call_without_any_other_key(self) -> None:
        meanings = meant(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "openai",
                "traceloop.association.properties.user_id": "u",
                "traceloop.association.properties.session_id": "s",
                "traceloop.association.properties.chat_id": "c",
            },
            scope="opentelemetry.instrumentation.openai.v1",
        )
        assert (meanings["user_id"], meanings["session_id"], meanings["conversation_id"]) == ("u", "s", "c")
        assert meanings["operation"] == "chat"
