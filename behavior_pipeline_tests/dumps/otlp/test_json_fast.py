"""The fast way of decoding gives what the patient one gives, or leaves the line to it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.json.lines import decode
from behavior_pipeline.dumps.otlp.json import requests_of
from behavior_pipeline.dumps.otlp.json_fast import typed_spans
from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline_tests.spans.world import FIXTURES, request, span

PLACE = Place(3, 70)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.sampled_from(["", "1", "-5", "\u0663", "1e3", "NaN", "0", "9" * 20]),
)  # fmt: skip
INTEGERS = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | INTEGERS
DIGITS = INTEGERS.map(str) | st.sampled_from(["007", "+1", " 1", "1_0", "\u0663", "x", "-0"])
TIMES = st.integers(0, 2**63 - 1) | st.integers(0, 2**64).map(str) | st.none()


def one(**kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(*(st.fixed_dictionaries({kind: values}) for kind, values in kinds.items()))


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    entries = st.lists(st.fixed_dictionaries({"key": st.text(max_size=5), "value": inner}), max_size=3)
    lists = st.lists(inner, max_size=3)
    return one(arrayValue=members(lists) | st.none(), kvlistValue=members(entries) | st.none())


def members(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={"values": values | st.none()})


PLAIN = one(
    stringValue=st.text(max_size=8), intValue=INTEGERS | DIGITS, doubleValue=NUMBERS | st.just("NaN"),
    boolValue=st.booleans(), bytesValue=st.text(max_size=4),
)  # fmt: skip
TWO = st.builds(lambda first, second: first | second, PLAIN, PLAIN)
VALUES = st.recursive(PLAIN | TWO | st.none() | st.just({}), nested, max_leaves=6)
ODD = one(stringValue=SCALARS, intValue=SCALARS, arrayValue=SCALARS, odd=SCALARS) | SCALARS
ATTRIBUTES = st.lists(
    st.fixed_dictionaries({"key": st.text(max_size=5)}, optional={"value": VALUES}), max_size=4
)
ODD_ATTRIBUTES = (
    st.lists(st.fixed_dictionaries({"key": SCALARS, "value": ODD | VALUES}), max_size=2) | SCALARS
)
EVENTS = st.lists(
    st.fixed_dictionaries({}, optional={"name": st.text(max_size=4) | st.none(), "attributes": ATTRIBUTES}),
    max_size=2,
)
FITTING = {
    "endTimeUnixNano": TIMES, "parentSpanId": st.sampled_from(["b" * 16, "B" * 16, "0" * 16, "", None, "zz"]),
    "name": st.text(max_size=4) | st.none(), "traceState": st.sampled_from(["", "ot=th:8", None]),
    "attributes": ATTRIBUTES | st.none(), "kind": SCALARS, "events": EVENTS | st.none(),
    "status": st.none() | st.fixed_dictionaries(
        {}, optional={"code": st.integers(0, 3) | st.just("STATUS_CODE_OK"), "message": st.text(max_size=3)}
    ),
}  # fmt: skip
SPANS = st.fixed_dictionaries(
    {
        "traceId": st.sampled_from(["a" * 32, "A" * 32]), "spanId": st.sampled_from(["b" * 16, "1B" * 8]),
        "startTimeUnixNano": st.integers(0, 2**63 - 1) | st.integers(0, 2**63 - 1).map(str),
    },
    optional=FITTING,
)  # fmt: skip
IDS = st.sampled_from(["0" * 32, "0" * 16, "", "zz", "a" * 31])
ODD_FIELDS = {
    **dict.fromkeys(("startTimeUnixNano", "endTimeUnixNano", "name", "status", "events"), SCALARS),
    **dict.fromkeys(("traceId", "spanId"), IDS | SCALARS),
    "attributes": ODD_ATTRIBUTES,
}  # fmt: skip
ODD_SPANS = (
    st.builds(lambda sound, odd: sound | odd, SPANS, st.fixed_dictionaries({}, optional=ODD_FIELDS)) | SCALARS
)
RESOURCES = st.none() | st.fixed_dictionaries({}, optional={"attributes": ATTRIBUTES})
SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "spans": st.lists(SPANS, max_size=3),
        "scope": st.sampled_from([None, {}, {"name": "s"}, {"name": None}]),
    },
)
GROUPS = st.fixed_dictionaries(
    {"scopeSpans": st.lists(SCOPES, max_size=2)}, optional={"resource": RESOURCES, "schemaUrl": SCALARS}
)
ODD_GROUPS = st.fixed_dictionaries(
    {},
    optional={
        "resource": SCALARS, "scopeSpans": st.lists(SCALARS, max_size=2) | SCALARS,
        "instrumentationLibrarySpans": st.lists(SCOPES, max_size=1),
    },
)  # fmt: skip
FIT = st.fixed_dictionaries({"resourceSpans": st.lists(GROUPS, max_size=2)}, optional={"more": SCALARS})
ODD_SCOPES = st.fixed_dictionaries({"spans": st.lists(SPANS | ODD_SPANS, max_size=3)})
ODD_REQUESTS = st.one_of(
    st.fixed_dictionaries({"resourceSpans": st.lists(GROUPS | ODD_GROUPS, max_size=2) | SCALARS}),
    st.fixed_dictionaries({"resourceSpans": st.lists(GROUPS, max_size=1), "resourceLogs": SCALARS}),
    ODD_SCOPES.map(lambda scope: {"resourceSpans": [{"scopeSpans": [scope]}]}),
)


def assert_same(content: bytes) -> bool:
    fast = typed_spans(content, PLACE)
    if fast is not None:
        assert fast == list(requests_of(decode(content), PLACE, content))
    return fast is not None


@settings(max_examples=250, deadline=None)
@given(document=FIT)
def test_what_fits_is_read_alike_both_ways(document: dict[str, Any]) -> None:
    assert_same(json.dumps(document).encode())


@settings(max_examples=250, deadline=None)
@given(document=ODD_REQUESTS)
def test_what_is_odd_is_read_alike_or_left_to_the_patient_way(document: dict[str, Any]) -> None:
    assert_same(json.dumps(document).encode())


def test_ordinary_lines_take_the_fast_way() -> None:
    ordinary = span(note="x", tokens=3, parts=[1, 2], fine=True) | {"status": {"code": 2, "message": "m"}}
    assert assert_same(request(ordinary, span(number=2, parent=1)))


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
