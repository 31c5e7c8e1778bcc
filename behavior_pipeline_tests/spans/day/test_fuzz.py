"""The reader on damaged dumps: nothing is raised, every record is accounted for, no good row is lost."""

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline_tests.dumps.mutations import Segments, mutate, samples, segmented
from behavior_pipeline_tests.spans.day.test_parse_day import assert_accounted
from behavior_pipeline_tests.spans.world import FIXTURES, parse

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MORE = settings(QUICK, max_examples=120)
LIMIT = 1 << 26
seeds = st.integers(0, 2**32 - 1)


@cache
def dumps() -> dict[str, bytes]:
    return samples()


@cache
def segments() -> dict[str, Segments]:
    return {dump.name: dump for dump in segmented()}


def spans_of(path: Path, raw: bytes) -> Counter[str]:
    path.write_bytes(raw)
    records = read_records(path, LIMIT)
    return Counter(
        repr(record)[repr(record).index("trace_id") :] for record in records if isinstance(record, RawSpan)
    )


@QUICK
@given(seed=seeds)
def test_every_record_of_a_damaged_dump_is_accounted_for(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable
    name = random.choice(sorted(dumps()))
    (tmp_path / name).write_bytes(mutate(dumps()[name], random, list(dumps().values())))
    assert_accounted(parse([tmp_path / name]))


@MORE
@given(name=st.sampled_from(sorted(segments())), seed=seeds)
def test_a_damaged_neighbour_costs_no_good_row(tmp_path: Path, name: str, seed: int) -> None:
    random, dump = Random(seed), segments()[name]  # noqa: S311 - repeatable
    number = random.randrange(len(dump.parts))
    stored = spans_of(tmp_path / "damaged", dump.damaged(number, random))
    for other, part in enumerate(dump.parts):
        if other != number:
            good = spans_of(tmp_path / "good", part)
            assert len(good) == 1
            assert not good - stored


@pytest.mark.parametrize("path", sorted((FIXTURES / "found").iterdir()), ids=lambda path: path.name)
def test_a_dump_that_once_broke_the_reader_is_read(path: Path) -> None:
    """Each was the smallest input of a bug; its name says what it did."""
    assert_accounted(parse([path]))


@pytest.mark.parametrize(
    ("name", "spans", "unreadable"),
    [
        ("frame_too_long_by_a_cut.pb", 4, 0),
        ("frame_whose_length_reaches_over_the_next.pb", 2, 1),
        ("document_with_text_at_the_margin.json", 2, 1),
        ("cut.jsonl.zst", 5, 1),
    ],
)
def test_a_good_row_that_was_once_lost_is_stored(name: str, spans: int, unreadable: int) -> None:
    parsed = parse([FIXTURES / "found" / name])
    assert (len(parsed.spans), len(parsed.quarantine)) == (spans, unreadable)
