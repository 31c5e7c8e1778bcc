"""The first bytes of a file tell whose export it is; what no product wrote is none's."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline import plugins
from behavior_pipeline.dumps.container import HEAD_BYTES, Container
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.containers.test_langfuse import of_the_api, of_the_blob_storage
from behavior_pipeline_tests.dumps.products import TERMS, as_lines, framings, lines_of, write
from behavior_pipeline_tests.spans.world import FIXTURES, parse, request, span

PRODUCTS = (
    "jaeger",
    "langfuse",
    "langsmith",
    "mlflow",
    "openai_agents",
    "opik",
    "phoenix",
    "flat_otlp",
    "tempo",
)
ROWS = {
    "langfuse": of_the_api,
    "langfuse, blob storage": of_the_blob_storage,
    "langsmith": lambda: lines_of("langsmith"),
    "mlflow": lambda: lines_of("mlflow"),
    "openai_agents": lambda: lines_of("openai_agents"),
}
CONSOLE = json.dumps(
    {
        "name": "chat m", "context": {"trace_id": "0x" + "a" * 32, "span_id": "0x" + "b" * 16},
        "kind": "SpanKind.CLIENT", "parent_id": None, "start_time": "2026-03-02T10:00:00.000000Z",
        "end_time": "2026-03-02T10:00:01.000000Z", "status": {"status_code": "UNSET"},
        "attributes": {"openinference.span.kind": "LLM", "mlflow_like": 1}, "events": [], "links": [],
        "resource": {"attributes": {}, "schema_url": ""},
    },
    indent=4,
)  # fmt: skip


def claims(head: bytes) -> set[str]:
    plug_ins = plugins.discover("behavior_pipeline.dumps.containers", Container)
    return {name for name in PRODUCTS if plug_ins[name].recognises(head)}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("framing", [name for name in framings([]) if name != "packed"])
def test_an_export_is_claimed_by_its_product_alone(name: str, framing: str) -> None:
    raw = framings(ROWS[name]())[framing]
    assert claims(raw[:HEAD_BYTES]) == {name.partition(",")[0]}


@pytest.mark.parametrize("name", ROWS)
def test_keys_in_alphabetical_order_and_long_cells_do_not_hide_it(name: str) -> None:
    rows = json.loads(json.dumps(ROWS[name](), sort_keys=True))
    assert claims(as_lines(rows).encode()[:HEAD_BYTES]) == {name.partition(",")[0]}


@pytest.mark.parametrize(
    "head",
    [
        request(span(gen_ai__operation__name="chat", note='{"run_type": "llm", "object": "trace.span"}')),
        request(span(mlflow__spanType='"LLM"', langfuse__observation__type="generation")),
        json.dumps(json.loads(request(span())), indent=2).encode(),
        CONSOLE.encode(),
        CONSOLE.replace("openinference.span.kind", "mlflow.spanType").encode(),
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": {"mlflow.spanType": "LLM"}}]}]}]}',
        b"", b"\x00\x01", b"PAR1", b'{"', b"[]", b"{}", b"null", b"<html>",
        b'{"data": []}', b'{"traceId": "x"}',
    ],
)  # fmt: skip
def test_what_no_product_wrote_is_claimed_by_none(head: bytes) -> None:
    assert claims(head[:HEAD_BYTES]) == set()


@pytest.mark.parametrize("name", ["genai_openai_on", "genai_openai_off", "products/langfuse_otlp"])
def test_otlp_is_claimed_by_no_product(name: str) -> None:
    raw = gzip.decompress((FIXTURES / f"{name}.jsonl.gz").read_bytes())
    assert claims(raw[:HEAD_BYTES]) == set()


def accounted(path: Path) -> None:
    parsed = parse([path], max_line_bytes=1 << 16)
    ingested = parsed.ingested
    assert (ingested["present"] == ingested[TERMS].sum(axis=1)).all()
    assert ingested["stored"].sum() == len(parsed.spans)


@pytest.mark.parametrize("name", ROWS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_export_never_crashes_and_loses_nothing(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    framing = data.draw(st.sampled_from([one for one in framings([]) if one != "packed"]))
    raw = bytearray(framings(ROWS[name]()[:6])[framing])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from(b'"{}[],:\\\n0a\xff\x00'))
    accounted(write(tmp_path / "dump", bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("0" * 32),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("name", ROWS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cells_of_any_type_are_read_or_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    rows = json.loads(json.dumps(ROWS[name]()[:3]))
    for row in rows:
        for place in (row, row.get("span_data"), row.get("data"), row.get("info"), row.get("extra")):
            if isinstance(place, dict) and place:
                place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JUNK)
    accounted(write(tmp_path / "dump", as_lines(rows)))


def test_a_parquet_file_of_something_else_is_one_refused_record(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2, 3]}), tmp_path / "other.parquet")
    (reason,) = parse([tmp_path / "other.parquet"]).quarantine["reason"]
    assert reason == Reason.UNKNOWN_COLUMNS
    whole = (tmp_path / "other.parquet").read_bytes()
    (reason,) = parse([write(tmp_path / "cut.parquet", whole[: len(whole) // 2])]).quarantine["reason"]
    assert reason == Reason.UNREADABLE_FILE


def test_a_damaged_row_group_costs_only_its_rows(tmp_path: Path) -> None:
    rows = [
        {"id": f"{n:036}", "trace_id": f"{n:032x}"[-32:] or "1", "run_type": "llm", "name": "x" * 50,
         "start_time": "2026-03-02T10:00:00", "inputs": json.dumps({"input": f"{n} {'y' * 400}"})}
        for n in range(1, 31)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a", row_group_size=10, compression="gzip")
    raw = bytearray((tmp_path / "a").read_bytes())
    group = pq.ParquetFile(tmp_path / "a").metadata.row_group(1)
    start = group.column(0).data_page_offset
    raw[start : start + 200] = bytes(200)
    parsed = parse([write(tmp_path / "b", bytes(raw))])
    assert len(parsed.spans) == 20
    assert parsed.quarantine[["line", "reason"]].values.tolist() == [[11, Reason.UNREADABLE_FILE]]


def test_a_packed_parquet_file_is_read(tmp_path: Path) -> None:
    rows = [{"id": "a", "trace_id": "b", "run_type": "llm", "start_time": 1_700_000_000_000}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a")
    parsed = parse([write(tmp_path / "b", gzip.compress((tmp_path / "a").read_bytes()))])
    assert parsed.spans["start_ns"].tolist() == [1_700_000_000_000_000_000]
