"""Samples that real exporters wrote hold the same as the JSON lines that were written beside them."""

from typing import Any

import pytest

from behavior_pipeline.dumps.container import framing_of, read_records
from behavior_pipeline.dumps.records import RawLog, RawSpan, Unreadable
from behavior_pipeline_tests.spans.world import FIXTURES, parse

SAMPLES = FIXTURES / "containers"
LIMIT = 1 << 26


def rows(name: str) -> list[dict[Any, Any]]:
    parsed = parse([SAMPLES / name])
    assert parsed.quarantine.empty
    frame = parsed.spans.drop(columns=["file", "line"]).astype(object).where(parsed.spans.notna(), None)
    return sorted(frame.to_dict("records"), key=lambda row: (row["trace_id"], row["span_id"]))


@pytest.mark.parametrize(
    ("packed", "lines", "container", "compression"),
    [
        ("tl_openai_on.pb", "tl_openai_on.jsonl.gz", "otlp_protobuf_frames", ()),
        ("oi_openai_on.jsonl.zst", "oi_openai_on.jsonl.gz", "otlp_json_lines", ("zstd",)),
    ],
)
def test_another_container_holds_the_same(
    packed: str, lines: str, container: str, compression: tuple[str, ...]
) -> None:
    framed = framing_of(SAMPLES / packed)
    assert framed is not None
    assert (framed.container, framed.compression) == (container, compression)
    assert rows(packed) == rows(lines)
    assert len(rows(lines)) == 58


def test_the_console_exporters_output_is_read() -> None:
    """Printed by the Python SDK 1.45.2: a log record, a failed child span and its parent, with a NaN."""
    log, child, parent = read_records(SAMPLES / "console.txt", LIMIT)
    assert isinstance(log, RawLog)
    assert (log.name, log.body) == ("gen_ai.client.inference.operation.details", {"k": [1, {"z": None}]})
    assert log.attributes == {"gen_ai.x": "y"}
    assert isinstance(child, RawSpan)
    assert isinstance(parent, RawSpan)
    assert log.span_id == parent.span_id == child.parent_span_id
    assert (child.status, child.status_message) == ("error", "ValueError: x")
    assert child.events[0][1]["exception.type"] == "ValueError"
    assert parent.attributes == {"a": 1, "b": [1.5, 2], "c": "ü\u2028", "d": True, "e": None}
    assert parent.parent_span_id == f"{77:016x}"
    assert parent.trace_state == "ot=th:8"
    assert parent.resource["telemetry.sdk.version"] == "1.45.2"
    assert 0 < child.end_ns - child.start_ns < 10**9


def test_a_frame_that_is_cut_is_named_and_those_before_it_are_kept() -> None:
    *spans, cut = read_records(FIXTURES / "bad" / "truncated.pb", LIMIT)
    assert len(spans) == 2
    assert isinstance(cut, Unreadable)
    assert (cut.reason, cut.place.line) == ("truncated_file", 3)
