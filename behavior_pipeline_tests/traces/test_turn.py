"""The call that answered is the one that the application's answer agrees with, whatever came after it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.traces.span_tree import SpanTree
from behavior_pipeline.traces.turn import Turn
from behavior_pipeline_tests.traces.rows import Row, row, text, trace

QUESTION, ANSWER = "Can I return a used kettle?", "Yes, within 30 days of the day on which you bought it."
TITLE = "Returning a used kettle"


def call(number: int, parent: int, asked: str, answered: str, **values: Any) -> Row:
    start = 10**18 + number * 1000
    usual = {
        "start_ns": start, "end_ns": start + 500, "input_messages": text("user", asked),
        "output_messages": text("assistant", answered), "model": f"m{number}",
    }  # fmt: skip
    return row(number, "chat", parent, **{**usual, **values})


def agent(*, shown: str | None = ANSWER, asked: str | None = QUESTION, **values: Any) -> Row:
    messages = {
        "input_messages": asked and text("user", asked), "output_messages": shown and text("assistant", shown)
    }  # fmt: skip
    return row(1, "invoke_agent", **{**messages, **values})


class TestHelpers:
    """A title or a summary has another text than what the application gave back."""

    def test_title_after_the_answer_changes_nothing_but_the_bill(self) -> None:
        alone = trace(
            agent(), call(2, 1, QUESTION, ANSWER, system_prompt="Sell kettles.", finish_reason="stop")
        )
        helped = trace(
            agent(),
            call(2, 1, QUESTION, ANSWER, system_prompt="Sell kettles.", finish_reason="stop", input_tokens=3),
            call(3, 1, f"A title for: {QUESTION}", TITLE, system_prompt="Titles.", finish_reason="length",
                 response_schema={"type": "string"}, reasoning="short"),
        )  # fmt: skip
        for name in ("input_text", "output_text", "model", "system_prompt", "finish_reason", "error"):
            assert helped[name] == alone[name], name
        assert (helped["response_schema"], helped["reasoning"], helped["n_model_calls"]) == (None, None, 2)

    def test_failed_title_is_no_failure_of_the_request(self) -> None:
        facts = trace(agent(), call(2, 1, QUESTION, ANSWER), call(3, 1, QUESTION, "", status="error"))
        assert (facts["error"], facts["output_text"], facts["n_failed_calls"]) == (None, ANSWER, 1)

    def test_summary_inside_of_a_span_of_its_own_is_not_the_answer(self) -> None:
        summary = call(4, 3, f"Sum up. User: {QUESTION} Assistant: {ANSWER}", "Kettle: may be returned.")
        facts = trace(agent(), call(2, 1, QUESTION, ANSWER), row(3, "other", 1), summary)
        assert (facts["input_text"], facts["output_text"]) == (QUESTION, ANSWER)

    def test_draft_that_was_rewritten_is_not_the_answer(self) -> None:
        better = call(3, 1, f"Make this friendlier: No. The question was: {QUESTION}", ANSWER)
        facts = trace(agent(), call(2, 1, QUESTION, "No returns at all."), better)
        assert (facts["input_text"], facts["output_text"], facts["model"]) == (QUESTION, ANSWER, "m3")

    def test_answer_that_the_application_edited_is_found_again(self) -> None:
        shown = f"**Answer:** {ANSWER}\n\n[1] Terms of sale"
        facts = trace(agent(shown=shown), call(2, 1, QUESTION, ANSWER), call(3, 1, QUESTION, TITLE))
        assert facts["output_text"] == ANSWER

    def test_streamed_answer_without_text_is_not_replaced_by_a_title(self) -> None:
        streamed = call(2, 1, QUESTION, "", output_messages=None)
        facts = trace(agent(), streamed, call(3, 1, QUESTION, TITLE))
        assert (facts["output_text"], facts["model"]) == (ANSWER, "m2")

    def test_without_an_answer_of_the_application_the_last_call_counts(self) -> None:
        first, last = call(2, 1, QUESTION, "Let me see."), call(3, 1, "So?", ANSWER)
        assert trace(agent(shown=None, asked=None), first, last)["output_text"] == ANSWER

    def test_question_of_an_earlier_turn_is_not_what_the_user_asked_last(self) -> None:
        later = [*text("user", QUESTION), *text("assistant", ANSWER), *text("user", "And a new one?")]
        last = call(3, 1, "", "Within 60 days.", input_messages=later)
        facts = trace(agent(shown=None), call(2, 1, QUESTION, ANSWER), last)
        assert (facts["input_text"], facts["output_text"]) == ("And a new one?", "Within 60 days.")

    def test_histories_that_hold_one_turn_each_end_with_the_last(self) -> None:
        calls = [
            call(2, 1, QUESTION, "Have you got the receipt?"),
            call(3, 1, "Yes, I have it here.", "Then yes."),
        ]
        assert trace(agent(shown=None), *calls)["input_text"] == "Yes, I have it here."

    def test_rewritten_question_is_not_what_the_user_asked(self) -> None:
        search = call(2, 1, QUESTION, "kettle return policy used")
        facts = trace(agent(), search, call(3, 1, "kettle return policy used: [terms]", ANSWER))
        assert (facts["input_text"], facts["output_text"]) == (QUESTION, ANSWER)


class TestAsides:
    """Guardrails and evaluators call models about a conversation, not for it."""

    @pytest.mark.parametrize("operation", ["guardrail", "evaluator"])
    def test_its_call_after_the_answer_is_none_of_the_turn(self, operation: str) -> None:
        check = [
            row(3, operation, 1),
            call(4, 3, f"Is this fine? {ANSWER}", "fine", response_schema={"a": 1}),
        ]
        facts = trace(row(1), call(2, 1, QUESTION, ANSWER), *check)
        assert (facts["input_text"], facts["output_text"], facts["model"]) == (QUESTION, ANSWER, "m2")
        assert (facts["n_model_calls"], facts["role"], facts["response_schema"]) == (2, "production", None)

    def test_tool_of_a_guardrail_is_not_called_by_the_assistant(self) -> None:
        check = [row(3, "guardrail", 1), row(4, "execute_tool", 3, tool_name="look_up")]
        assert trace(row(1), call(2, 1, QUESTION, ANSWER), *check)["tool_calls"] is None

    def test_trace_of_an_evaluator_is_an_evaluation(self) -> None:
        assert trace(row(1, "evaluator"), call(2, 1, "Is it?", "yes"))["role"] == "evaluation"
        wrapped = [row(1), row(2, "evaluator", 1), call(3, 2, "Is it?", "yes")]
        assert trace(*wrapped)["role"] == "evaluation"

    def test_application_whose_own_call_left_no_span_stays_traffic(self) -> None:
        evaluated = [agent(), row(2, "evaluator", 1), call(3, 2, "Is it?", "yes")]
        assert trace(*evaluated)["role"] == "production"

    @pytest.mark.parametrize(
        "environment", ["langfuse-llm-as-a-judge", "langfuse-evaluation", "sdk-experiment"]
    )
    def test_environment_of_a_product_is_no_traffic(self, environment: str) -> None:
        attributes = json.dumps({"langfuse.environment": environment})
        assert trace(agent(attributes=attributes), call(2, 1, QUESTION, ANSWER))["role"] == "evaluation"

    def test_environment_of_a_team_is_traffic(self) -> None:
        attributes = json.dumps({"langfuse.environment": "production"})
        assert trace(agent(attributes=attributes), call(2, 1, QUESTION, ANSWER))["role"] == "production"


class TestOrder:
    """Clocks of two hosts may differ; a request that repeats an answer came after it."""

    @staticmethod
    def asking(number: int, end: int, name: str) -> Row:
        parts = [{"type": "tool_call", "id": None, "name": name, "arguments": {"bay": 3}}]
        return row(
            number, "chat", 1, end_ns=10**18 + end, input_messages=text("user", QUESTION),
            output_messages=[{"role": "assistant", "parts": parts}],
        )  # fmt: skip

    def test_answer_of_a_host_whose_clock_is_behind_is_still_the_last(self) -> None:
        first = self.asking(2, 9000, "look_up")
        history = [*json.loads(first["input_messages"]), *json.loads(first["output_messages"])]
        second = call(3, 1, QUESTION, ANSWER, input_messages=history, end_ns=10**18 + 4000)
        facts = trace(row(1), first, second)
        assert facts["output_text"] == ANSWER

    @given(st.permutations([0, 1, 2, 3]))
    def test_chain_of_calls_is_put_in_its_order_whatever_the_clocks_say(self, ends: list[int]) -> None:
        rows, history = [row(1)], text("user", QUESTION)
        for number, end in enumerate(ends):
            one = self.asking(number + 2, end * 1000 + 9000, f"tool {number}")
            rows.append({**one, "input_messages": json.dumps(history)})
            history = [*history, *json.loads(one["output_messages"])]
        ordered = Turn(SpanTree(rows)).of_user
        assert [one["span_id"] for one in ordered] == [f"{number + 2:016x}" for number in range(len(ends))]

    def test_histories_in_a_circle_lose_no_call(self) -> None:
        one, other = self.asking(2, 1000, "a"), self.asking(3, 2000, "b")
        one["input_messages"] = json.dumps([*text("user", "x" * 99), *json.loads(other["output_messages"])])
        other["input_messages"] = json.dumps([*text("user", "x"), *json.loads(one["output_messages"])])
        assert len(Turn(SpanTree([row(1), one, other])).of_user) == 2


class TestModel:
    """The model that answered and the one that was asked stay apart."""

    def test_failed_call_answers_with_no_model(self) -> None:
        facts = trace(row(1, "chat", requested_model="gpt-4o-mini", status="error"))
        assert (facts["model"], facts["requested_model"]) == (None, "gpt-4o-mini")
