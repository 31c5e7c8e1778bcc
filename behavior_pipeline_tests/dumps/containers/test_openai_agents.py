"""The Agents SDK's export gives the same rows as lines, lists and the batches that the SDK posts."""

import json
from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawLog, RawSpan
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.products import Row, as_lines, framings, lines_of, stored_of, write
from behavior_pipeline_tests.spans.world import parse


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return stored_of(write(tmp_path_factory.mktemp("agents") / "a", as_lines(lines_of("openai_agents"))))


@pytest.mark.parametrize("framing", list(framings([])))
def test_every_framing_gives_the_same_rows(tmp_path: Path, wanted: list[Row], framing: str) -> None:
    assert stored_of(write(tmp_path / "dump", framings(lines_of("openai_agents"))[framing])) == wanted


def test_the_order_of_a_files_records_does_not_matter(tmp_path: Path, wanted: list[Row]) -> None:
    rows = lines_of("openai_agents")
    rows = [*rows[1::2], *reversed(rows[::2])]
    assert stored_of(write(tmp_path / "a", as_lines(rows))) == wanted


def test_the_record_of_a_trace_is_the_root_of_its_spans(tmp_path: Path, wanted: list[Row]) -> None:
    roots = [row for row in wanted if row["parent_span_id"] is None]
    assert sorted(row["conversation_id"] for row in roots) == [f"conv-{n}" for n in range(1, 6)]
    for root in roots:
        inside = [row for row in wanted if row["trace_id"] == root["trace_id"]]
        assert root["start_ns"] == min(row["start_ns"] for row in inside)
        assert root["end_ns"] == max(row["end_ns"] for row in inside)
        assert {row["parent_span_id"] for row in inside} <= {None, *(row["span_id"] for row in inside)}
    failed = [row for row in roots if row["status"] == "error"]
    assert sorted(row["conversation_id"] for row in failed) == [
        "conv-3",
        "conv-4",
    ]  # error 400, refused output


def test_spans_without_the_record_of_their_trace_are_read_and_it_is_kept_without_them(tmp_path: Path) -> None:
    rows = lines_of("openai_agents")
    spans = [row for row in rows if row["object"] == "trace.span"]
    stored = stored_of(write(tmp_path / "a", as_lines(spans)))
    assert len(stored) == len(spans)
    assert sum(row["parent_span_id"] is None for row in stored) == 5
    alone = list(
        read_records(write(tmp_path / "b", as_lines([row for row in rows if row not in spans])), 1 << 20)
    )
    assert len(alone) == 5
    assert all(isinstance(one, RawLog) and one.attributes["openai_agents.group_id"] for one in alone)


def test_a_second_record_of_a_trace_is_accounted_for(tmp_path: Path) -> None:
    rows = lines_of("openai_agents")
    parsed = parse([write(tmp_path / "a", as_lines([rows[0], rows[1], rows[0]]))])
    assert parsed.ingested[["present", "stored", "logs_unmatched"]].iloc[0].tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": 3}, Reason.BAD_SPAN_ID),
        ({"trace_id": None}, Reason.BAD_TRACE_ID),
        ({"started_at": None}, Reason.BAD_TIME),
        ({"ended_at": "x"}, Reason.BAD_TIME),
        ({"object": "trace.event"}, Reason.NO_SPAN),
    ],
)
def test_a_bad_record_is_refused(tmp_path: Path, change: dict[str, Any], reason: Reason) -> None:
    rows = lines_of("openai_agents")[:2]
    parsed = parse([write(tmp_path / "a", as_lines([*rows, rows[1] | change]))])
    assert parsed.quarantine[["line", "reason"]].values.tolist() == [[3, reason]]


def test_a_span_that_is_open_ends_when_it_began(tmp_path: Path) -> None:
    row = lines_of("openai_agents")[1] | {"ended_at": None}
    (span,) = read_records(write(tmp_path / "a", json.dumps(row)), 1 << 20)
    assert isinstance(span, RawSpan)
    assert span.end_ns == span.start_ns
