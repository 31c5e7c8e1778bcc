"""Dumps made with other libraries give what the model server wrote down while they were made."""

import json
import re
from typing import Any

import pytest

from behavior_pipeline_tests.dumps.sample_dumps import Row, calls_of, spans, traces, truth

LISTS = {"tool_name": "name", "tool_ids": "id", "tool_arguments": "arguments"}
MADE = {
    "genai_events_openai_v2": "genai_events",
    "genai_events_openai_v2_off": "genai_events",
    "openinference_langchain": "openinference",
    "openllmetry_0_33": "openllmetry",
    "pydantic_ai_0_4": "pydantic_ai",
    "pydantic_ai_2": "pydantic_ai",
    "logfire_openai": "pydantic_ai",
    "vercel_ai_5": "vercel",
    "vercel_ai_7": "genai",
}


def value_of(row: Row, name: str) -> Any:
    if name in LISTS:
        return [call[LISTS[name]] for call in calls_of(row)]
    if name in ("response_id", "model"):
        return row[name] or ""
    return "" if row[name] is None else row[name]


def with_last_call(name: str) -> dict[str, Row]:
    rows = {trace_id: dict(row) for trace_id, row in traces(name).items()}
    for span in sorted(spans(name), key=lambda one: (one["end_ns"], one["start_ns"])):
        if span["operation"] == "chat" and span["trace_id"] in rows:
            rows[span["trace_id"]]["response_id"] = span["response_id"]
    return rows


@pytest.mark.parametrize("name", sorted(MADE))
def test_made_dump_gives_its_truth(name: str) -> None:
    rows, wrong = with_last_call(name), []
    truths = truth("made_truth.csv", name)
    for one in truths:
        value = value_of(rows[one["trace_id"]], one["field"])
        wanted = json.loads(one["expected"]) if one["field"] in LISTS else one["expected"]
        if (value if one["field"] in LISTS else str(value)) != wanted:
            wrong.append((one["scenario"], one["field"], wanted, value))
    assert len(truths) > 80
    assert not wrong


@pytest.mark.parametrize(("name", "dialect"), sorted(MADE.items()))
def test_model_calls_of_a_made_dump_are_recognised_as_its_dialect(name: str, dialect: str) -> None:
    assert {span["dialect"] for span in spans(name) if span["operation"] == "chat"} == {dialect}


def test_content_that_was_not_captured_is_no_empty_answer() -> None:
    for row in traces("genai_events_openai_v2_off").values():
        assert row["refused"] is None
        assert json.loads(row["unmeasurable"])["output_text"] in ("text_free", "no_output")


def test_a_filtered_answer_is_a_refusal_without_its_text() -> None:
    refused = [row for row in traces("pydantic_ai_2").values() if row["finish_reason"] == "content_filter"]
    assert len(refused) == 2
    assert all(row["refused"] and row["output_text"] is None for row in refused)


def test_user_ids_of_every_dialect_become_the_same_pseudonyms() -> None:
    vercel = {row["user_key"] for row in traces("vercel_ai_5").values()}
    assert len(vercel) == 16
    events = {row["user_key"] for row in traces("genai_events_openai_v2").values()}
    assert events < vercel
    assert not any(re.search(r"user-\d", span["attributes"]) for span in spans("vercel_ai_5"))
