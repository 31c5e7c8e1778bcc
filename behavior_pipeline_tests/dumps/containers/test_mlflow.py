"""MLflow's traces give the same rows as lines, lists, pretty documents, DataFrames and older schemas."""

import base64
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.products import (
    Row,
    as_lines,
    by_question,
    framings,
    lines_of,
    stored_of,
    write,
)
from behavior_pipeline_tests.spans.world import parse


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return stored_of(write(tmp_path_factory.mktemp("mlflow") / "a", as_lines(lines_of("mlflow"))))


def hexed(value: str) -> str:
    return base64.b64decode(value).hex()


def older(trace: Row) -> Row:
    """Return a trace in the schema of MLflow 2: ids with 0x in a context, other names."""
    info, spans = trace["info"], trace["data"]["spans"]
    return {
        "info": {
            "request_id": info["trace_id"],
            "experiment_id": "1",
            "timestamp_ms": 1,
            "execution_time_ms": 2,
            "status": "OK",
            "request_metadata": info["trace_metadata"],
            "tags": info["tags"],
        },
        "data": {
            "spans": [
                {
                    "name": span["name"],
                    "context": {
                        "trace_id": "0x" + hexed(span["trace_id"]).lstrip("0"),
                        "span_id": "0x" + hexed(span["span_id"]).lstrip("0"),
                    },
                    "parent_id": span["parent_span_id"] and "0x" + hexed(span["parent_span_id"]).lstrip("0"),
                    "start_time": span["start_time_unix_nano"],
                    "end_time": span["end_time_unix_nano"],
                    "status_code": span["status"]["code"].removeprefix("STATUS_CODE_"),
                    "status_message": "",
                    "attributes": span["attributes"],
                    "events": [{**event, "timestamp": 1} for event in span["events"]],
                }
                for span in spans
            ],
            "request": "{}",
            "response": "{}",
        },
    }


def of_3_5_0(trace: Row) -> Row:
    """Return a trace as MLflow 3.5.0 wrote it: hex ids and bare status names."""
    spans = [
        {
            **span,
            "trace_id": f"tr-{hexed(span['trace_id'])}",
            "span_id": hexed(span["span_id"]),
            "parent_span_id": span["parent_span_id"] and hexed(span["parent_span_id"]),
            "status": {"code": span["status"]["code"].removeprefix("STATUS_CODE_")},
        }
        for span in trace["data"]["spans"]
    ]
    return {**trace, "data": {"spans": spans}}


def of_a_search(trace: Row) -> Row:
    """Return a row of the DataFrame of `mlflow.search_traces()`."""
    info = trace["info"]
    return {
        "trace_id": info["trace_id"],
        "trace": json.dumps(trace),
        "state": info["state"],
        "request_time": 1,
        "execution_duration": 1,
        "request": None,
        "response": None,
        "trace_metadata": info["trace_metadata"],
        "tags": info["tags"],
        "spans": trace["data"]["spans"],
        "assessments": [],
    }


@pytest.mark.parametrize("schema", [lambda trace: trace, older, of_3_5_0, of_a_search])
@pytest.mark.parametrize("framing", list(framings([])))
def test_every_schema_in_every_framing_gives_the_same_rows(
    tmp_path: Path, wanted: list[Row], schema: Any, framing: str
) -> None:
    rows = [schema(trace) for trace in lines_of("mlflow")]
    assert stored_of(write(tmp_path / "dump", framings(rows, "traces")[framing])) == wanted


@pytest.mark.parametrize("without", [["trace"], ["spans"]])
def test_the_dataframe_as_parquet_gives_the_same_rows(
    tmp_path: Path, wanted: list[Row], without: list[str]
) -> None:
    frame = pd.DataFrame([of_a_search(trace) for trace in lines_of("mlflow")]).drop(columns=without)
    frame.to_parquet(tmp_path / "dump")
    assert stored_of(tmp_path / "dump") == wanted


def test_what_a_trace_says_belongs_to_its_root(tmp_path: Path, wanted: list[Row]) -> None:
    roots = [row for row in wanted if row["parent_span_id"] is None]
    assert sorted(row["conversation_id"] for row in roots) == [f"conv-{n}" for n in range(1, 8)]
    assert len({row["user_key"] for row in roots}) == 1
    assert all(json.loads(row["attributes"])["customer.segment"] == "smb" for row in roots)
    assert all(row["user_key"] is None for row in wanted if row["parent_span_id"] is not None)
    assert all(row["input_tokens"] is None for row in roots)


def test_feedback_stands_on_the_root(tmp_path: Path) -> None:
    trace = lines_of("mlflow")[0]
    trace["info"]["assessments"] = [{"assessment_name": "helpful", "feedback": {"value": False}}]
    rows = stored_of(write(tmp_path / "a", as_lines([trace])))
    attributes = json.loads(by_question(rows, parent_span_id=None)["attributes"])
    assert attributes["mlflow.assessment.helpful"] is False


def test_a_span_by_itself_is_read_and_a_trace_without_spans_is_refused(tmp_path: Path) -> None:
    trace = lines_of("mlflow")[1]
    lone = trace["data"]["spans"][0]
    rows = [lone, {"info": trace["info"], "data": {"spans": []}}, {"info": trace["info"], "data": "{}"}]
    parsed = parse([write(tmp_path / "a", as_lines(rows))])
    assert parsed.quarantine["reason"].tolist() == [Reason.NO_SPAN, Reason.NO_SPAN]
    assert len(parsed.spans) == 1


def test_each_bad_span_of_a_trace_is_refused_and_the_others_are_stored(tmp_path: Path) -> None:
    (trace,) = [one for one in lines_of("mlflow") if len(one["data"]["spans"]) == 5]
    spans = trace["data"]["spans"]
    spans[1]["span_id"], spans[2]["start_time_unix_nano"], spans[3]["trace_id"] = (
        None,
        "soon",
        "AAAAAAAAAAAAAAAAAAAAAA==",
    )
    spans.append("no span")
    parsed = parse([write(tmp_path / "a", as_lines([trace]))])
    assert parsed.quarantine["reason"].tolist() == [
        Reason.BAD_SPAN_ID,
        Reason.BAD_TIME,
        Reason.BAD_TRACE_ID,
        Reason.NO_SPAN,
    ]
    assert parsed.quarantine["record"].tolist() == [1, 2, 3, 5]
    assert len(parsed.spans) == 2


def test_a_span_in_progress_ends_when_it_began(tmp_path: Path) -> None:
    trace = lines_of("mlflow")[0]
    trace["data"]["spans"][0]["end_time_unix_nano"] = None
    span = next(iter(read_records(write(tmp_path / "a", as_lines([trace])), 1 << 20)))
    assert isinstance(span, RawSpan)
    assert span.end_ns == span.start_ns
