"""A trace says what was asked and answered, how long it took and what it used, or that this is not known."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.redaction.pseudonym import user_key
from behavior_pipeline.traces import build
from behavior_pipeline_tests.traces.rows import built, row, text, trace

QUESTION, ANSWER = text("user", "Where is it?"), text("assistant", "On its way.")
TALK = {"input_messages": QUESTION, "output_messages": ANSWER}


class TestTokens:
    """Tokens are summed on successful model calls only."""

    def test_agents_and_workflows_add_none(self) -> None:
        counts = {"input_tokens": 10, "output_tokens": 2}
        facts = trace(
            row(1, "invoke_agent", **counts), row(2, "chat", 1, **counts), row(3, "chat", 1, **counts),
            row(4, "embeddings", 1, input_tokens=99), row(5, "chat", 1, status="error", **counts),
        )  # fmt: skip
        assert (facts["input_tokens"], facts["output_tokens"]) == (20, 4)
        assert (facts["n_model_calls"], facts["n_failed_calls"]) == (3, 1)

    def test_a_sum_that_lacks_a_call_is_missing(self) -> None:
        facts = trace(row(1), row(2, "chat", 1, input_tokens=1, output_tokens=1), row(3, "chat", 1))
        assert (facts["input_tokens"], facts["cost_missing"]) == (None, "no_tokens")

    def test_a_sum_that_leaves_64_bits_is_missing(self) -> None:
        calls = [row(number, "chat", 1, input_tokens=2**63 - 1, output_tokens=1) for number in (2, 3)]
        facts = trace(row(1), *calls)
        assert (facts["input_tokens"], facts["output_tokens"]) == (None, 2)
        assert json.loads(facts["unmeasurable"])["input_tokens"] == "no_tokens"

    def test_zeros_are_missing(self) -> None:
        facts = trace(row(1, "chat", input_tokens=0, output_tokens=0, **TALK))
        assert facts["input_tokens"] is None
        assert json.loads(facts["unmeasurable"])["input_tokens"] == "no_tokens"


class TestTime:
    """Duration and start are the root's, by its own clock."""

    def test_children_outside_of_the_root_do_not_matter(self) -> None:
        root = row(1)
        early = row(2, "chat", 1, start_ns=root["start_ns"] - 10**12, end_ns=root["end_ns"] + 10**12, **TALK)
        facts = trace(root, early)
        assert facts["duration_ms"] == pytest.approx((root["end_ns"] - root["start_ns"]) / 1e6)
        assert facts["started_at"].value == root["start_ns"]
        assert facts["output_text"] == "On its way."

    @pytest.mark.parametrize("after", [0, -1])
    def test_a_root_without_an_end_or_that_ends_before_it_starts_has_no_duration(self, after: int) -> None:
        facts = trace(row(1, start_ns=10**18, end_ns=10**18 + after))
        assert facts["duration_ms"] is None
        assert json.loads(facts["unmeasurable"])["duration_ms"] == "no_duration"

    def test_a_root_of_years_has_no_duration_and_says_that_this_cannot_be(self) -> None:
        facts = trace(row(1, start_ns=1, end_ns=2**63 - 1))
        assert facts["duration_ms"] is None
        assert json.loads(facts["unmeasurable"])["duration_ms"] == "implausible"

    def test_a_trace_whose_root_never_came_is_built_without_a_duration(self) -> None:
        facts = trace(row(2, "invoke_agent", 1, **TALK), row(3, "chat", 2))
        assert (facts["has_root"], facts["duration_ms"], facts["output_text"]) == (False, None, "On its way.")
        assert json.loads(facts["unmeasurable"])["duration_ms"] == "orphaned"

    @given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
    def test_no_clock_gives_a_negative_duration(self, start: int, end: int) -> None:
        traces = built(row(1), row(2, "chat", 1, start_ns=10**18 + start, end_ns=10**18 + end))
        assert traces["duration_ms"].item() > 0


class TestAnswer:
    """The answer is the last model call's; only where it has none that of the nearest span above."""

    def test_the_last_call_answers(self) -> None:
        first = row(2, "chat", 1, output_messages=text("assistant", "Let me see."), end_ns=10**18 + 5000)
        last = row(3, "chat", 1, output_messages=ANSWER, end_ns=10**18 + 6000)
        facts = trace(row(1, output_messages=text("assistant", "Shown otherwise.")), first, last)
        assert facts["output_text"] == "On its way."

    def test_a_streamed_answer_is_on_the_span_above(self) -> None:
        above = row(2, "invoke_agent", 1, **TALK)
        facts = trace(row(1, output_messages=text("assistant", "{}")), above, row(3, "chat", 2))
        assert (facts["input_text"], facts["output_text"]) == ("Where is it?", "On its way.")

    def test_a_task_beside_the_call_answers_nothing(self) -> None:
        facts = trace(row(1), row(2, "other", 1, output_messages=ANSWER), row(3, "chat", 1))
        assert facts["output_text"] is None

    def test_of_several_choices_the_first_counts(self) -> None:
        facts = trace(row(1, "chat", output_messages=text("assistant", "One.", "Two.")))
        assert facts["output_text"] == "One."

    def test_a_failed_span_answers_nobody(self) -> None:
        facts = trace(row(1, status="error", **TALK), row(2, "chat", 1, status="error"))
        assert (facts["input_text"], facts["output_text"]) == ("Where is it?", None)

    def test_without_a_model_call_the_agent_answers(self) -> None:
        facts = trace(row(1), row(2, "invoke_agent", 1, **TALK))
        assert (facts["output_text"], facts["n_model_calls"]) == ("On its way.", 0)


