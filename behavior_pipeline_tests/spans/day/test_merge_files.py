"""A day is the same however its records are spread over files, and whoever reads them."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.settings.model import Consent
from behavior_pipeline.spans.day import parse_day as module
from behavior_pipeline.spans.day.parse_day import file_readers, parse_day
from behavior_pipeline.tables.traces import SPANS
from behavior_pipeline_tests.spans.world import DAY, Parsed, dump, parse, reading, request, span

CONSENT = Consent(attribute="app.consent", absent="allow")
TERMS = ["present", "stored", "duplicated", "not_consented", "logs_attached", "logs_unmatched", "quarantined"]
DETAILS = "gen_ai.client.inference.operation.details"


def log(trace: int, number: int, text: str) -> bytes:
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}])
    record = {
        "traceId": f"{trace:032x}", "spanId": f"{number:016x}", "eventName": DETAILS, "timeUnixNano": "5",
        "attributes": [{"key": "gen_ai.input.messages", "value": {"stringValue": messages}}],
    }  # fmt: skip
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


SPAN = st.builds(
    span, trace=st.integers(1, 3), number=st.integers(1, 4), note=st.sampled_from(["a", "b"]),
    app__consent=st.sampled_from([True, False]) | st.just("yes"), gen_ai__operation__name=st.just("chat"),
)  # fmt: skip
LINE = st.builds(request, SPAN) | st.builds(log, st.integers(1, 3), st.integers(1, 5), st.text(max_size=4))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINE, max_size=12), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_lines_in_one_file_or_in_several_give_the_same_day(
    tmp_path: Path, lines: list[bytes], cuts: list[int]
) -> None:
    edges = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    several = [
        dump(tmp_path / f"{number:03}.jsonl", *lines[first:last])
        for number, (first, last) in enumerate(pairwise(edges))
    ]
    whole = parse([dump(tmp_path / "whole.jsonl", *lines)], consent=CONSENT)
    split = parse(several, consent=CONSENT)
    assert spans_of(whole) == spans_of(split)
    assert whole.ingested[TERMS].sum().tolist() == split.ingested[TERMS].sum().tolist()
    assert whole.not_consented.to_dict("records") == split.not_consented.to_dict("records")


def spans_of(parsed: Parsed) -> list[dict[str, Any]]:
    """Return the stored spans apart from where they stood; as JSON, in which NULL equals NULL."""
    columns = [name for name in SPANS.columns if name not in ("file", "line")]
    ordered = parsed.spans[columns].sort_values(["trace_id", "span_id"])
    return json.loads(ordered.to_json(orient="records"))


def test_logs_in_another_file_are_attached_to_their_span(tmp_path: Path) -> None:
    early = dump(tmp_path / "a.jsonl", log(1, 1, "hello"))
    late = dump(tmp_path / "b.jsonl", request(span(gen_ai__operation__name="chat")))
    parsed = parse([early, late])
    assert "hello" in parsed.spans["input_messages"][0]
    assert parsed.ingested["logs_attached"].tolist() == [1, 0]


def test_what_a_span_says_itself_counts_before_its_log(tmp_path: Path) -> None:
    own_messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "own"}]}])
    asking = span(gen_ai__operation__name="chat", gen_ai__input__messages=own_messages)
    parsed = parse([dump(tmp_path / "a.jsonl", request(asking), log(1, 1, "of the log"))])
    assert "own" in parsed.spans["input_messages"][0]


def test_other_processes_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORTH_A_PROCESS", 0)
    paths = [dump(tmp_path / f"{n}.jsonl", request(span(number=n)), b"broken") for n in range(1, 4)]
    files = [DumpFile(path, path.name, "test", "production", 100, "") for path in paths]
    alone = parse_day(files, DAY, reading())
    with file_readers() as readers:
        together = parse_day(files, DAY, reading(), readers=readers)
    assert as_values(together) == as_values(alone)


def as_values(parsed: Any) -> list[list[dict[str, Any]]]:
    frames = (parsed.spans.frame(), parsed.quarantine.frame(), parsed.ingested)
    return [json.loads(frame.to_json(orient="records")) for frame in frames]


def test_the_folder_of_spilled_rows_goes_with_the_last_of_them(tmp_path: Path) -> None:
    files = [DumpFile(dump(tmp_path / "a.jsonl", request(span())), "a.jsonl", "t", "production", 1, "")]
    spill = tmp_path / "spill"
    spill.mkdir()
    parsed = parse_day(files, date(2026, 3, 2), reading(), spill=spill)
    assert list(spill.iterdir())
    del parsed
    assert not list(spill.iterdir())
