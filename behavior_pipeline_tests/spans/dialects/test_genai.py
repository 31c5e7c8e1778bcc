"""The current GenAI conventions: attributes of the span, or the details event on it or as a log."""

import json
from typing import Any

import pytest

from behavior_pipeline.spans.dialect import dialects
from behavior_pipeline_tests.spans.dialects.raw import call, log, meaning, text, values

ASKED = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}])
ANSWERED = json.dumps(
    [{"role": "assistant", "parts": [{"type": "text", "content": "There."}], "finish_reason": "stop"}]
)
DETAILS = "gen_ai.client.inference.operation.details"


def meant(attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return meaning("genai", {"gen_ai.operation.name": "chat", **attributes}, **changes)


@pytest.mark.parametrize(
    ("named", "operation"),
    [
        ("chat", "chat"),
        ("generate_content", "chat"),
        ("invoke_workflow", "invoke_agent"),
        ("retrieval", "retrieval"),
        ("create_agent", "other"),
        ("agent_step", "other"),
        (["chat"], "other"),
        (7, "other"),
    ],
)
def test_operations(named: Any, operation: str) -> None:
    assert meant({"gen_ai.operation.name": named})["operation"] == operation


class TestMessages:
    """Messages are JSON on the span, values in an event, or values of a log."""

    def check(self, meanings: dict[str, Any]) -> None:
        assert meanings["input_messages"] == [text("user", "Where?")]
        assert (meanings["output_messages"][0]["parts"], meanings["finish_reason"]) == (
            text("", "There.")["parts"],
            "stop",
        )

    def test_on_the_span(self) -> None:
        self.check(meant({"gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWERED}))

    def test_as_values(self) -> None:
        attributes = {
            "gen_ai.input.messages": json.loads(ASKED),
            "gen_ai.output.messages": json.loads(ANSWERED),
        }
        self.check(meant(attributes))

    def test_on_an_event_of_the_span(self) -> None:
        event = (DETAILS, {"gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWERED})
        self.check(meant({"gen_ai.provider.name": "openai"}, events=[event]))

    def test_in_a_log(self) -> None:
        reader = dialects()["genai"].from_logs
        assert reader is not None
        attributes = {"gen_ai.input.messages": json.loads(ASKED), "gen_ai.output.messages": ANSWERED}
        self.check(values(reader([log(DETAILS, None, **attributes)])))
        self.check(values(reader([log(DETAILS, attributes)])))

    def test_system_instructions_come_before_system_messages(self) -> None:
        asked = json.dumps([{"role": "system", "parts": [{"type": "text", "content": "B"}]}])
        instructions = json.dumps([{"type": "text", "content": "A"}])
        meanings = meant({"gen_ai.system_instructions": instructions, "gen_ai.input.messages": asked})
        assert meanings["system_prompt"] == "A\nB"

    def test_reasoning_has_a_column(self) -> None:
        answer = json.dumps([{"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm."}]}])
        assert meant({"gen_ai.output.messages": answer})["reasoning"] == "Hm."

    def test_tool_calls_are_values_and_reasons_one_word(self) -> None:
        part = {"type": "tool_call", "id": "c", "name": "find", "arguments": {"n": 59.0}}
        answer = json.dumps([{"role": "assistant", "parts": [part], "finish_reason": "tool_call"}])
        meanings = meant({"gen_ai.output.messages": answer})
        assert meanings["finish_reason"] == "tool_calls"
        assert meanings["output_messages"][0]["parts"] == [call("c", "find", {"n": 59})]


def test_usage_of_an_agent_in_names_of_its_own_is_not_read() -> None:
    meanings = meant({"gen_ai.operation.name": "invoke_agent", "gen_ai.aggregated_usage.input_tokens": 9})
    assert "input_tokens" not in meanings


def test_counts_of_other_names_stand_in() -> None:
    meanings = meant({"gen_ai.usage.cache_read.input_tokens": 1, "gen_ai.usage.reasoning_tokens": "2"})
    assert (meanings["cached_tokens"], meanings["reasoning_tokens"]) == (1, 2)


def test_content_off_leaves_nothing_textual() -> None:
    meanings = meant({"gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 3})
    assert meanings == {"operation": "chat", "finish_reason": "stop", "input_tokens": 3}
