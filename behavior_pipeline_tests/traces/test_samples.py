"""The sample dumps of the GenAI conventions give the truth that the fake model server wrote down."""

import csv
import hashlib
import json
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.tables.traces import TRACES
from behavior_pipeline_tests.traces.world import FIXTURES, parse, traces_of

DAY = date(2026, 11, 23)
HASHED = {"final_output": "output_text", "user_input": "input_text", "system_prompt": "system_prompt"}
PLAIN = {
    "input_tokens": "input_tokens", "output_tokens": "output_tokens", "cached_tokens": "cached_tokens",
    "n_model_calls": "n_model_calls", "n_failed_calls": "n_failed_calls", "finish_reason": "finish_reason",
    "model_requested": "requested_model", "response_model": "model", "conversation_id": "conversation_id",
}  # fmt: skip
CALLS = {"tool_name": "name", "tool_args": "arguments", "tool_call_ids": "id"}


@cache
def traces(name: str) -> dict[str, dict[str, Any]]:
    parsed = parse([FIXTURES / f"{name}.jsonl.gz"], DAY)
    rows = TRACES.validate(traces_of([(DAY, parsed.spans)], DAY))
    return {row["trace_id"]: row for row in rows.astype(object).where(rows.notna(), None).to_dict("records")}


def truth(name: str) -> list[dict[str, str]]:
    with (FIXTURES / "truth.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["dump"] == name and row["measurable"] == "True"]


def value_of(row: dict[str, Any], field: str) -> Any:
    if field in HASHED:
        text = row[HASHED[field]]
        return "" if text is None else hashlib.sha256(text.encode()).hexdigest()
    if field in CALLS:
        return [call[CALLS[field]] for call in json.loads(row["tool_calls"] or "[]")]
    if field == "n_tool_calls":
        return len(json.loads(row["tool_calls"] or "[]"))
    if field == "n_documents":
        return len(json.loads(row["documents"] or "[]"))
    return "" if row[PLAIN[field]] is None else row[PLAIN[field]]


@pytest.mark.parametrize("name", ["genai_openai_on", "genai_openai_off"])
def test_sample_dump_gives_its_truth(name: str) -> None:
    wrong, checked = [], 0
    for row in truth(name):
        field = row["field"]
        if field not in {*HASHED, *PLAIN, *CALLS, "n_tool_calls", "n_documents"}:
            continue
        found = value_of(traces(name)[row["trace_id"]], field)
        wanted: Any = json.loads(row["expected"]) if field in CALLS and row["expected"] else row["expected"]
        accepted = [wanted, *row["accept"].split("|")]
        same = (
            found in accepted
            or str(found) in map(str, accepted)
            or (field in CALLS and not found and not wanted)
        )
        checked += 1
        if not same:
            wrong.append((row["scenario"], field, row["expected"], found))
    assert checked > 200
    assert not wrong


def test_without_content_capture_texts_are_missing_with_their_reason() -> None:
    for row in traces("genai_openai_off").values():
        assert row["output_text"] is None
        assert row["refused"] is None
        assert json.loads(row["unmeasurable"])["output_text"] in ("text_free", "no_output")


def test_failed_calls_leave_an_error_signal() -> None:
    failed = [row for row in traces("genai_openai_on").values() if row["n_failed_calls"] and row["error"]]
    assert failed
    assert all("error" in json.loads(row["signals"]) for row in failed)


def test_a_request_sent_again_in_a_conversation_marks_both_traces() -> None:
    marked = [
        row for row in traces("genai_openai_on").values() if "resubmitted" in json.loads(row["signals"])
    ]
    assert {row["conversation_id"].rsplit("-", 2)[-2] for row in marked} == {"6"}


def test_traces_satisfy_the_contract() -> None:
    frame = pd.DataFrame(list(traces("genai_openai_on").values()))
    assert len(TRACES.validate(frame)) == 24
