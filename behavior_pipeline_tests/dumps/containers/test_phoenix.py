"""Phoenix's exports of spans give the attributes that OpenInference wrote to OTLP for the same spans."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.products import Row, as_lines, framings, lines_of, write
from behavior_pipeline_tests.spans.world import parse

# What OpenInference writes as JSON texts and Phoenix keeps as structures.
TEXTS = ("metadata", "document.metadata", "llm.invocation_parameters")


def spans_of(path: Path) -> list[RawSpan]:
    records = list(read_records(path, 1 << 26))
    assert all(isinstance(one, RawSpan) for one in records), records
    return sorted((one for one in records if isinstance(one, RawSpan)), key=lambda span: span.span_id)


def meaning(span: RawSpan) -> dict[str, Any]:
    attributes = {
        name: json.loads(cell) if name.endswith("metadata") else cell
        for name, cell in span.attributes.items()
    }
    return {
        "ids": (span.trace_id, span.span_id, span.parent_span_id),
        "name": span.name,
        "status": span.status,
        "milliseconds": (span.start_ns // 10**6, span.end_ns // 10**6),
        "attributes": {name: rounded(cell) for name, cell in attributes.items()},
        "events": [name for name, _ in span.events],
    }


def rounded(cell: Any) -> Any:
    """Return a vector as pandas writes it to JSON at best."""
    return [round(one, 12) for one in cell] if isinstance(cell, list) and isinstance(cell[0], float) else cell


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Return flat attributes as Phoenix keeps them: lists by number, structures by their names."""
    tree: dict[str, Any] = {}
    for name, cell in flat.items():
        *path, last = name.split(".")
        node = tree
        for key in path:
            node = node.setdefault(key, {})
        node[last] = json.loads(cell) if name.endswith("metadata") else cell
    return _lists(tree)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdigit() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(inner) for key, inner in node.items()}


def dotted(node: Any, prefix: str = "") -> dict[str, Any]:
    """Return a structure as columns of the DataFrame: names joined by dots down to the first list."""
    columns: dict[str, Any] = {}
    for key, inner in node.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and name not in TEXTS:
            columns |= dotted(inner, f"{name}.")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            columns[name] = [dotted(one) for one in inner]
        else:
            columns[name] = inner
    return columns


