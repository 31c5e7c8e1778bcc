"""The reason of a missing field is what happened to it."""

import json
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.sampling.frames import frame_of
from behavior_pipeline_tests.traces.rows import Row, row, text, trace

TALK = {"input_messages": text("user", "Where is it?"), "output_messages": text("assistant", "On its way.")}
CUT = [{"role": "assistant", "parts": [{"type": "text", "content": "On it"}, {"type": "truncated"}]}]
HIDDEN = text("assistant", "__REDACTED__")
IMAGE = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}


def reasons(facts: Row) -> dict[str, str]:
    return dict(json.loads(facts["unmeasurable"]))


class TestCut:
    def test_answer_that_was_cut_is_kept_and_not_measurable(self) -> None:
        facts = trace(row(1, "chat", **{**TALK, "output_messages": CUT}))
        assert (facts["output_text"], reasons(facts)["output_text"]) == ("On it", "truncated")

    def test_whole_copy_on_the_span_above_is_better(self) -> None:
        facts = trace(row(1, "invoke_agent", **TALK), row(2, "chat", 1, **{**TALK, "output_messages": CUT}))
        assert facts["output_text"] == "On its way."
        assert "output_text" not in reasons(facts)

    def test_tools_that_are_not_all_there_are_none(self) -> None:
        offered = [{"name": "close", "parameters": {}}, {"type": "truncated"}]
        facts = trace(row(1, "chat", **TALK, tool_definitions=offered))
        assert (facts["tool_definitions"], reasons(facts)["tool_definitions"]) == (None, "truncated")

    def test_arguments_that_were_cut_are_no_arguments(self) -> None:
        tool = row(2, "execute_tool", 1, tool_name="close", tool_arguments=json.dumps('{"bay": 3, "wh'))
        facts = trace(row(1, "chat", **TALK), tool)
        assert reasons(facts)["tool_calls"] == "truncated"

    def test_documents_that_were_cut_are_not_all(self) -> None:
        kept = [{"id": "1", "content": "Terms"}, {"type": "truncated"}]
        facts = trace(row(1, "chat", **TALK), row(2, "retrieval", 1, documents=kept))
        assert (json.loads(facts["documents"])[0]["content"], reasons(facts)["documents"]) == (
            "Terms",
            "truncated",
        )


class TestHidden:
    def test_placeholder_is_no_answer_and_no_refusal(self) -> None:
        facts = trace(row(1, "chat", **{**TALK, "output_messages": HIDDEN}))
        assert (facts["output_text"], facts["refused"]) == (None, None)
        assert reasons(facts)["output_text"] == "hidden"

    def test_two_hidden_requests_are_no_resubmission(self) -> None:
        facts = trace(row(1, "chat", **{**TALK, "input_messages": text("user", "[REDACTED]", "[REDACTED]")}))
        assert (facts["input_text"], json.loads(facts["signals"])) == (None, [])

    def test_hidden_documents_are_none(self) -> None:
        facts = trace(row(1, "chat", **TALK), row(2, "retrieval", 1, documents=[{"content": "<redacted>"}]))
        assert (facts["documents"], reasons(facts)["documents"]) == (None, "hidden")

    def test_hidden_result_of_a_tool_is_named(self) -> None:
        facts = trace(row(1, "chat", **TALK), row(2, "execute_tool", 1, tool_name="a", tool_result='"***"'))
        assert reasons(facts)["tool_calls"] == "hidden"

    @pytest.mark.parametrize("column", ["conversation_id", "session_id"])
    def test_placeholder_is_no_id(self, column: str) -> None:
        facts = trace(row(1, "chat", **TALK, **{column: "[Filtered]"}))
        assert (facts["conversation_id"], facts["session_id"]) == (None, None)


class TestOff:
    """With capture off a refusal is not known, also where a filter stopped the answer."""

    @pytest.mark.parametrize("reason", ["content_filter", "stop"])
    def test_refusal_is_unknown_without_texts(self, reason: str) -> None:
        assert trace(row(1, "chat", finish_reason=reason))["refused"] is None

    def test_refusal_by_a_filter_is_known_where_texts_are(self) -> None:
        asked = {"input_messages": TALK["input_messages"], "finish_reason": "content_filter"}
        assert trace(row(1, "chat", **asked))["refused"] is True


def test_ids_of_documents_are_no_missing_retrieval() -> None:
    facts = trace(row(1, "chat", **TALK), row(2, "retrieval", 1, documents=[{"id": "d1", "score": 0.5}]))
    assert reasons(facts)["documents"] == "no_document_text"


class TestMedia:
    """A judge that reads text only is not asked about an image."""

    def of(self, parts: list[Any], sees: tuple[str, ...] = ()) -> tuple[Row, str]:
        asked = [{"role": "user", "parts": [{"type": "text", "content": "What is this?"}, *parts]}]
        facts = trace(row(1, "chat", **{**TALK, "input_messages": asked}))
        spec = DimensionSpec.model_validate(
            {
                "name": "tone", "description": "Tone.", "owner": "team:a", "rubric_version": "v1",
                "scale": {"kind": "binary", "labels": {"a": 1, "b": 0}},
                "judge": {"version": "v1", "model": "m", "sees": sees},
            }
        )  # fmt: skip
        return facts, str(frame_of(spec, pd.DataFrame([facts]), check_failures={}).item())

    def test_image_is_counted_and_the_trace_not_judged(self) -> None:
        facts, reason = self.of([IMAGE])
        assert (json.loads(facts["media"]), facts["input_text"]) == ([{"type": "image"}], "What is this?")
        assert reason == "not_text"

    def test_judge_that_is_declared_to_see_is_asked(self) -> None:
        assert self.of([IMAGE], ("image",))[1] == "eligible"
        assert self.of([IMAGE, {"type": "input_audio", "input_audio": {}}], ("image",))[1] == "not_text"

    def test_text_alone_has_no_media(self) -> None:
        assert (self.of([])[0]["media"], self.of([])[1]) == (None, "eligible")
