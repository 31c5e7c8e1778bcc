"""What one dialect leaves out another fills, and no concept is put together from two of them."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.spans.conventions import current
from behavior_pipeline.spans.dialect import Signs, dialects_of
from behavior_pipeline.spans.row import SpanContext, span_row
from behavior_pipeline_tests.spans.dialects.raw import span, text

ASKED, ANSWERED = json.dumps([text("user", "hi")]), json.dumps([text("assistant", "hello")])
LEGACY = {"gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 40, "gen_ai.usage.completion_tokens": 9}
CURRENT = {"gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWERED}


def row(attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    context = SpanContext(date(2026, 1, 5), "production", Attributes(), b"key")
    made = span_row(span(attributes, **changes), context, file="f")
    assert isinstance(made, dict)
    return made


def words(messages: str | None) -> list[str]:
    return [part["content"] for one in json.loads(messages or "[]") for part in one["parts"]]


@pytest.mark.parametrize(
    "older",
    [LEGACY, {"openinference.span.kind": "LLM", "llm.token_count.prompt": 40},
     {"langfuse.observation.type": "generation", "langfuse.observation.usage_details": '{"input": 40}'},
     {"traceloop.entity.name": "x", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 40},
     {"ai.operationId": "ai.generateText.doGenerate", "ai.usage.promptTokens": 40}],
)  # fmt: skip
def test_messages_of_the_current_versions_are_read_beside_any_other_convention(older: dict[str, Any]) -> None:
    made = row(older | CURRENT)
    assert words(made["input_messages"]) == ["hi"]
    assert words(made["output_messages"]) == ["hello"]
    assert made["input_tokens"] == 40
    assert made["operation"] == "chat"
    assert made["attributes"] == "{}" or "messages" not in made["attributes"]


def test_messages_written_twice_are_read_once() -> None:
    made = row({**LEGACY, **CURRENT, "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi",
                "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "hello"})  # fmt: skip
    assert words(made["input_messages"]) == ["hi"]
    assert words(made["output_messages"]) == ["hello"]
    assert made["attributes"] == "{}"


def test_counts_are_of_one_writer() -> None:
    made = row({"openinference.span.kind": "LLM", "llm.token_count.prompt": 40,
                "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 41,
                "gen_ai.usage.output_tokens": 9})  # fmt: skip
    assert (made["input_tokens"], made["output_tokens"]) == (40, None)


def test_kind_that_a_product_does_not_name_is_that_of_the_convention_beside_it() -> None:
    made = row({"langfuse.observation.type": "span", "gen_ai.operation.name": "invoke_agent", **CURRENT})
    assert made["operation"] == "invoke_agent"
    assert words(made["output_messages"]) == ["hello"]


@given(st.sampled_from(["none", "None", "NULL", "unknown", "N/A", "<not specified>"]))
def test_placeholder_names_nothing(word: str) -> None:
    made = row({"gen_ai.operation.name": "chat", "gen_ai.response.model": word, "gen_ai.response.id": word,
                "session.id": word, "user.id": word, "gen_ai.conversation.id": word,
                "langfuse.session.id": "s"})  # fmt: skip
    assert all(made[name] is None for name in ("model", "response_id", "user_key", "conversation_id"))
    assert made["session_id"] == "s"


def test_number_of_a_thread_is_no_session() -> None:
    assert row({"thread_id": 140203})["session_id"] is None
    assert row({"thread_id": "140203"})["session_id"] is None
    assert row({"thread_id": "th-1"})["session_id"] == "th-1"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("chat.completions", "chat"), ("chat_completion", "chat"), ("ChatCompletion", "chat"),
     ("acompletion", "chat"), ("atext_completion", "chat"), ("aembedding", "embeddings"),
     ("embed_documents", "embeddings"), ("text.completions", "chat"), ("some new name", "chat"),
     ("InvokeModel", "chat"), ("invoke_swarm", "invoke_agent"), ("create_agent", "other"),
     ("execute_event_loop_cycle", "other"), ("framework", "other"), ("image_generation", "other"),
     ("tools/list", "other"), ("moderation", "other")],
)  # fmt: skip
def test_operation_in_the_words_of_a_framework(name: str, kind: str) -> None:
    assert current.operation({"gen_ai.operation.name": name}, {"model": "m", "output_tokens": 3}) == kind


def test_unknown_operation_without_a_model_is_no_call() -> None:
    assert current.operation({"gen_ai.operation.name": "step"}, {"output_tokens": 3}) == "other"
    assert current.operation({"gen_ai.operation.name": "step"}, {"model": "m"}) == "other"


@pytest.mark.parametrize("reasons", ['["STOP"]', ["stop"], "FinishReason.STOP", "stop,length", "end_turn"])
def test_finish_reasons_are_read_as_a_list_and_as_a_text(reasons: Any) -> None:
    for older in ({}, LEGACY):
        made = row({"gen_ai.operation.name": "chat", "gen_ai.response.finish_reasons": reasons, **older})
        assert made["finish_reason"] == "stop"


def test_tool_of_an_agent_framework_has_what_stands_in_events_of_its_span() -> None:
    made = row(
        {"gen_ai.operation.name": "execute_tool", "gen_ai.system": "strands-agents",
         "gen_ai.tool.name": "close", "gen_ai.tool.call.id": "t1"},
        events=[("gen_ai.tool.message", {"role": "tool", "content": '{"bay": 3}', "id": "t1"}),
                ("gen_ai.choice", {"message": '[{"text": "closed"}]', "id": "t1"})],
    )  # fmt: skip
    assert (made["tool_arguments"], made["tool_result"]) == ('{"bay":3}', '"closed"')
    assert made["output_messages"] is None


@given(st.permutations(list((LEGACY | CURRENT).items())))
def test_order_of_attributes_decides_nothing(items: list[tuple[str, Any]]) -> None:
    assert row(dict(items)) == row(LEGACY | CURRENT)


def test_span_of_one_convention_is_read_once() -> None:
    raw = span({"gen_ai.operation.name": "chat", "gen_ai.system": "x", "gen_ai.request.model": "m"})
    assert [name for name, _ in dialects_of(Signs.of(raw))] == ["genai_events", "genai", "plain"]
    context = SpanContext(date(2026, 1, 5), "production", Attributes(), b"key")
    assert context.plans.of(raw).followers == ()
