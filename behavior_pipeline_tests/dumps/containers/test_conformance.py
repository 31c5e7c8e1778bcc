"""What every container keeps to, whichever are discovered: a new file is held to it without an edit here."""

import io
import string
import time
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.container import HEAD_BYTES, Container, containers
from behavior_pipeline.dumps.records import RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.dumps.mutations import mutate, samples

LIMIT = 1 << 20
SECONDS = 20  # for a few kilobytes: far more than any takes, and far less than a hang
NAMES = sorted(containers())
seeds = st.integers(0, 2**32 - 1)


@cache
def dumps() -> dict[str, bytes]:
    return {name: raw for name, raw in samples().items() if len(raw) < LIMIT}


def records(container: Container, raw: bytes, limit: int = LIMIT) -> Iterator[Record]:
    yield from container.read(io.BufferedReader(io.BytesIO(raw)), limit)  # type: ignore[arg-type]


def assert_sound(container: Container, raw: bytes, limit: int = LIMIT) -> None:
    assert isinstance(container.recognises(raw[:HEAD_BYTES]), bool)
    began, places = time.monotonic(), set()
    for record in records(container, raw, limit):
        assert isinstance(record, RawSpan | RawLog | Unreadable)
        if isinstance(record, RawSpan):
            assert set(record.trace_id + record.span_id) <= set(string.hexdigits.lower())
            assert (len(record.trace_id), len(record.span_id)) == (32, 16)
            assert 0 <= record.start_ns < 2**63
            assert 0 <= record.end_ns < 2**63
        if isinstance(record, Unreadable):
            assert isinstance(record.reason, Reason)
            assert record.reason.hint
        assert tuple(record.place) not in places
        places.add(tuple(record.place))
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("name", NAMES)
class TestEveryContainer:
    """A container's `read` never raises for what the bytes hold, and yields records with reasons."""

    @settings(max_examples=60, deadline=None)
    @given(raw=st.binary(max_size=400))
    @example(raw=b"")
    @example(raw=b"\n")
    @example(raw=b"\x0a")
    @example(raw=b"\x0a\x00" * 50)
    @example(raw=b"\x00" * 300)
    @example(raw=b"\xef\xbb\xbf")
    @example(raw=b"{\n" * 200)
    @example(raw=b"[\n" * 200)
    @example(raw=b'{"' * 200)
    @example(raw=b"{}\n[]\n{\n}\n")
    def test_takes_any_bytes(self, name: str, raw: bytes) -> None:
        assert_sound(containers()[name], raw)

    @settings(max_examples=40, deadline=None)
    @given(seed=seeds)
    def test_takes_any_damaged_dump(self, name: str, seed: int) -> None:
        random = Random(seed)  # noqa: S311 - repeatable
        raw = mutate(dumps()[random.choice(sorted(dumps()))], random, list(dumps().values()))
        assert_sound(containers()[name], raw)

    @settings(max_examples=30, deadline=None)
    @given(seed=seeds, limit=st.integers(16, 3000))
    def test_keeps_to_a_small_limit(self, name: str, seed: int, limit: int) -> None:
        raw = dumps()[Random(seed).choice(sorted(dumps()))]  # noqa: S311 - repeatable
        assert_sound(containers()[name], raw, limit)

    def test_reads_the_same_twice(self, name: str) -> None:
        for raw in dumps().values():
            assert list(records(containers()[name], raw)) == list(records(containers()[name], raw))


def test_no_dump_is_claimed_by_two_of_the_same_precedence() -> None:
    for name, raw in dumps().items():
        claims = [one.precedence for one in containers().values() if one.recognises(raw[:HEAD_BYTES])]
        assert claims.count(max(claims)) == 1, name


def test_every_file_is_somebodys() -> None:
    last = list(containers().values())[-1]
    assert last.recognises(b"")
    assert last.recognises(b"\x00 anything")
