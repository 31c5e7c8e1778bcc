"""What frameworks write under names of their own is read; samples have the form of the products' sources."""

import json
from typing import Any

import pytest

from behavior_pipeline.dumps.records import RawLog
from behavior_pipeline.spans.dialect import dialects, log_name
from behavior_pipeline_tests.spans.dialects.raw import call, log, meaning, text, values

HAYSTACK = "haystack.component."


def of_logs(name: str, *logs: RawLog) -> dict[str, Any]:
    reader = dialects()[name].from_logs
    assert reader is not None
    return values(reader(logs))


class TestGoogleAdk:
    """trace_call_llm of google/adk-python writes a request with `config` and a response of the API."""

    def call_of(self, request: dict[str, Any], response: dict[str, Any], **more: Any) -> dict[str, Any]:
        attributes = {"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-flash",
                      "gcp.vertex.agent.session_id": "s-1",
                      "gcp.vertex.agent.llm_request": json.dumps(request),
                      "gcp.vertex.agent.llm_response": json.dumps(response), **more}  # fmt: skip
        return meaning("google_adk", attributes, scope="gcp.vertex.agent")

    def test_call_has_both_sides_instructions_and_tools(self) -> None:
        declared = {
            "name": "get_weather",
            "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}},
        }
        meanings = self.call_of(
            {"model": "gemini-2.5-flash",
             "config": {"system_instruction": "Be brief.", "tools": [{"function_declarations": [declared]}]},
             "contents": [{"role": "user", "parts": [{"text": "Weather in Oslo?"}]}]},
            {"content": {"role": "model", "parts": [
                {"text": "They ask for weather.", "thought": True},
                {"function_call": {"id": "a-1", "name": "get_weather", "args": {"city": "Oslo"}}}]},
             "finish_reason": "STOP", "usage_metadata": {"prompt_token_count": 210}},
        )  # fmt: skip
        assert meanings["operation"] == "chat"
        assert meanings["input_messages"] == [text("user", "Weather in Oslo?")]
        assert meanings["output_messages"][0]["parts"][1] == call("a-1", "get_weather", {"city": "Oslo"})
        assert meanings["reasoning"] == "They ask for weather."
        assert meanings["system_prompt"] == "Be brief."
        assert meanings["session_id"] == "s-1"
        (tool,) = meanings["tool_definitions"]
        assert tool["parameters"] == {"type": "object", "properties": {"city": {"type": "string"}}}

    def test_without_contents_the_names_still_count(self) -> None:
        meanings = meaning("google_adk", {
            "gen_ai.request.model": "gemini-2.5-flash", "gcp.vertex.agent.llm_request": "{}",
            "gcp.vertex.agent.llm_response": "{}", "gen_ai.usage.input_tokens": 210,
            "gen_ai.usage.output_tokens": 9, "gen_ai.response.finish_reasons": ["stop"],
        })  # fmt: skip
        assert (meanings["operation"], meanings["input_tokens"], meanings["finish_reason"]) == (
            "chat",
            210,
            "stop",
        )
        assert "input_messages" not in meanings

    def test_span_that_sums_up_tools_is_no_tool(self) -> None:
        merged = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)",
                  "gcp.vertex.agent.tool_call_args": "N/A"}  # fmt: skip
        assert meaning("google_adk", merged)["operation"] == "other"


class TestClaudeCode:
    """Documentation of monitoring, section traces; attribute names have no prefix."""

    def test_call(self) -> None:
        meanings = meaning("claude_code", {
            "span.type": "llm_request", "model": "claude-opus-5", "gen_ai.request.model": "claude-opus-5",
            "session.id": "s-1", "input_tokens": 2, "output_tokens": 1200, "cache_read_tokens": 84562,
            "stop_reason": "end_turn", "new_context": "[USER]\nfix it",
            "response.model_output": '{"done": true}',
        }, scope="com.anthropic.claude_code.tracing")  # fmt: skip
        assert meanings["operation"] == "chat"
        assert (meanings["output_tokens"], meanings["cached_tokens"]) == (1200, 84562)
        assert meanings["output_messages"] == [text("assistant", '{"done": true}')]
        assert meanings["finish_reason"] == "stop"

    def test_redacted_prompt_is_none(self) -> None:
        attributes = {"span.type": "interaction", "user_prompt": "<REDACTED>", "interaction.sequence": 1}
        meanings = meaning("claude_code", attributes)
        assert meanings == {"operation": "invoke_agent"}

    def test_tool(self) -> None:
        attributes = {
            "span.type": "tool",
            "tool_name": "Bash",
            "tool_use_id": "t1",
            "tool_input": '{"command": "ls"}',
        }
        meanings = meaning("claude_code", attributes, events=[("tool.output", {"output": "a.txt"})])
        assert (meanings["operation"], meanings["tool_name"], meanings["tool_call_id"]) == (
            "execute_tool",
            "Bash",
            "t1",
        )
        assert (meanings["tool_arguments"], meanings["tool_result"]) == ({"command": "ls"}, '"a.txt"')


