import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Consent
from behavior_pipeline.tables.traces import INGESTED, QUARANTINE, SPANS
from behavior_pipeline_tests.spans.world import FIXTURES, Parsed, dump, parse, request, span

BAD = FIXTURES / "bad"
TERMS = ["stored", "duplicated", "not_consented", "logs_attached", "logs_unmatched", "quarantined"]


def assert_accounted(parsed: Parsed) -> None:
    ingested = INGESTED.validate(parsed.ingested)
    assert (ingested["present"] == ingested[TERMS].sum(axis=1)).all()
    assert ingested["stored"].sum() == len(SPANS.validate(parsed.spans))
    assert ingested["quarantined"].sum() == len(QUARANTINE.validate(parsed.quarantine))


def expectations() -> dict[str, list[dict[str, str]]]:
    expected: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (BAD / "expected.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            expected[row["file"]].append(row)
    return expected


@pytest.mark.parametrize("name", sorted(path.name for path in BAD.iterdir() if path.suffix != ".csv"))
def test_malformed_dump_meets_its_expectation(name: str) -> None:
    parsed = parse([BAD / name])
    assert_accounted(parsed)
    stored = set(parsed.spans["span_id"])
    quarantined = set(parsed.quarantine["line"])
    for row in expectations()[name]:
        if row["expect"] == "survive":
            assert row["span_id"] in stored, row["why"]
        if row["expect"] == "quarantine":
            assert row["span_id"] not in stored or not row["span_id"], row["why"]
            assert int(row["line"]) in quarantined, row["why"]
        if row["expect"] == "either" and row["span_id"]:
            assert row["span_id"] in stored or int(row["line"]) in quarantined, row["why"]


def test_tokens_that_are_no_count_are_missing_and_never_zero() -> None:
    rows = parse([BAD / "wrong_types.jsonl"]).spans.set_index("span_id")["input_tokens"]
    assert rows["f8ff1918d10eb718"] is None or rows.isna()["f8ff1918d10eb718"]
    assert rows.isna()["dc1f2b4b0a20fca7"]
    assert rows["c6d5b014a7470b3b"] == 42


SPANS_STRATEGY = st.builds(
    span,
    trace=st.integers(1, 3),
    number=st.integers(1, 4),
    parent=st.none() | st.integers(1, 4),
    note=st.text(max_size=20),
)
LINES = st.lists(
    st.one_of(
        st.lists(SPANS_STRATEGY, max_size=3).map(lambda spans: request(*spans)),
        st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")),
        st.sampled_from(
            [
                b"",
                b"{}",
                b"[]",
                b"null",
                b'{"resourceSpans": 3}',
                b'{"resourceSpans": [1, {"scopeSpans": "x"}]}',
            ]
        ),
    ),
    max_size=6,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(LINES, min_size=1, max_size=2))
def test_every_record_of_any_dump_is_accounted_for(tmp_path: Path, files: list[list[bytes]]) -> None:
    assert_accounted(parse([dump(tmp_path / f"{n}.jsonl", *lines) for n, lines in enumerate(files)]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 5000), flip=st.integers(0, 5000), value=st.integers(0, 255))
def test_a_mutated_dump_never_crashes_the_reader(tmp_path: Path, cut: int, flip: int, value: int) -> None:
    whole = bytearray(
        dump(tmp_path / "a.jsonl.gz", *(request(span(number=n)) for n in range(1, 40))).read_bytes()
    )
    whole[flip % len(whole)] = value
    mutated = tmp_path / "b.jsonl.gz"
    mutated.write_bytes(bytes(whole[: max(1, len(whole) - cut % len(whole))]))
    assert_accounted(parse([mutated]))


def test_exact_duplicates_are_counted_and_conflicting_ones_quarantined(tmp_path: Path) -> None:
    first, same, other = span(note="a"), span(note="a"), span(note="b")
    parsed = parse([dump(tmp_path / "a.jsonl", request(first), request(same), request(other))])
    assert parsed.ingested[TERMS].iloc[0].tolist() == [1, 1, 0, 0, 0, 1]
    assert parsed.quarantine["reason"].tolist() == [Reason.CONFLICTING_DUPLICATE]
    assert json.loads(parsed.spans["attributes"][0]) == {"note": "a"}


def test_a_gzip_of_several_members_is_read_to_its_end(tmp_path: Path) -> None:
    one = dump(tmp_path / "one.gz", request(span(number=1)), b"")
    two = dump(tmp_path / "two.gz", request(span(number=2)))
    both = tmp_path / "both.jsonl.gz"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    assert len(parse([both]).spans) == 2


def test_a_trace_without_consent_is_counted_by_slice_and_not_stored(tmp_path: Path) -> None:
    lines = [
        request(span(trace=1, number=1, app__consent=True), span(trace=1, number=2, parent=1)),
        request(
            span(trace=2, number=3, app__consent=False, customer__segment="smb"),
            span(trace=2, number=4, parent=3),
        ),
        request(span(trace=3, number=5)),
    ]
    parsed = parse([dump(tmp_path / "a.jsonl", *lines)], consent=Consent(attribute="app.consent"))
    assert_accounted(parsed)
    assert set(parsed.spans["trace_id"]) == {f"{1:032x}"}
    counts = {(r.slice_key, r.slice_value): (r.traces, r.spans) for r in parsed.not_consented.itertuples()}
    assert counts == {("all", "all"): (2, 3), ("customer.segment", "smb"): (1, 2)}


def test_a_scrubbed_user_is_no_user(tmp_path: Path) -> None:
    words = "[Scrubbed due to 'auth']"  # what Logfire makes of auth0|5f7c, and of every other such id
    parsed = parse([dump(tmp_path / "a.jsonl", request(span(user__id=words)))])
    assert parsed.spans["user_key"].isna().all()


def test_a_raw_user_id_is_nowhere_in_the_stored_row(tmp_path: Path) -> None:
    parsed = parse(
        [dump(tmp_path / "a.jsonl", request(span(user__id="canary-user", enduser__id="canary-user")))]
    )
    assert "canary-user" not in parsed.spans.to_json()
    assert len(parsed.spans["user_key"][0]) == 24


@pytest.mark.parametrize(
    ("state", "weight"), [("", 1.0), ("ot=th:8", 2.0), ("x=1,ot=th:c;rv:1", 4.0), ("ot=p:3", 8.0)]
)
def test_the_tracers_own_sampling_becomes_a_weight(tmp_path: Path, state: str, weight: float) -> None:
    parsed = parse([dump(tmp_path / "a.jsonl", request(span() | {"traceState": state}))])
    assert parsed.spans["sampling_weight"].tolist() == [weight]


@pytest.mark.parametrize("state", ["ot=p:63", "ot=th:zz"])
def test_an_upstream_probability_of_zero_is_refused(tmp_path: Path, state: str) -> None:
    parsed = parse([dump(tmp_path / "a.jsonl", request(span() | {"traceState": state}))])
    assert parsed.quarantine["reason"].tolist() == [Reason.BAD_SAMPLING]


def test_messages_that_came_as_a_log_record_are_attached_to_their_span(tmp_path: Path) -> None:
    messages = [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]
    log = {
        "traceId": f"{1:032X}", "spanId": f"{1:016x}",
        "eventName": "gen_ai.client.inference.operation.details",
        "attributes": [{"key": "gen_ai.input.messages", "value": {"stringValue": json.dumps(messages)}}],
    }  # fmt: skip
    stray = {**log, "spanId": f"{9:016x}"}
    logs = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log, stray]}]}]}).encode()
    path = dump(tmp_path / "a.jsonl", logs, request(span(gen_ai__operation__name="chat")))
    parsed = parse([path])
    assert_accounted(parsed)
    assert parsed.ingested[["logs_attached", "logs_unmatched"]].iloc[0].tolist() == [1, 1]
    assert "hello" in parsed.spans["input_messages"][0]


def test_a_line_over_the_limit_is_quarantined_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = dump(tmp_path / "a.jsonl", request(span(note="x" * 200_000)), request(span(number=2)))
    parsed = parse([path], max_line_bytes=1 << 16)
    assert parsed.quarantine["reason"].tolist() == [Reason.LINE_TOO_LONG]
    assert parsed.spans["line"].tolist() == [2]


def test_quarantine_holds_no_text(tmp_path: Path) -> None:
    parsed = parse([dump(tmp_path / "a.jsonl", b'{"secret-canary": ', b'"secret-canary"')])
    assert len(parsed.quarantine) == 2
    assert "canary" not in parsed.quarantine.to_json()