def iso(nanos: int) -> str:
    moment = datetime.fromtimestamp(nanos // 10**9, UTC).replace(microsecond=nanos % 10**9 // 1000)
    return moment.isoformat()


def frame_rows(spans: list[RawSpan]) -> list[Row]:
    rows = []
    for span in spans:
        columns = dotted(nested(span.attributes))
        kind = columns.pop("openinference.span.kind", "UNKNOWN")
        rows.append(
            {
                "name": span.name,
                "span_kind": kind,
                "parent_id": span.parent_span_id,
                "start_time": iso(span.start_ns),
                "end_time": iso(span.end_ns),
                "status_code": span.status.upper(),
                "status_message": span.status_message or "",
                "events": [
                    {"name": name, "timestamp": iso(span.end_ns), "attributes": {"exception.type": "E"}}
                    for name, _ in span.events
                ],
                "context.span_id": span.span_id,
                "context.trace_id": span.trace_id,
                "cumulative_llm_token_count_total": 7,
                **{f"attributes.{name}": cell for name, cell in columns.items()},
            }
        )
    return rows


def rest_rows(spans: list[RawSpan]) -> list[Row]:
    return [
        {
            "id": f"U3Bhbjo{number}",
            "name": span.name,
            "context": {"trace_id": span.trace_id, "span_id": span.span_id},
            "span_kind": span.attributes.get("openinference.span.kind", "UNKNOWN"),
            "parent_id": span.parent_span_id,
            "start_time": iso(span.start_ns),
            "end_time": iso(span.end_ns),
            "status_code": span.status.upper(),
            "status_message": "",
            "attributes": nested(span.attributes) if number % 2 else dict(span.attributes),
            "events": [{"name": name, "attributes": {}} for name, _ in span.events],
        }
        for number, span in enumerate(spans)
    ]


@pytest.fixture(scope="module")
def spans(tmp_path_factory: pytest.TempPathFactory) -> list[RawSpan]:
    path = tmp_path_factory.mktemp("otlp") / "a.jsonl"
    read = spans_of(write(path, as_lines(lines_of("openinference_otlp"))))
    for span in read:
        span.attributes.setdefault("openinference.span.kind", "UNKNOWN")
    return read


@pytest.fixture(scope="module")
def wanted(spans: list[RawSpan]) -> list[dict[str, Any]]:
    return [meaning(span) for span in spans]


@pytest.mark.parametrize("style", [frame_rows, rest_rows])
@pytest.mark.parametrize("framing", list(framings([])))
def test_every_framing_of_an_export_gives_what_otlp_holds(
    tmp_path: Path, spans: list[RawSpan], wanted: Any, style: Any, framing: str
) -> None:
    path = write(tmp_path / "dump", framings(style(spans))[framing])
    assert [meaning(span) for span in spans_of(path)] == wanted


def frame(spans: list[RawSpan]) -> pd.DataFrame:
    table = pd.DataFrame(frame_rows(spans))
    for name in ("start_time", "end_time"):
        table[name] = pd.to_datetime(table[name], format="ISO8601")
    return table.set_index("context.span_id", drop=False)


def test_the_dataframe_as_parquet_gives_what_otlp_holds(
    tmp_path: Path, spans: list[RawSpan], wanted: Any
) -> None:
    table = frame(spans)
    table.rename_axis("span").to_parquet(tmp_path / "dump")
    assert [meaning(span) for span in spans_of(tmp_path / "dump")] == wanted
    table.drop(columns="context.span_id").to_parquet(tmp_path / "indexed")
    assert [meaning(span) for span in spans_of(tmp_path / "indexed")] == wanted


@pytest.mark.filterwarnings("ignore:.epoch.:DeprecationWarning")
@pytest.mark.parametrize("date_format", ["epoch", "iso"])
def test_the_dataframe_as_json_gives_what_otlp_holds(
    tmp_path: Path, spans: list[RawSpan], wanted: Any, date_format: Any
) -> None:
    text = frame(spans).to_json(orient="records", lines=True, date_format=date_format, double_precision=15)
    assert [meaning(span) for span in spans_of(write(tmp_path / "dump", text))] == wanted


def test_cells_that_hold_nothing_are_no_attributes(tmp_path: Path, spans: list[RawSpan]) -> None:
    row = frame_rows(spans[:1])[0]
    row |= {
        "attributes.llm.token_count.prompt": math.nan,
        "attributes.llm.model_name": None,
        "parent_id": math.nan,
    }
    (span,) = spans_of(write(tmp_path / "a", json.dumps(row)))
    assert span.parent_span_id is None
    assert not {"llm.token_count.prompt", "llm.model_name"} & set(span.attributes)
    table = frame(spans)
    table["attributes.llm.token_count.prompt"] = np.nan
    table["end_time"] = pd.NaT
    table.rename_axis("span").to_parquet(tmp_path / "b")
    for one in spans_of(tmp_path / "b"):
        assert "llm.token_count.prompt" not in one.attributes
        assert one.end_ns == one.start_ns


def test_each_bad_row_is_refused_with_its_number(tmp_path: Path, spans: list[RawSpan]) -> None:
    rows = frame_rows(spans[:1]) * 4
    changes = ({}, {"context.span_id": None}, {"context.trace_id": None}, {"start_time": "soon"})
    changed = [{**row, **change} for row, change in zip(rows, changes, strict=True)]
    pd.DataFrame(changed).to_parquet(tmp_path / "a")
    parsed = parse([tmp_path / "a"])
    assert parsed.quarantine["line"].tolist() == [2, 3, 4]
    assert parsed.quarantine["reason"].tolist() == [Reason.BAD_SPAN_ID, Reason.BAD_TRACE_ID, Reason.BAD_TIME]