class TestHaystack:
    """Pipeline._run_component writes the JSON of what a component got and gave back."""

    def test_chat_generator(self) -> None:
        asked = [{"role": "system", "meta": {}, "name": None, "content": [{"text": "Be brief."}]},
                 {"role": "user", "meta": {}, "name": None, "content": [{"text": "Gate 4?"}]}]  # fmt: skip
        meta = {"model": "gpt-4o-mini-2024-07-18", "finish_reason": "stop",
                "usage": {"prompt_tokens": 30, "completion_tokens": 9, "total_tokens": 39}}  # fmt: skip
        reply = {"role": "assistant", "meta": meta, "name": None, "content": [{"text": "Open."}]}
        meanings = meaning("haystack", {
            HAYSTACK + "type": "OpenAIChatGenerator", HAYSTACK + "input": json.dumps({"messages": asked}),
            HAYSTACK + "output": json.dumps({"replies": [reply]}),
        })  # fmt: skip
        assert meanings["operation"] == "chat"
        assert meanings["input_messages"] == [text("system", "Be brief."), text("user", "Gate 4?")]
        assert meanings["output_messages"] == [text("assistant", "Open.")]
        assert (meanings["model"], meanings["input_tokens"], meanings["output_tokens"]) == (
            meta["model"],
            30,
            9,
        )
        assert (meanings["finish_reason"], meanings["system_prompt"]) == ("stop", "Be brief.")

    @pytest.mark.parametrize("underscore", ["", "_"])
    def test_calls_and_results_of_tools(self, underscore: str) -> None:
        wanted = {"tool_name": "gates", "arguments": {"n": 4}, "id": "c1"}
        asked = [{f"{underscore}role": "tool", f"{underscore}content": [
            {"tool_call_result": {"result": "open", "origin": wanted, "error": False}}]}]  # fmt: skip
        reply = {f"{underscore}role": "assistant", f"{underscore}content": [{"tool_call": wanted}]}
        meanings = meaning("haystack", {
            HAYSTACK + "type": "OpenAIChatGenerator", HAYSTACK + "input": json.dumps({"messages": asked}),
            HAYSTACK + "output": json.dumps({"replies": [reply]}),
        })  # fmt: skip
        response = {"type": "tool_call_response", "id": "c1", "response": "open"}
        assert meanings["input_messages"] == [{"role": "tool", "parts": [response]}]
        assert meanings["output_messages"][0]["parts"] == [call("c1", "gates", {"n": 4})]

    def test_generator_of_texts_retriever_and_pipeline(self) -> None:
        generated = meaning("haystack", {
            HAYSTACK + "type": "OpenAIGenerator", HAYSTACK + "input": '{"prompt": "Gate?"}',
            HAYSTACK + "output": '{"replies": ["{\\"b\\": 1, \\"a\\": 2}"], "meta": [{"model": "m"}]}',
        })  # fmt: skip
        assert generated["output_messages"] == [text("assistant", '{"b": 1, "a": 2}')]
        retrieved = meaning("haystack", {
            HAYSTACK + "type": "InMemoryBM25Retriever", HAYSTACK + "input": '{"query": "Gate?"}',
            HAYSTACK + "output": '{"documents": [{"id": "d1", "content": "Gate 4.", "score": 0.5}]}',
        })  # fmt: skip
        assert retrieved["documents"] == [{"id": "d1", "content": "Gate 4.", "score": 0.5}]
        pipeline = meaning("haystack", {
            "haystack.pipeline.input_data": '{"builder": {"question": "Gate?"}}',
            "haystack.pipeline.output_data": '{"llm": {"replies": ["Gate 4."]}}',
        })  # fmt: skip
        assert pipeline["input_messages"] == [text("user", "Gate?")]
        assert pipeline["output_messages"] == [text("assistant", "Gate 4.")]


class TestSpringAi:
    """ToolCallingObservationDocumentation and AiObservationAttributes of spring-projects/spring-ai."""

    def test_tool(self) -> None:
        meanings = meaning("spring_ai", {
            "spring.ai.kind": "tool_call", "gen_ai.operation.name": "framework",
            "spring.ai.tool.definition.name": "gates", "spring.ai.tool.call.arguments": '{"n": 4}',
            "spring.ai.tool.call.result": '"open"',
        })  # fmt: skip
        assert (meanings["operation"], meanings["tool_name"]) == ("execute_tool", "gates")
        assert (meanings["tool_arguments"], meanings["tool_result"]) == ({"n": 4}, '"open"')

    def test_client_around_a_call_is_none(self) -> None:
        attributes = {"spring.ai.kind": "chat_client", "gen_ai.operation.name": "framework",
                      "spring.ai.chat.client.conversation.id": "c-1"}  # fmt: skip
        assert meaning("spring_ai", attributes) == {"operation": "other", "conversation_id": "c-1"}


