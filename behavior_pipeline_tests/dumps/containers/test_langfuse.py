"""Langfuse's exports of the spans that its SDK sent over OTLP give the rows that the OTLP dump gives."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawLog, RawSpan, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.products import (
    Row,
    as_lines,
    by_question,
    framings,
    lines_of,
    stored,
    stored_of,
    write,
)
from behavior_pipeline_tests.spans.world import parse

# What an export does not have: nanoseconds, the resource, the exception's event.
LOST = ("attributes", "start_ns", "end_ns", "error_type")
OBSERVATION = "langfuse.observation."


def spans() -> list[tuple[Row, Row]]:
    spans_with_attributes = []
    for request in lines_of("langfuse_otlp"):
        for span in request["resourceSpans"][0]["scopeSpans"][0]["spans"]:
            attributes = {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}
            spans_with_attributes.append((span, attributes))
    return spans_with_attributes


def micros(nanos: str) -> datetime:
    return datetime.fromtimestamp(int(nanos) // 10**9, UTC).replace(microsecond=int(nanos) % 10**9 // 1000)


def usage(attributes: Row) -> dict[str, int]:
    """Return the counts as the server stores them: buckets that exclude each other."""
    details = json.loads(attributes.get(f"{OBSERVATION}usage_details", "{}"))
    if not details:
        return {}
    cached = details["prompt_tokens_details"]["cached_tokens"]
    return {
        "input": details["prompt_tokens"] - cached,
        "input_cached_tokens": cached,
        "output": details["completion_tokens"],
        "total": details["total_tokens"],
    }


def of_the_api() -> list[Row]:
    return [
        {
            "id": span["spanId"],
            "traceId": span["traceId"],
            "type": attributes[f"{OBSERVATION}type"].upper(),
            "name": span["name"],
            "startTime": micros(span["startTimeUnixNano"]).isoformat().replace("+00:00", "Z"),
            "endTime": micros(span["endTimeUnixNano"]).isoformat().replace("+00:00", "Z"),
            "parentObservationId": span.get("parentSpanId"),
            "input": loaded(attributes.get(f"{OBSERVATION}input")),
            "output": loaded(attributes.get(f"{OBSERVATION}output")),
            "model": attributes.get(f"{OBSERVATION}model.name"),
            "usageDetails": usage(attributes),
            "usage": {"unit": "TOKENS", "input": 0, "output": 0, "total": 0},
            "level": "ERROR" if span["status"].get("code") else "DEFAULT",
            "statusMessage": attributes.get(f"{OBSERVATION}status_message"),
            "metadata": metadata(attributes),
            "userId": attributes["user.id"],
            "sessionId": attributes["session.id"],
        }
        for span, attributes in spans()
    ]


def loaded(text: str | None) -> Any:
    return json.loads(text) if text and text[0] in "{[" else text


def metadata(attributes: Row) -> Row:
    prefix = f"{OBSERVATION}metadata."
    of_the_span = {
        name.removeprefix(prefix): json.loads(value)
        for name, value in attributes.items()
        if name.startswith(prefix)
    }
    return {
        **of_the_span,
        "resourceAttributes": {"service.name": "shop"},
        "scope": {"name": "langfuse-sdk"},
        "attributes": {"user.id": "u-77", "app.feature": "help", f"{OBSERVATION}type": "x"},
    }


def of_the_blob_storage() -> list[Row]:
    names = {
        "traceId": "trace_id",
        "startTime": "start_time",
        "endTime": "end_time",
        "model": "provided_model_name",
        "parentObservationId": "parent_observation_id",
        "usageDetails": "usage_details",
        "userId": "user_id",
        "sessionId": "session_id",
        "statusMessage": "status_message",
    }
    rows = []
    for row in of_the_api():
        new = {names.get(name, name): value for name, value in row.items() if name != "usage"}
        for name in ("start_time", "end_time"):
            new[name] = new[name].replace("T", " ").removesuffix("Z")
        for name in ("input", "output"):
            new[name] = (
                new[name] if isinstance(new[name], str) else json.dumps(new[name]) if new[name] else ""
            )
        for name in ("parent_observation_id", "provided_model_name", "status_message"):
            new[name] = new[name] or ""
        new["metadata"] = {k: v if isinstance(v, str) else json.dumps(v) for k, v in new["metadata"].items()}
        rows.append(new)
    return rows


def as_parquet(path: Path, rows: list[Row], unit: str) -> Path:
    texts = [name for name in rows[0] if name not in ("start_time", "end_time", "usage_details", "metadata")]
    schema = pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("start_time", pa.timestamp(unit, "UTC")),
            ("end_time", pa.timestamp(unit)),
            ("usage_details", pa.map_(pa.string(), pa.uint64())),
            ("metadata", pa.map_(pa.string(), pa.string())),
        ]
    )
    nested_rows = [
        {
            **row,
            "usage_details": list(row["usage_details"].items()),
            "metadata": list(row["metadata"].items()),
            "start_time": datetime.fromisoformat(row["start_time"]),
            "end_time": datetime.fromisoformat(row["end_time"]),
        }
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(nested_rows, schema), path, row_group_size=5)
    return path


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    path = tmp_path_factory.mktemp("otlp") / "a.jsonl"
    return stored_of(write(path, as_lines(lines_of("langfuse_otlp"))), *LOST)


@pytest.mark.parametrize("style", [of_the_api, of_the_blob_storage])
@pytest.mark.parametrize("framing", list(framings([])))
def test_every_framing_of_an_export_gives_the_rows_of_otlp(
    tmp_path: Path, wanted: list[Row], style: Any, framing: str
) -> None:
    assert stored_of(write(tmp_path / "dump", framings(style())[framing]), *LOST) == wanted


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_parquet_gives_the_rows_of_otlp(tmp_path: Path, wanted: list[Row], unit: str) -> None:
    path = as_parquet(tmp_path / "whatever.bin", of_the_blob_storage(), unit)
    assert stored_of(path, *LOST) == wanted
    assert {row["start_ns"] for row in stored_of(path)} == {
        int(span["startTimeUnixNano"]) // 1000 * 1000 for span, _ in spans()
    }


def test_what_the_original_span_said_beside_langfuse_stays(tmp_path: Path) -> None:
    (row, *_) = stored_of(write(tmp_path / "a", as_lines(of_the_api())))
    attributes = json.loads(row["attributes"])
    assert (attributes["app.feature"], attributes["service.name"]) == ("help", "shop")
    assert "u-77" not in str(row)


def test_a_trace_with_its_observations_tells_them_user_and_session(tmp_path: Path, wanted: list[Row]) -> None:
    rows = [
        {name: cell for name, cell in row.items() if name not in ("userId", "sessionId")}
        for row in of_the_api()
    ]
    sessions = {row["traceId"]: row["sessionId"] for row in of_the_api()}
    traces = [
        {
            "id": trace_id,
            "timestamp": "2026-11-25T03:10:09.000Z",
            "name": "turn",
            "userId": "u-77",
            "sessionId": session,
            "tags": ["eu"],
            "metadata": {"tier": "pro"},
            "observations": [row for row in rows if row["traceId"] == trace_id],
        }
        for trace_id, session in sessions.items()
    ]
    stored = stored_of(write(tmp_path / "a", as_lines(traces)))
    assert [{k: v for k, v in row.items() if k not in LOST} for row in stored] == wanted
    assert json.loads(by_question(stored, name="search")["attributes"])["tier"] == "pro"


def test_a_trace_without_observations_is_a_log_record_and_a_score_no_span(tmp_path: Path) -> None:
    trace = {
        "id": "0f" * 16,
        "timestamp": "2026-11-25 03:10:09.5",
        "user_id": "u-77",
        "session_id": "s",
        "tags": [],
        "name": "t",
        "metadata": {},
    }
    score = {
        "id": "s1",
        "timestamp": "2026-11-25 03:10:09.5",
        "trace_id": "0f" * 16,
        "name": "helpful",
        "value": 1,
        "source": "ANNOTATION",
        "data_type": "NUMERIC",
    }
    log, refused = read_records(write(tmp_path / "a", as_lines([trace, score])), 1 << 20)
    assert isinstance(log, RawLog)
    assert (log.trace_id, log.attributes["session.id"]) == ("0f" * 16, "s")
    assert isinstance(refused, Unreadable)
    assert refused.reason is Reason.NO_SPAN


def test_every_row_is_stored_or_refused_with_its_place(tmp_path: Path) -> None:
    good = of_the_api()[0]
    bad = [
        {**good, "id": None},
        {**good, "traceId": ""},
        {**good, "startTime": "yesterday"},
        {**good, "endTime": -1},
        {**good, "type": 7},
        {**good, "startTime": None},
    ]
    path = write(tmp_path / "a", as_lines([good, *bad]))
    parsed = parse([path])
    assert len(stored(parsed)) == 1
    assert parsed.quarantine["line"].tolist() == [2, 3, 4, 5, 6, 7]
    assert parsed.quarantine["reason"].tolist() == [
        Reason.BAD_SPAN_ID,
        Reason.BAD_TRACE_ID,
        Reason.BAD_TIME,
        Reason.BAD_TIME,
        Reason.NO_SPAN,
        Reason.NO_SPAN,
    ]


def test_an_open_observation_ends_when_it_began_and_foreign_ids_still_fit(tmp_path: Path) -> None:
    row = of_the_api()[0] | {
        "id": "obs-1",
        "traceId": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "endTime": None,
        "parentObservationId": "obs-0",
        "usageDetails": {},
        "usage": {"input": 3, "output": 2},
    }
    rows = [row, {**row, "id": "obs-0", "parentObservationId": None}]
    child, parent = read_records(write(tmp_path / "a", as_lines(rows)), 1 << 20)
    assert isinstance(child, RawSpan)
    assert isinstance(parent, RawSpan)
    assert child.end_ns == child.start_ns
    assert child.parent_span_id == parent.span_id
    assert child.trace_id == "7c9e6679742540de944be07fc1f90ae7"
    assert child.attributes["langfuse.observation.usage_details"] == {"input": 3, "output": 2}


def test_an_empty_page_holds_nothing(tmp_path: Path) -> None:
    assert list(read_records(write(tmp_path / "a", '{"data": [], "meta": {"page": 9}}'), 1 << 20)) == []
