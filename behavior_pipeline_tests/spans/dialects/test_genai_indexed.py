"""GenAI up to 1.27: numbered attributes, one attribute, or two events; an operation is often not named."""

from typing import Any

import pytest

from behavior_pipeline_tests.spans.dialects.raw import meaning, text

TALK = ([text("user", "Where?")], [text("assistant", "There.")])


@pytest.mark.parametrize(
    ("attributes", "events"),
    [
        ({"gen_ai.prompt.0.content": "Where?", "gen_ai.completion.0.content": "There."}, []),
        ({"llm.prompts.0.content": "Where?", "llm.completions.0.content": "There."}, []),
        (
            {"gen_ai.prompt": "Where?", "gen_ai.completion": '[{"role": "assistant", "content": "There."}]'},
            [],
        ),
        (
            {"gen_ai.system": "x"},
            [
                ("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role": "user", "content": "Where?"}]'}),
                ("gen_ai.content.completion", {"gen_ai.completion": "There."}),
            ],
        ),
    ],
)
def test_messages(attributes: dict[str, Any], events: list[Any]) -> None:
    meanings = meaning("genai_indexed", attributes, events=events)
    assert (meanings["input_messages"], meanings["output_messages"]) == TALK
    assert meanings["operation"] == "chat"


@pytest.mark.parametrize(
    ("attributes", "operation"),
    [
        ({"gen_ai.request.model": "m", "gen_ai.usage.completion_tokens": 3}, "chat"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.output_tokens": 3}, "chat"),
        ({"gen_ai.request.model": "m", "gen_ai.system": "x"}, "other"),
        ({"llm.request.type": "embedding", "gen_ai.prompt.0.content": "x"}, "embeddings"),
        ({"llm.request.type": "rerank"}, "retrieval"),
        ({"llm.request.type": "chat", "gen_ai.operation.name": "execute_tool"}, "execute_tool"),
    ],
)
def test_operations(attributes: dict[str, Any], operation: str) -> None:
    assert meaning("genai_indexed", attributes)["operation"] == operation


def test_counts_of_both_ages() -> None:
    meanings = meaning("genai_indexed", {"gen_ai.usage.prompt_tokens": 3, "llm.usage.completion_tokens": "4"})
    assert (meanings["input_tokens"], meanings["output_tokens"]) == (3, 4)