class TestRequest:
    """The request is the user's last message; tool results are none of the user's."""

    def test_the_last_message_counts_and_the_others_are_history(self) -> None:
        asked = [*text("user", "Hello"), *text("assistant", "Hi"), *QUESTION]
        assert trace(row(1, "chat", input_messages=asked))["input_text"] == "Where is it?"

    def test_a_call_that_was_sent_only_tool_results_is_not_asked_anew(self) -> None:
        results = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": 1}]}]
        first = row(2, "chat", 1, input_messages=QUESTION, end_ns=10**18 + 5000)
        last = row(3, "chat", 1, input_messages=results, output_messages=ANSWER, end_ns=10**18 + 6000)
        assert trace(row(1), first, last)["input_text"] == "Where is it?"


class TestRefusals:
    """A refusal is found by its mark, by the provider's filter or by its words."""

    def test_a_marked_refusal_has_its_text(self) -> None:
        facts = trace(row(1, "chat", output_messages=text("assistant", "No.", kind="refusal")))
        assert (facts["refused"], facts["output_text"]) == (True, "No.")

    def test_a_filtered_answer_is_refused_without_a_text(self) -> None:
        facts = trace(row(1, "chat", finish_reason="content_filter", input_messages=QUESTION))
        assert (facts["refused"], facts["output_text"]) == (True, None)

    def test_the_words_may_stand_on_the_applications_span_only(self) -> None:
        above = row(1, output_messages=text("assistant", "I'm sorry, but I can't help with that."))
        assert trace(above, row(2, "chat", 1))["refused"] is True

    def test_an_empty_answer_proves_nothing(self) -> None:
        assert trace(row(1, "chat", input_messages=QUESTION))["refused"] is None


class TestErrors:
    """The trace failed when its root, its last call or the agent that made it did."""

    def test_a_retry_that_worked_is_no_error(self) -> None:
        failed = row(2, "chat", 1, status="error", error_type="429", end_ns=10**18 + 5000)
        assert trace(row(1), failed, row(3, "chat", 1, end_ns=10**18 + 6000))["error"] is None

    def test_an_agent_that_failed_after_its_call_is_an_error(self) -> None:
        agent = row(2, "invoke_agent", 1, status="error", error_type="Unexpected")
        assert trace(row(1), agent, row(3, "chat", 2))["error"] == "Unexpected"


class TestConversations:
    """Without a conversation id the session is the conversation."""

    def test_session_stands_in(self) -> None:
        facts = trace(row(1, session_id="s"), row(2, "chat", 1))
        assert (facts["conversation_id"], facts["session_id"]) == ("s", "s")
        assert trace(row(1, session_id="s"), row(2, "chat", 1, conversation_id="c"))["conversation_id"] == "c"

    def test_a_scrubbed_session_joins_no_traces(self) -> None:
        assert trace(row(1, session_id="[Scrubbed due to 'session']"))["conversation_id"] is None
        scrubbed = row(1, conversation_id="[Scrubbed due to 'session']", session_id="s")
        assert trace(scrubbed)["conversation_id"] == "s"


class TestClusters:
    """Errors are clustered by user; without users by conversation, without conversations by session."""

    def key(self, **ids: Any) -> str | None:
        facts = trace(row(1, **ids))
        return build.cluster_key(facts["user_key"], facts["conversation_id"], key=b"k")

    def test_user_comes_first(self) -> None:
        assert self.key(user_key="a" * 24, conversation_id="c") == "a" * 24

    def test_conversation_and_session_are_pseudonyms(self) -> None:
        ids = {"conversation_id": "c", "session_id": "s"}
        assert self.key(**ids) == self.key(conversation_id="c") != self.key(session_id="s")
        assert re.fullmatch("[0-9a-f]{24}", str(self.key(**ids)))

    def test_conversation_has_another_pseudonym_than_a_user_of_the_same_name(self) -> None:
        assert self.key(conversation_id="ana") != user_key("ana", b"k")

    def test_trace_without_any_has_none(self) -> None:
        assert self.key() is None
        assert self.key(session_id="[Scrubbed due to 'session']") is None


def test_names_of_tools_alone_are_no_captured_content() -> None:
    asked = [
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "t", "arguments": None}]}
    ]
    facts = trace(row(1, "chat", output_messages=asked))
    assert json.loads(facts["unmeasurable"])["output_text"] == "text_free"


def test_documents_of_nested_retrievers_are_counted_once() -> None:
    documents = [
        {"id": "a", "content": "A"},
        {"id": "a", "content": "another part of A"},
        {"page_content": "B"},
        {"id": "c"},
    ]
    facts = trace(
        row(1), row(2, "retrieval", 1, documents=documents), row(3, "retrieval", 2, documents=documents)
    )
    assert [one["content"] for one in json.loads(facts["documents"])] == ["A", "another part of A", "B"]


def test_a_weight_beyond_the_largest_is_trimmed_and_says_so() -> None:
    facts = trace(row(1, sampling_weight=4.5e15))
    assert facts["sampling_weight"] == 10_000
    assert json.loads(facts["unmeasurable"])["sampling_weight"] == "weight_trimmed"
    assert "sampling_weight" not in json.loads(trace(row(1, sampling_weight=10_000.0))["unmeasurable"])
