"""LangSmith's runs give the same rows as lines, pages, trees and Parquet."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.products import Row, as_lines, framings, lines_of, stored_of, write
from behavior_pipeline_tests.spans.world import parse


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return stored_of(write(tmp_path_factory.mktemp("langsmith") / "a", as_lines(lines_of("langsmith"))))


@pytest.mark.parametrize("page", ["runs", "data"])
@pytest.mark.parametrize("framing", list(framings([])))
def test_every_framing_gives_the_same_rows(
    tmp_path: Path, wanted: list[Row], framing: str, page: str
) -> None:
    assert stored_of(write(tmp_path / "dump", framings(lines_of("langsmith"), page)[framing])) == wanted


@pytest.mark.parametrize("nested", [True, False])
def test_parquet_gives_the_same_rows_with_json_texts_or_structures(
    tmp_path: Path, wanted: list[Row], nested: bool
) -> None:
    frame = pd.DataFrame(lines_of("langsmith"))
    for name in ("start_time", "end_time"):
        frame[name] = pd.to_datetime(frame[name])
    for name in ("inputs", "outputs", "extra", "events", "serialized"):
        frame[name] = frame[name].map(
            lambda cell: json.dumps(cell) if isinstance(cell, dict | list) else None
        )
    if nested:
        kept = ("thread_id", "user_id", "tier", "ls_model_name")
        metadata = [json.loads(cell)["metadata"] for cell in frame["extra"]]
        frame["extra"] = [{"metadata": {name: one.get(name) for name in kept}} for one in metadata]
    frame.to_parquet(tmp_path / "dump")
    without = ["attributes"] if nested else []
    same = [{name: cell for name, cell in row.items() if name not in without} for row in wanted]
    assert stored_of(tmp_path / "dump", *without) == same


def test_child_runs_inside_of_their_parents_are_runs(tmp_path: Path, wanted: list[Row]) -> None:
    rows = {row["id"]: row | {"child_runs": []} for row in lines_of("langsmith")}
    for row in rows.values():
        if row.get("parent_run_id"):
            rows[row["parent_run_id"]]["child_runs"].append(row)
    roots = [row for row in rows.values() if not row.get("parent_run_id")]
    assert stored_of(write(tmp_path / "a", as_lines(roots))) == wanted


def test_a_run_without_its_traces_id_finds_it_in_its_order(tmp_path: Path, wanted: list[Row]) -> None:
    rows = [{name: cell for name, cell in row.items() if name != "trace_id"} for row in lines_of("langsmith")]
    assert stored_of(write(tmp_path / "a", as_lines(rows))) == wanted


def test_times_of_javascript_are_milliseconds(tmp_path: Path) -> None:
    row = lines_of("langsmith")[0] | {"start_time": 1795576244671, "end_time": None}
    (span,) = read_records(write(tmp_path / "a", as_lines([row])), 1 << 20)
    assert isinstance(span, RawSpan)
    assert (span.start_ns, span.end_ns) == (1795576244671 * 10**6, 1795576244671 * 10**6)
    exact = datetime.fromisoformat(lines_of("langsmith")[0]["start_time"])
    assert span.start_ns // 10**9 == int(exact.timestamp())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, Reason.BAD_SPAN_ID),
        ({"start_time": None}, Reason.BAD_TIME),
        ({"end_time": "never"}, Reason.BAD_TIME),
        ({"trace_id": 5, "dotted_order": None}, Reason.BAD_TRACE_ID),
    ],
)
def test_a_bad_run_is_refused(tmp_path: Path, change: dict[str, Any], reason: Reason) -> None:
    row = lines_of("langsmith")[1]
    parsed = parse([write(tmp_path / "a", as_lines([row, row | change]))])
    assert parsed.quarantine[["line", "reason"]].values.tolist() == [[2, reason]]
