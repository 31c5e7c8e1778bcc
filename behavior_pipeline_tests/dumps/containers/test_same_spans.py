"""Reading does not depend on how the same spans are split into lines, files, containers and compressions."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline_tests.dumps.containers.writing import (
    COMPRESSIONS,
    CONSOLE,
    CONTAINERS,
    Record,
    request,
)
from behavior_pipeline_tests.spans.world import parse, reading

DETAILS = "gen_ai.client.inference.operation.details"
PLACES = ["file", "line"]
MESSAGES = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Grüße \u2028 an alle"}]}])
RESOURCE = {"attributes": [{"key": "service.version", "value": {"stringValue": "1.4.2"}}]}
MICROSECOND = 1000

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scalars = st.one_of(
    st.builds(lambda text: {"stringValue": text}, texts),
    st.builds(lambda number: {"intValue": str(number)}, st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda flag: {"boolValue": flag}, st.booleans()),
    st.builds(
        lambda number: {"doubleValue": number}, st.floats(allow_nan=False, allow_infinity=False, width=32)
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda items: {"arrayValue": {"values": items}}, st.lists(inner, max_size=3)),
        st.builds(
            lambda items: {"kvlistValue": {"values": [{"key": key, "value": items[key]} for key in items]}},
            st.dictionaries(texts, inner, max_size=3),
        ),
    ),
    max_leaves=5,
)
keys = st.sampled_from(
    [
        "gen_ai.request.model",
        "gen_ai.usage.input_tokens",
        "customer.segment",
        "llm.model_name",
        "x",
        "user.id",
    ]
)


@st.composite
def records(draw: st.DrawFn) -> list[list[Record]]:
    """Draw spans with ids of their own, each with its log records; times are whole microseconds."""
    made = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        start = 1_795_437_024_000_000 + draw(st.integers(0, 10**9))
        attributes = draw(st.dictionaries(keys, values, max_size=4))
        ids = {"traceId": f"{draw(st.integers(1, 3)):032x}", "spanId": f"{number:016x}"}
        pairs = [{"key": key, "value": attributes[key]} for key in attributes]
        if draw(st.booleans()):
            pairs.append({"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}})
        span = {
            **ids,
            "name": draw(texts),
            "startTimeUnixNano": str(start * MICROSECOND),
            "endTimeUnixNano": str((start + draw(st.integers(0, 10**6))) * MICROSECOND),
            "traceState": draw(st.sampled_from(["", "ot=th:8", "x=1,ot=th:c;rv:1"])),
            "attributes": pairs,
            "status": draw(st.sampled_from([{}, {"code": 1}, {"code": 2, "message": "broken"}])),
            "events": draw(st.sampled_from([[], [exception("TimeoutError")]])),
        }
        if draw(st.booleans()):
            span["parentSpanId"] = f"{draw(st.integers(1, 9)):016x}"
        group = [span]
        if draw(st.integers(0, 3)) == 0:
            value = {"stringValue": MESSAGES}
            group.append(
                {
                    **ids, "timeUnixNano": str(start * MICROSECOND), "eventName": DETAILS,
                    "attributes": [{"key": "gen_ai.input.messages", "value": value}],
                }
            )  # fmt: skip
        made.append(group)
    return made


def exception(kind: str) -> Record:
    return {"name": "exception", "attributes": [{"key": "exception.type", "value": {"stringValue": kind}}]}


def rows(paths: Sequence[Path]) -> list[dict[Any, Any]]:
    parsed = parse(paths)
    assert parsed.quarantine.empty, parsed.quarantine.to_dict("records")
    frame = parsed.spans.drop(columns=PLACES).astype(object).where(parsed.spans.notna(), None)
    return sorted(frame.to_dict("records"), key=lambda row: (row["trace_id"], row["span_id"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), groups=records())
def test_the_same_spans_give_the_same_rows(
    tmp_path: Path, data: st.DataObject, groups: list[list[Record]]
) -> None:
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(CONTAINERS["lines"]([request([one for group in groups for one in group], RESOURCE)]))
    split: dict[int, list[Record]] = {}
    for group in groups:  # a log record lies in the file of its span
        split.setdefault(data.draw(st.integers(0, 2), label="file"), []).extend(group)
    paths = []
    for number, records in split.items():
        mixed = data.draw(st.permutations(records), label="order")
        size = data.draw(st.integers(1, len(mixed)), label="records a line")
        requests = [request(mixed[at : at + size], RESOURCE) for at in range(0, len(mixed), size)]
        container = data.draw(st.sampled_from(sorted({**CONTAINERS, **CONSOLE})), label="container")
        compression = data.draw(st.sampled_from(sorted(COMPRESSIONS)), label="compression")
        path = tmp_path / f"{number}.dump"
        path.write_bytes(COMPRESSIONS[compression]({**CONTAINERS, **CONSOLE}[container](requests)))
        paths.append(path)
    assert rows(paths) == rows([whole])


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("container", {**CONTAINERS, **CONSOLE})
def test_every_container_holds_the_same(tmp_path: Path, container: str, compression: str) -> None:
    spans = [
        {
            "traceId": f"{1:032x}", "spanId": f"{number:016x}", "name": "chat", "attributes": [],
            "startTimeUnixNano": "1795437024422996000", "endTimeUnixNano": "1795437025422996000",
        }
        for number in range(1, 30)
    ]  # fmt: skip
    requests = [request(spans[at : at + 5], RESOURCE) for at in range(0, len(spans), 5)]
    plain, packed = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(CONTAINERS["lines"](requests))
    packed.write_bytes(COMPRESSIONS[compression]({**CONTAINERS, **CONSOLE}[container](requests)))
    assert rows([packed]) == rows([plain])
    assert reading().max_line_bytes > packed.stat().st_size
