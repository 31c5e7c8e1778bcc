"""GenAI 1.28 to 1.36: messages are log records, or events of the span in several writers' ways."""

import json
from typing import Any

import pytest

from behavior_pipeline.spans.dialect import dialects, log_readers
from behavior_pipeline_tests.spans.dialects.raw import call, log, meaning, text, values

CALLS = [{"id": "c", "type": "function", "function": {"name": "find", "arguments": '{"n": 59.0}'}}]
SPAN = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "m"}
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("gen_ai.system.message", {"content": "Be brief."}),
    ("gen_ai.user.message", {"content": "Where?"}),
    ("gen_ai.assistant.message", {"tool_calls": CALLS}),
    ("gen_ai.tool.message", {"id": "c", "content": '{"at": 1.0}'}),
    (
        "gen_ai.choice",
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "There."}},
    ),
]


def check(meanings: dict[str, Any]) -> None:
    assert meanings["system_prompt"] == "Be brief."
    assert meanings["input_messages"] == [
        text("system", "Be brief."),
        text("user", "Where?"),
        {"role": "assistant", "parts": [call("c", "find", {"n": 59})]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": {"at": 1}}]},
    ]
    assert meanings["output_messages"] == [text("assistant", "There.") | {"finish_reason": "stop"}]
    assert meanings["finish_reason"] == "stop"


class TestLogs:
    """The body says it; older exporters wrote attributes, some JSON in a text."""

    def read(self, logs: list[Any]) -> dict[str, Any]:
        reader = dialects()["genai_events"].from_logs
        assert reader is not None
        return values(reader(logs))

    def test_bodies(self) -> None:
        check(self.read([log(name, body, **{"gen_ai.system": "openai"}) for name, body in EVENTS]))

    def test_bodies_as_json(self) -> None:
        check(self.read([log(name, json.dumps(body)) for name, body in EVENTS]))

    def test_attributes(self) -> None:
        check(self.read([log(name, None, **body, **{"event.name": name}) for name, body in EVENTS]))

    def test_without_content_the_reason_and_the_names_of_tools_stay(self) -> None:
        asked = [{"id": "c", "type": "function", "function": {"name": "find"}}]
        choice = {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {"role": "assistant", "tool_calls": asked},
        }
        meanings = self.read([log("gen_ai.user.message", {}), log("gen_ai.choice", choice)])
        assert meanings["finish_reason"] == "tool_calls"
        assert meanings["output_messages"][0]["parts"] == [call("c", "find", None)]
        assert "input_messages" not in meanings

    @pytest.mark.parametrize("name", [name for name, _ in EVENTS])
    def test_every_name_is_read_by_this_dialect(self, name: str) -> None:
        assert log_readers()[name][0] == "genai_events"


class TestSpanEvents:
    """The same on the span: plain attributes, or JSON in one attribute (Azure), or JSON in each (Strands)."""

    def test_plain(self) -> None:
        check(meaning("genai_events", SPAN, events=EVENTS))

    def test_azure(self) -> None:
        events = [(name, {"gen_ai.event.content": json.dumps(body)}) for name, body in EVENTS]
        check(meaning("genai_events", SPAN, events=events))

    def test_strands(self) -> None:
        answer = json.dumps([{"text": "There."}])
        events = [
            ("gen_ai.user.message", {"content": json.dumps([{"text": "Where?"}])}),
            ("gen_ai.choice", {"finish_reason": "end_turn", "message": answer}),
        ]
        meanings = meaning("genai_events", SPAN, events=events)
        assert meanings["input_messages"] == [text("user", "Where?")]
        assert meanings["output_messages"] == [text("assistant", "There.") | {"finish_reason": "stop"}]

    def test_what_the_span_says_itself_comes_first(self) -> None:
        meanings = meaning(
            "genai_events", SPAN | {"gen_ai.response.finish_reasons": ["length"]}, events=EVENTS
        )
        assert meanings["finish_reason"] == "length"


def test_a_span_of_the_current_conventions_is_not_of_these() -> None:
    assert meaning("genai", SPAN | {"gen_ai.provider.name": "openai"})["requested_model"] == "m"
    assert meaning("genai", SPAN | {"gen_ai.input.messages": "[]"})["operation"] == "chat"
