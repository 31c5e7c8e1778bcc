"""OpenInference: what is flattened, what is in lists, and what only the raw request and response say."""

import json
from typing import Any

import pytest

from behavior_pipeline_tests.spans.dialects.raw import call, meaning, text

LLM = {"openinference.span.kind": "LLM"}

FLAT = {
    **LLM,
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": "Where?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"n": 59.0}',
}

LISTS = {
    **LLM,
    "llm.input_messages": [
        {
            "message.role": "user",
            "message.contents": [{"message_content.type": "text", "message_content.text": "Where?"}],
        },
    ],
    "llm.output_messages": [
        {
            "message.role": "assistant",
            "message.tool_calls": [
                {
                    "tool_call.id": "c",
                    "tool_call.function.name": "find",
                    "tool_call.function.arguments": '{"n": 59.0}',
                }
            ],
        },
    ],
}

SCHEMA = {"type": "function", "function": {"name": "find", "parameters": {}}}

DOCUMENT = {"id": "a", "content": "A", "score": 0.5, "metadata": {"source": "kb"}}


def meant(attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return meaning("openinference", attributes, **changes)


def response(**message: Any) -> str:
    return json.dumps(
        {
            "id": "r",
            "model": "m-1",
            "system_fingerprint": "fp",
            "choices": [{"finish_reason": "stop", "message": {"role": "assistant", **message}}],
            "usage": {
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 1},
            },
        }
    )


class TestMessages:
    """Messages are flattened, or lists as Phoenix exports them."""

    @pytest.mark.parametrize("attributes", [FLAT, LISTS])
    def test_both_mean_the_same(self, attributes: dict[str, Any]) -> None:
        meanings = meant(attributes)
        assert meanings["input_messages"] == [text("user", "Where?")]
        assert meanings["output_messages"] == [{"role": "assistant", "parts": [call("c", "find", {"n": 59})]}]

    def test_nested_objects_mean_the_same_too(self) -> None:
        meanings = meant(LLM | {"llm.input_messages": [{"message": {"role": "user", "content": "Where?"}}]})
        assert meanings["input_messages"] == [text("user", "Where?")]

    def test_without_them_the_raw_request_is_read(self) -> None:
        request = {"model": "m", "messages": [{"role": "system", "content": "Be brief."}]}
        meanings = meant(LLM | {"input.value": json.dumps(request), "output.value": response(content="Hi")})
        assert meanings["system_prompt"] == "Be brief."
        assert meanings["output_messages"][0]["parts"] == [{"type": "text", "content": "Hi"}]

    def test_completions_have_prompts_and_choices(self) -> None:
        meanings = meant(LLM | {"llm.prompts.0.prompt.text": "Say", "llm.choices.0.completion.text": "Hi"})
        assert (meanings["input_messages"], meanings["output_messages"]) == (
            [text("user", "Say")],
            [text("assistant", "Hi")],
        )


class TestRawResponse:
    """The raw response has what the attributes lack."""

    def test_refusals_stand_there_only(self) -> None:
        meanings = meant(
            LLM
            | {
                "llm.output_messages.0.message.role": "assistant",
                "output.value": response(content=None, refusal="No."),
            }
        )
        assert meanings["output_messages"][0]["parts"] == [{"type": "refusal", "content": "No."}]

    def test_ids_reasons_and_counts(self) -> None:
        meanings = meant(LLM | {"output.value": response(content="Hi"), "llm.model_name": "m"})
        assert (meanings["response_id"], meanings["model"], meanings["finish_reason"]) == ("r", "m-1", "stop")
        assert (meanings["input_tokens"], meanings["output_tokens"], meanings["cached_tokens"]) == (3, 4, 1)
        assert meanings["unpacked"] == {"openai.response.system_fingerprint": "fp"}

    def test_counts_of_attributes_come_first(self) -> None:
        meanings = meant(LLM | {"output.value": response(content="Hi"), "llm.token_count.prompt": 30})
        assert meanings["input_tokens"] == 30
        assert "output_tokens" not in meanings

    def test_responses_api(self) -> None:
        body = {
            "id": "resp",
            "model": "m-1",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
            ],
            "usage": {"input_tokens": 5, "output_tokens": 6},
        }
        meanings = meant(LLM | {"output.value": json.dumps(body)})
        assert (meanings["finish_reason"], meanings["input_tokens"]) == ("length", 5)
        assert meanings["output_messages"] == [text("assistant", "Hi")]

    def test_langchain(self) -> None:
        message = {"lc": 1, "type": "constructor", "id": ["AIMessage"], "kwargs": {"content": "Hi"}}
        body = {
            "generations": [
                [{"text": "Hi", "generation_info": {"finish_reason": "stop"}, "message": message}]
            ],
            "llm_output": {
                "model_name": "m-1",
                "id": "r",
                "token_usage": {"prompt_tokens": 1, "completion_tokens": 2},
            },
        }
        asked = {
            "messages": [
                [{"lc": 1, "type": "constructor", "id": ["HumanMessage"], "kwargs": {"content": "?"}}]
            ]
        }
        meanings = meant(LLM | {"input.value": json.dumps(asked), "output.value": json.dumps(body)})
        assert (meanings["input_messages"], meanings["output_tokens"], meanings["model"]) == (
            [text("user", "?")],
            2,
            "m-1",
        )
        assert meanings["output_messages"] == [text("assistant", "Hi") | {"finish_reason": "stop"}]