@pytest.mark.parametrize("name", ["input_tokens", "prompt_tokens"])
def test_counts_under_the_older_names_of_microsoft(name: str) -> None:
    attributes = {"gen_ai.operation.name": "chat.completions", "gen_ai.request.model": "gpt-4o",
                  f"gen_ai.response.{name}": 31}  # fmt: skip
    meanings = meaning("dotnet", attributes)
    assert (meanings["operation"], meanings["input_tokens"]) == ("chat", 31)


class TestLiteLlm:
    """set_raw_request_attributes and _emit_semantic_logs of BerriAI/litellm."""

    def test_raw_request_is_no_call_beside_its_parent(self) -> None:
        attributes = {
            "llm.openai.messages": "[{'role': 'user', 'content': 'hi'}]",
            "llm.openai.model": "gpt-4o",
        }
        assert meaning("litellm", attributes)["operation"] == "other"

    def test_messages_in_logs(self) -> None:
        asked = log("", {"role": "user", "content": "hi"}, event_name="gen_ai.content.prompt")
        body = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}
        chosen = log("", body, event_name="gen_ai.content.completion")
        for record in (asked, chosen):
            record.name = log_name(record)
        meanings = of_logs("litellm", asked, chosen)
        assert meanings["input_messages"] == [text("user", "hi")]
        assert meanings["finish_reason"] == "stop"
        assert meanings["output_messages"][0]["parts"] == text("assistant", "hello")["parts"]

    def test_calls_beside_parts_are_read(self) -> None:
        wanted = {"id": "c1", "type": "function", "function": {"name": "gates", "arguments": '{"n": 4}'}}
        turns = [{"role": "assistant", "parts": [{"type": "text", "content": ""}], "tool_calls": [wanted]},
                 {"role": "tool", "parts": text("tool", "open")["parts"], "tool_call_id": "c1"}]  # fmt: skip
        meanings = meaning(
            "genai", {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(turns)}
        )
        asked, back = meanings["input_messages"]
        assert asked["parts"] == [call("c1", "gates", {"n": 4})]
        assert back["parts"] == [{"type": "tool_call_response", "id": "c1", "response": "open"}]


class TestAdot:
    """The handler of large objects of aws-observability/aws-otel-python-instrumentation."""

    def test_record_of_any_scope_with_both_sides(self) -> None:
        body = {"input": {"messages": [{"role": "system", "content": "Be brief."},
                                       {"role": "user", "content": {"content": '[{"text": "Gate?"}]'}}]},
                "output": {"messages": [{"role": "assistant", "content": {
                    "message": '[{"text": "Gate 4."}]', "finish_reason": "end_turn"}}]}}  # fmt: skip
        record = log("some.scope", body)
        assert log_name(record) == "aws.span.bodies"
        meanings = of_logs("aws_adot", record)
        assert meanings["input_messages"] == [text("system", "Be brief."), text("user", "Gate?")]
        assert meanings["output_messages"][0]["parts"] == text("assistant", "Gate 4.")["parts"]
        assert (meanings["finish_reason"], meanings["system_prompt"]) == ("stop", "Be brief.")

    def test_older_record_with_a_key_a_message(self) -> None:
        body = {"user.message.0": {"role": "user", "content": "hi"},
                "assistant.message.0": {"role": "assistant", "content": "hello"}}  # fmt: skip
        meanings = of_logs("aws_adot", log("gen_ai.content.consolidated", body))
        assert meanings["input_messages"] == [text("user", "hi")]
        assert meanings["output_messages"] == [text("assistant", "hello")]

    def test_record_of_an_application_is_not_taken(self) -> None:
        assert log_name(log("app", {"input": "x", "output": "y"})) == "app"


def test_strands_writes_blocks_of_its_api_in_events() -> None:
    meanings = meaning(
        "genai_events", {"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents"},
        events=[("gen_ai.system.message", {"content": '[{"text": "Be brief."}]'}),
                ("gen_ai.user.message", {"content": '[{"text": "Close bay 3."}]'}),
                ("gen_ai.choice", {"finish_reason": "tool_use", "message":
                 '[{"toolUse": {"toolUseId": "t1", "name": "close", "input": {"bay": 3}}}]'})],
    )  # fmt: skip
    assert meanings["input_messages"][1] == text("user", "Close bay 3.")
    assert meanings["output_messages"][0]["parts"] == [call("t1", "close", {"bay": 3})]
    assert meanings["finish_reason"] == "tool_calls"


def test_answer_in_json_stays_as_it_was_written_in_an_event() -> None:
    answer = '{"b": 1, "a": {"message": 2}}'
    meanings = meaning("genai_events", {"gen_ai.operation.name": "invoke_agent"},
                       events=[("gen_ai.choice", {"message": answer})])  # fmt: skip
    assert meanings["output_messages"] == [text("assistant", answer)]


def test_spans_of_other_conventions_are_left_to_them() -> None:
    assert meaning("plain", {"http.request.method": "GET", "span.type": "web", "model": "x"}) == {
        "operation": "other"
    }
