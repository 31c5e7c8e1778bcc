import gzip
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from behavior_pipeline.demo.story import BROKEN_PROMPT
from behavior_pipeline.demo.world import write_world

START = date(2026, 1, 5)
SHAPE = {"start": START, "weeks": 1, "conversations_per_day": 150, "seed": 5}
HIDDEN = ("claim", "manner", "invented", "twisted", "truth", "expected_label", "kind_of", "refusal_kind")
Spans = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_world(tmp_path_factory.mktemp("world"), **SHAPE)


@pytest.fixture(scope="module")
def spans(dumps: list[Path]) -> Spans:
    by_trace: Spans = defaultdict(list)
    for path in dumps:
        for line in gzip.decompress(path.read_bytes()).split(b"\n"):
            for scope in orjson.loads(line)["resourceSpans"][0]["scopeSpans"] if line else ():
                for span in scope["spans"]:
                    by_trace[span["traceId"]].append(span | {"file": path.name})
    return by_trace


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {entry["key"]: next(iter(entry["value"].values())) for entry in span["attributes"]}


def test_there_is_one_file_a_day(dumps: list[Path]) -> None:
    assert [path.name for path in dumps] == [f"2026-01-{day:02d}.otlp.jsonl.gz" for day in range(5, 12)]


def test_workers_make_no_difference_to_the_bytes(dumps: list[Path], tmp_path: Path) -> None:
    again = write_world(tmp_path, **SHAPE, workers=2)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in dumps]


def test_spans_have_the_form_of_the_file_exporter(spans: Spans) -> None:
    for span in (span for trace in spans.values() for span in trace):
        assert len(bytes.fromhex(span["traceId"])) == 16
        assert len(bytes.fromhex(span["spanId"])) == 8
        assert isinstance(span["kind"], int)
        assert 0 < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        for entry in span["attributes"]:
            ((form, value),) = entry["value"].items()
            assert form != "intValue" or isinstance(value, str)


def test_children_come_before_their_root_and_every_parent_exists(spans: Spans) -> None:
    for trace in spans.values():
        roots = [place for place, span in enumerate(trace) if "parentSpanId" not in span]
        late = [span for span in trace if span["file"] > trace[roots[0]]["file"]] if roots else []
        assert not roots or roots[0] >= len(trace) - len(roots) - len(late)
        ids = {span["spanId"] for span in trace}
        assert not roots or all(span.get("parentSpanId", next(iter(ids))) in ids for span in trace)


def test_a_trace_has_about_five_spans_of_all_operations(spans: Spans) -> None:
    operations = Counter(
        attributes(span)["gen_ai.operation.name"] for trace in spans.values() for span in trace
    )
    assert set(operations) == {"invoke_agent", "chat", "retrieval", "embeddings", "execute_tool"}
    assert 4.5 < operations.total() / len(spans) < 6


def test_roots_carry_slices_versions_and_ids(spans: Spans) -> None:
    for trace in spans.values():
        root = next((attributes(span) for span in trace if "parentSpanId" not in span), None)
        if root is not None:
            assert {
                "gen_ai.conversation.id", "session.id", "user.id", "gen_ai.prompt.version",
                "customer.segment",
                "query.category", "user.language", "gen_ai.request.model", "gen_ai.response.model",
            } <= set(root)  # fmt: skip
            assert root["gen_ai.prompt.version"] != BROKEN_PROMPT


def test_errors_streams_feedback_and_duplicates_occur(spans: Spans) -> None:
    every = [span for trace in spans.values() for span in trace]
    chats = [attributes(span) for span in every if span["name"].startswith("chat")]
    assert any(span["status"].get("code") == 2 for span in every)
    assert any("gen_ai.usage.input_tokens" not in chat and "error.type" not in chat for chat in chats)
    assert any(attributes(span).get("user.feedback") == "negative" for span in every)
    assert max(Counter((span["traceId"], span["spanId"]) for span in every).values()) == 2


def test_nothing_of_the_truth_is_in_the_dumps(spans: Spans) -> None:
    keys = {entry["key"] for trace in spans.values() for span in trace for entry in span["attributes"]}
    assert not [key for key in keys if any(word in key for word in HIDDEN)]
    assert all(
        key.startswith(("gen_ai.", "session.", "user.", "customer.", "query.", "error.")) for key in keys
    )
