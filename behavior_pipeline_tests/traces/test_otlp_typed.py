"""The fast way of decoding gives what the patient one gives, or leaves the line to it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.traces.json_lines import decode
from behavior_pipeline.traces.otlp import requests_of
from behavior_pipeline.traces.otlp_typed import typed_spans
from behavior_pipeline.traces.records import Place, RawSpan
from behavior_pipeline_tests.traces.world import FIXTURES, request, span

PLACE = Place(3, 70)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.sampled_from(["", "1", "-5", "٣", "1e3", "NaN", "0", "99999999999999999999"]),
)  # fmt: skip
KINDS = [
    "stringValue",
    "intValue",
    "doubleValue",
    "boolValue",
    "bytesValue",
    "arrayValue",
    "kvlistValue",
    "odd",
]


def any_values(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    entry = st.fixed_dictionaries({"key": st.text(max_size=5), "value": inner})
    lists = st.fixed_dictionaries({"values": st.lists(inner | entry, max_size=3)})
    return st.dictionaries(st.sampled_from(KINDS), SCALARS | lists, max_size=2) | SCALARS


VALUES = st.recursive(st.dictionaries(st.sampled_from(KINDS), SCALARS, max_size=2), any_values, max_leaves=6)
ATTRIBUTES = st.lists(
    st.fixed_dictionaries({"key": st.text(max_size=5) | SCALARS}, optional={"value": VALUES}), max_size=4
)
HEX = st.sampled_from(["a" * 32, "A" * 32, "0" * 32, "b" * 16, "0" * 16, "", "zz", "a" * 31])
EVENTS = st.lists(st.fixed_dictionaries({}, optional={"name": SCALARS, "attributes": ATTRIBUTES}), max_size=2)
SPANS = st.fixed_dictionaries(
    {"traceId": HEX | SCALARS, "spanId": HEX | SCALARS, "startTimeUnixNano": SCALARS | st.integers(0, 2**63)},
    optional={
        "endTimeUnixNano": SCALARS, "parentSpanId": HEX | SCALARS, "name": SCALARS, "traceState": SCALARS,
        "attributes": ATTRIBUTES | SCALARS, "kind": SCALARS,
        "status": st.fixed_dictionaries({}, optional={"code": SCALARS, "message": SCALARS}) | SCALARS,
        "events": EVENTS | SCALARS,
    },
)  # fmt: skip
WELL_FORMED = st.builds(
    lambda spans: {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}]},
    st.lists(SPANS, max_size=3),
)
SCOPES = st.fixed_dictionaries(
    {}, optional={"spans": st.lists(SPANS, max_size=2) | SCALARS, "scope": SCALARS}
)
GROUPS = st.fixed_dictionaries(
    {},
    optional={
        "resource": st.fixed_dictionaries({}, optional={"attributes": ATTRIBUTES}) | SCALARS,
        "scopeSpans": st.lists(SCOPES, max_size=2) | SCALARS,
        "instrumentationLibrarySpans": st.lists(SCOPES, max_size=1),
    },
)  # fmt: skip
REQUESTS = WELL_FORMED | st.fixed_dictionaries(
    {},
    optional={
        "resourceSpans": st.lists(GROUPS, max_size=2) | SCALARS,
        "resourceLogs": SCALARS,
        "more": SCALARS,
    },
)


def assert_same(content: bytes) -> bool:
    fast = typed_spans(content, PLACE)
    if fast is not None:
        assert fast == list(requests_of(decode(content), PLACE, content))
    return fast is not None


@settings(max_examples=400, deadline=None)
@given(document=REQUESTS)
def test_what_the_fast_way_accepts_is_what_the_patient_way_reads(document: dict[str, Any]) -> None:
    assert_same(json.dumps(document).encode())


def test_ordinary_lines_take_the_fast_way() -> None:
    held = span(note="x", tokens=3, parts=[1, 2], fine=True) | {"status": {"code": 2, "message": "m"}}
    assert assert_same(request(held, span(number=2, parent=1)))


def test_every_bad_line_gives_the_same_both_ways() -> None:
    lines = [line for path in (FIXTURES / "bad").glob("*.jsonl") for line in path.read_bytes().split(b"\n")]
    assert sum(assert_same(line.strip()) for line in lines if line.strip()) > 20


def test_a_line_with_logs_or_with_the_old_name_of_scopes_is_left_to_the_patient_way() -> None:
    old = json.dumps(
        {"resourceSpans": [{"scopeSpans": [], "instrumentationLibrarySpans": [{"spans": [span()]}]}]}
    )
    assert typed_spans(old.encode(), PLACE) is None
    assert [type(record) for record in requests_of(json.loads(old), PLACE, b"")] == [RawSpan]
    assert typed_spans(b'{"resourceSpans": [], "resourceLogs": []}', PLACE) is None
