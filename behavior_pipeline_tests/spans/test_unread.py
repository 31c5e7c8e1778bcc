"""Content that no dialect reads is named, and never called a capture that was off."""

import json
from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.dumps.records import RawLog
from behavior_pipeline.spans.unread import in_log
from behavior_pipeline_tests.spans.dialects.raw import log
from behavior_pipeline_tests.spans.world import DAY, any_value, dump, parse, request, span, traces_of

TEXT = "When does ferry 3 sail?"


def reasons(folder: Path, *lines: bytes) -> dict[str, str]:
    spans = parse([dump(folder / "d.jsonl", *lines)]).spans
    (noted,) = traces_of([(DAY, spans)], DAY)["unmeasurable"]
    loaded: dict[str, str] = json.loads(noted)
    return loaded


def logged(body: dict[str, Any], name: str = "agent.talk") -> bytes:
    fields = [{"key": key, "value": any_value(value)} for key, value in body.items()]
    record = {"traceId": f"{1:032x}", "spanId": f"{1:016x}", "timeUnixNano": "1", "eventName": name,
              "body": {"kvlistValue": {"values": fields}}}  # fmt: skip
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


@pytest.mark.parametrize(
    "attributes",
    [{"acme__llm__prompt": TEXT, "acme__llm__reply": "At two."},
     {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m", "acme__request": '{"q": "x"}'},
     {"model__tokens": 3, "model__input": TEXT}],
)  # fmt: skip
def test_content_under_unknown_names_is_named(tmp_path: Path, attributes: dict[str, Any]) -> None:
    why = reasons(tmp_path, request(span(**attributes)))
    assert why["input_text"] == "unread_content"
    assert "text_free" not in why.values()
    (names,) = parse([tmp_path / "d.jsonl"]).spans["unread"]
    assert {name.replace(".", "__") for name in json.loads(names)} <= set(attributes)


@pytest.mark.parametrize(
    "attributes",
    [{"gen_ai__operation__name": "chat", "gen_ai__request__model": "my model"},
     {"http__request__body": TEXT}, {"prompt__name": "greet a guest"}, {"llm__prompt__id": "a b"},
     {"gen_ai__prompt__version": "3 of May"}, {"messaging__message__body": TEXT}],
)  # fmt: skip
def test_settings_and_other_traffic_are_no_content(tmp_path: Path, attributes: dict[str, Any]) -> None:
    assert "unread_content" not in reasons(tmp_path, request(span(**attributes))).values()


def test_log_records_of_a_span_that_nobody_reads_are_named_and_stay_unmatched(tmp_path: Path) -> None:
    chat = span(gen_ai__operation__name="chat", gen_ai__request__model="m")
    why = reasons(tmp_path, request(chat), logged({"prompt": TEXT}))
    assert why["input_text"] == "unread_logs"
    parsed = parse([tmp_path / "d.jsonl"])
    assert json.loads(parsed.spans["unread"].iloc[0]) == ["log agent.talk: prompt"]
    assert parsed.ingested["logs_unmatched"].iloc[0] == 1


@pytest.mark.parametrize(
    "record", [log("app", "request took 3 ms"), log("app", {"status": "done with it"}), log("", None)]
)
def test_lines_of_an_application_are_no_content(record: RawLog) -> None:
    assert in_log(record) is None
