"""The four sample dumps give the truth that the scripted model server wrote down."""

import hashlib
import json
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.redaction.pseudonym import user_key
from behavior_pipeline.spans.dialect import dialects
from behavior_pipeline.tables.traces import TRACES
from behavior_pipeline_tests.dumps.sample_dumps import Row, calls_of, spans, traces, truth

SAMPLES = ["genai_openai_on", "genai_openai_off", "oi_openai_on", "tl_openai_on"]
HASHED = {"final_output": "output_text", "user_input": "input_text", "system_prompt": "system_prompt"}
PLAIN = {
    "input_tokens": "input_tokens", "output_tokens": "output_tokens", "cached_tokens": "cached_tokens",
    "n_model_calls": "n_model_calls", "n_failed_calls": "n_failed_calls", "finish_reason": "finish_reason",
    "model_requested": "requested_model", "response_model": "model", "conversation_id": "conversation_id",
    "refusal": "refused",
}  # fmt: skip
CALLS = {"tool_name": "name", "tool_args": "arguments", "tool_call_ids": "id"}
FIELDS = {*HASHED, *PLAIN, *CALLS, "n_tool_calls", "n_documents", "user_id"}


def value_of(row: Row, field: str) -> Any:
    if field in HASHED:
        text = row[HASHED[field]]
        return "" if text is None else hashlib.sha256(text.encode()).hexdigest()
    if field in CALLS:
        return [call[CALLS[field]] for call in calls_of(row)]
    if field == "n_tool_calls":
        return len(calls_of(row))
    if field == "n_documents":
        return len(json.loads(row["documents"] or "[]"))
    if field == "user_id":
        return row["user_key"]
    return "" if row[PLAIN[field]] is None else row[PLAIN[field]]


def is_right(one: dict[str, str], value: Any) -> bool:
    if one["field"] in CALLS:
        wanted = json.loads(one["expected"] or "[]")
        return bool(value == [json.loads(x) if isinstance(x, str) and x[:1] == "{" else x for x in wanted])
    accepted = [one["expected"], *one["accept"].split("|")]
    if one["field"] == "user_id":
        accepted = [user_key(one["expected"], b"key")]
    return str(value) in accepted


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_dump_gives_its_truth(name: str) -> None:
    measurable = [one for one in truth("truth.csv", name) if one["measurable"] == "True"]
    checked = [one for one in measurable if one["field"] in FIELDS]
    values = [(one, value_of(traces(name)[one["trace_id"]], one["field"])) for one in checked]
    assert len(checked) > 200
    assert not [(one["scenario"], one["field"], value) for one, value in values if not is_right(one, value)]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_dump_does_not_record_is_missing(name: str) -> None:
    unrecorded = [one for one in truth("truth.csv", name) if one["measurable"] == "False"]
    checked = [
        one for one in unrecorded if one["field"] in {*HASHED, "input_tokens", "output_tokens", "tool_args"}
    ]
    for one in checked:
        value = value_of(traces(name)[one["trace_id"]], one["field"])
        assert value in ("", [None, None], [None]), (one["scenario"], one["field"])
    assert len(checked) >= 2


def test_chat_spans_of_each_sample_have_its_dialect() -> None:
    by_sample = {
        name: {span["dialect"] for span in spans(name) if span["operation"] == "chat"} for name in SAMPLES
    }
    assert list(by_sample.values()) == [{"genai"}, {"genai"}, {"openinference"}, {"openllmetry"}]
    marking = {name for name, dialect in dialects().items() if dialect.sources.get("refusal")}
    assert {"openinference", "openllmetry"} <= marking
    assert "genai" not in marking


def test_raw_requests_and_user_ids_are_not_kept_among_the_attributes() -> None:
    for name in ("oi_openai_on", "tl_openai_on"):
        for span in spans(name):
            attributes = json.loads(span["attributes"])
            assert "user-" not in span["attributes"]
            assert not {"input.value", "output.value", "metadata", "traceloop.entity.input"} & set(attributes)


def test_metadata_is_unpacked_into_attributes() -> None:
    for span in spans("oi_openai_on"):
        assert json.loads(span["attributes"])["metadata.tier"] == "pro"


def test_without_content_capture_texts_are_missing_with_their_reason() -> None:
    for row in traces("genai_openai_off").values():
        assert row["output_text"] is None
        assert row["refused"] is None
        assert json.loads(row["unmeasurable"])["output_text"] in ("text_free", "no_output")


def test_failed_calls_leave_an_error_signal() -> None:
    failed = [row for row in traces("genai_openai_on").values() if row["n_failed_calls"] and row["error"]]
    assert failed
    assert all("error" in json.loads(row["signals"]) for row in failed)


@pytest.mark.parametrize("name", ["genai_openai_on", "oi_openai_on", "tl_openai_on"])
def test_a_request_sent_again_in_a_conversation_marks_both_traces(name: str) -> None:
    marked = [row for row in traces(name).values() if "resubmitted" in json.loads(row["signals"])]
    assert {row["conversation_id"].rsplit("-", 2)[-2] for row in marked} == {"6"}


def test_traces_satisfy_the_contract() -> None:
    frame = pd.DataFrame(list(traces("genai_openai_on").values()))
    assert len(TRACES.validate(frame)) == 24