class TestModels:
    """`llm.model_name` is the asked model until an answer came."""

    def test_a_failed_call_has_no_answering_model(self) -> None:
        meanings = meant(
            LLM | {"llm.model_name": "m", "llm.invocation_parameters": '{"model": "m"}'}, status="error"
        )
        assert meanings["requested_model"] == "m"
        assert "model" not in meanings

    def test_an_answered_one_has(self) -> None:
        meanings = meant(
            LLM | {"llm.model_name": "m-1", "llm.token_count.completion": 2, "input.value": '{"model": "m"}'}
        )
        assert (meanings["requested_model"], meanings["model"]) == ("m", "m-1")


class TestTools:
    """Tools are offered in their own list, in the parameters or in the request."""

    @pytest.mark.parametrize(
        "attributes",
        [
            {"llm.tools.0.tool.json_schema": json.dumps(SCHEMA)},
            {"llm.tools": [{"tool.json_schema": json.dumps(SCHEMA)}]},
            {"llm.invocation_parameters": json.dumps({"tools": [SCHEMA]})},
            {"input.value": json.dumps({"tools": [SCHEMA]})},
        ],
    )
    def test_definitions(self, attributes: dict[str, Any]) -> None:
        assert meant(LLM | attributes)["tool_definitions"] == [SCHEMA]

    def test_a_tool_span_has_arguments_and_result(self) -> None:
        meanings = meant(
            {
                "openinference.span.kind": "TOOL",
                "tool.name": "find",
                "input.value": '{"n": 59.0}',
                "output.value": "rain",
            }
        )
        assert (meanings["operation"], meanings["tool_name"]) == ("execute_tool", "find")
        assert (meanings["tool_arguments"], meanings["tool_result"]) == ({"n": 59}, '"rain"')

    def test_response_schema(self) -> None:
        wanted = {"type": "object", "properties": {}}
        body = {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": wanted}}}
        assert meant(LLM | {"llm.invocation_parameters": json.dumps(body)})["response_schema"] == wanted


class TestDocuments:
    """A retriever's documents have an id, a content and a score."""

    @pytest.mark.parametrize(
        "attributes",
        [
            {
                "retrieval.documents.0.document.id": "a",
                "retrieval.documents.0.document.content": "A",
                "retrieval.documents.0.document.score": 0.5,
                "retrieval.documents.0.document.metadata": '{"source": "kb"}',
            },
            {
                "retrieval.documents": [
                    {
                        "document.id": "a",
                        "document.content": "A",
                        "document.score": 0.5,
                        "document.metadata": '{"source": "kb"}',
                    }
                ]
            },
        ],
    )
    def test_documents(self, attributes: dict[str, Any]) -> None:
        meanings = meant({"openinference.span.kind": "RETRIEVER", **attributes})
        assert (meanings["operation"], meanings["documents"]) == ("retrieval", [DOCUMENT])


class TestIdentities:
    """Who the user is stands in attributes or metadata, and nowhere else afterwards."""

    def test_metadata_is_unpacked_without_the_user(self) -> None:
        metadata = {"user_id": "u", "thread_id": "t", "session_id": "s", "tier": "pro"}
        meanings = meant({"openinference.span.kind": "CHAIN", "metadata": json.dumps(metadata)})
        assert (meanings["user_id"], meanings["session_id"], meanings["conversation_id"]) == ("u", "s", "t")
        assert meanings["unpacked"] == {"metadata.tier": "pro"}

    def test_attributes_come_first(self) -> None:
        meanings = meant({"openinference.span.kind": "CHAIN", "user.id": "a", "metadata": {"user_id": "b"}})
        assert meanings["user_id"] == "a"


def test_an_application_was_asked_and_answered() -> None:
    meanings = meant(
        {"openinference.span.kind": "agent", "input.value": "Where?", "output.value": '{"output": "There."}'}
    )
    assert meanings["operation"] == "invoke_agent"
    assert (meanings["input_messages"], meanings["output_messages"]) == (
        [text("user", "Where?")],
        [text("assistant", "There.")],
    )
