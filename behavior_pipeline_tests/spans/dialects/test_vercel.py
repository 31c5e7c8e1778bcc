"""Vercel AI SDK: what the made dumps do not show."""

import json
from typing import Any

import pytest

from behavior_pipeline_tests.spans.dialects.raw import call, meaning, text


def meant(operation: str, **attributes: Any) -> dict[str, Any]:
    return meaning("vercel", {"ai.operationId": operation, **attributes})


@pytest.mark.parametrize(
    ("named", "operation"),
    [
        ("ai.generateText", "invoke_agent"),
        ("ai.streamObject", "invoke_agent"),
        ("ai.generateText.doGenerate", "chat"),
        ("ai.streamText.doStream", "chat"),
        ("ai.toolCall", "execute_tool"),
        ("ai.embed.doEmbed", "embeddings"),
        ("ai.embed", "other"),
        ("ai.embedMany", "other"),
        ("", "other"),
    ],
)
def test_operations(named: str, operation: str) -> None:
    assert meant(named)["operation"] == operation


def test_names_of_version_3() -> None:
    meanings = meant(
        "ai.generateText.doGenerate",
        **{
            "ai.prompt.messages": '[{"role": "user", "content": "Where?"}]',
            "ai.result.text": "There.",
            "ai.finishReason": "length",
            "ai.usage.promptTokens": 3,
            "gen_ai.usage.completion_tokens": 4,
        },
    )
    assert (meanings["input_messages"], meanings["output_messages"]) == (
        [text("user", "Where?")],
        [text("assistant", "There.")],
    )
    assert (meanings["finish_reason"], meanings["input_tokens"], meanings["output_tokens"]) == (
        "length",
        3,
        4,
    )


def test_text_and_tool_calls_are_one_answer() -> None:
    calls = [{"toolCallId": "c", "toolName": "find", "args": '{"n": 59.0}'}]
    meanings = meant(
        "ai.streamText.doStream",
        **{
            "ai.response.text": "Let me see.",
            "ai.response.toolCalls": json.dumps(calls),
            "ai.response.finishReason": "tool-calls",
        },
    )
    (answer,) = meanings["output_messages"]
    assert answer["parts"] == [{"type": "text", "content": "Let me see."}, call("c", "find", {"n": 59})]
    assert meanings["finish_reason"] == "tool_calls"


def test_prompt_of_the_parent_with_messages() -> None:
    prompt = {"system": "Be brief.", "messages": [{"role": "user", "content": "Where?"}]}
    meanings = meant("ai.streamText", **{"ai.prompt": json.dumps(prompt)})
    assert (meanings["system_prompt"], meanings["input_messages"][1]) == ("Be brief.", text("user", "Where?"))


def test_without_recorded_inputs_and_outputs_nothing_textual_is_there() -> None:
    meanings = meant(
        "ai.streamText.doStream", **{"gen_ai.request.model": "m", "ai.response.finishReason": "unknown"}
    )
    assert meanings == {"operation": "chat", "requested_model": "m", "model": "m"}
