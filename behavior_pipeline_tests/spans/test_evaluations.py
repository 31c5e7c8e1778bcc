"""Results of evaluators that came with the traces: kept, counted, redacted, and gone without consent."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.settings.model import Consent, Privacy
from behavior_pipeline_tests.spans.world import any_value, dump, parse, request, span

CONSENT = Consent(attribute="app.consent")
RESULT = {
    "gen_ai.evaluation.name": "faithfulness", "gen_ai.evaluation.score.label": "pass",
    "gen_ai.evaluation.explanation": "as documented", "gen_ai.response.id": "r-1",
    "gen_ai.evaluation.version": "v3",
}  # fmt: skip
COLUMNS = ["trace_id", "span_id", "response_id", "name", "judge_version", "score", "label", "explanation"]


def attributes(result: dict[str, Any], score: Any = None) -> list[dict[str, Any]]:
    given = [{"key": key, "value": any_value(value)} for key, value in result.items()]
    if score is not None:
        given.append({"key": "gen_ai.evaluation.score.value", "value": score})
    return given


def log(trace: int | None, number: int, result: dict[str, Any] = RESULT, score: Any = None) -> bytes:
    record: dict[str, Any] = {
        "eventName": "gen_ai.evaluation.result", "timeUnixNano": "7", "attributes": attributes(result, score),
    }  # fmt: skip
    if trace is not None:
        record |= {"traceId": f"{trace:032x}", "spanId": f"{number:016x}"}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def evaluated(trace: int, number: int, *results: dict[str, Any], **more: Any) -> bytes:
    events = [{"name": "gen_ai.evaluation.result", "attributes": attributes(result)} for result in results]
    return request({**span(trace, number, **more), "events": [{"name": "exception"}, *events]})


def account(parsed: Any) -> dict[str, int]:
    sums = parsed.ingested.drop(columns=["day", "file"]).sum()
    return {name: int(count) for name, count in sums.items() if count}


def test_span_events_and_logs_are_kept_with_what_they_say(tmp_path: Path) -> None:
    other = {"gen_ai.evaluation.name": "tone", "error.type": "timeout"}
    path = dump(
        tmp_path / "d.jsonl", evaluated(1, 1, RESULT, other), log(1, 1, score={"doubleValue": 0.25}),
        log(None, 0),
    )  # fmt: skip
    parsed = parse([path], version_attributes=("gen_ai.evaluation.version",))
    ids = [f"{1:032x}", f"{1:016x}"]
    result = ["r-1", "faithfulness", "v3"]
    rows = [
        [None if pd.isna(value) else value for value in row]
        for row in parsed.evaluations.sort_values(["line", "number"])[COLUMNS].to_numpy(dtype=object)
    ]
    assert rows == [
        [*ids, *result, None, "pass", "as documented"],
        [*ids, None, "tone", None, None, None, None],
        [*ids, *result, 0.25, "pass", "as documented"],
        [None, None, *result, None, "pass", "as documented"],
    ]
    assert account(parsed) == {"present": 3, "stored": 1, "logs_attached": 2}


def test_a_result_of_yesterdays_trace_is_kept_today(tmp_path: Path) -> None:
    parsed = parse([dump(tmp_path / "d.jsonl", evaluated(1, 1), log(2, 9))])
    assert list(parsed.evaluations["trace_id"]) == [f"{2:032x}"]
    assert account(parsed) == {"present": 2, "stored": 1, "logs_attached": 1}


@pytest.mark.parametrize("value", ["high", True, "NaN", "1e400"])
def test_a_score_that_is_no_number_is_missing(tmp_path: Path, value: Any) -> None:
    parsed = parse([dump(tmp_path / "d.jsonl", log(1, 1, score=any_value(value)))])
    assert parsed.evaluations["score"].isna().all()


def test_without_consent_nothing_of_a_result_is_stored(tmp_path: Path) -> None:
    path = dump(
        tmp_path / "d.jsonl", evaluated(1, 1, RESULT, app__consent=False), log(1, 1),
        evaluated(2, 2, RESULT, app__consent=True), log(2, 2), log(3, 3), log(None, 0),
    )  # fmt: skip
    parsed = parse([path], consent=CONSENT)
    assert list(parsed.evaluations["trace_id"]) == [f"{2:032x}"] * 2
    assert account(parsed) == {
        "present": 6, "stored": 1, "not_consented": 1, "logs_attached": 1, "logs_unmatched": 3,
    }  # fmt: skip


def test_personal_data_in_a_result_is_replaced(tmp_path: Path) -> None:
    result = {
        **RESULT, "gen_ai.evaluation.score.label": "leaks bob.canary@example.org",
        "gen_ai.evaluation.explanation": "The answer tells bob.canary@example.org and +49 170 1234567",
    }  # fmt: skip
    path = dump(tmp_path / "d.jsonl", evaluated(1, 1, result), log(1, 1, result))
    parsed = parse([path], privacy=Privacy())
    texts = parsed.evaluations[["label", "explanation"]].to_numpy().ravel()
    assert len(texts) == 4
    assert all("<EMAIL_ADDRESS_" in text for text in texts)
    assert not any("canary" in text or "1234567" in text for text in texts)
