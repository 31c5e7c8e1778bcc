"""Counts that writers of traces give inside or beside each other, and under names of their own."""

import pytest

from behavior_pipeline_tests.public_cases.cases import case, trace_in

COUNTS = ("input_tokens", "cached_tokens", "cache_written_tokens", "output_tokens", "reasoning_tokens")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("c04", (130213, 128955, 1253, 50, None)),  # an older name; the input includes the caches
        ("c06", (39019, 39000, 0, 30, None)),  # more cached than input: beside it
        ("p05", (100, None, None, 320, 300)),  # thoughts beside the answer, as the total says
        ("p07", (2255, 512, 1733, 5, None)),
        ("p08", (1500, 1024, 0, 400, 256)),  # detail names of version 6 of an SDK
        ("p20", (17903, 17817, None, 40, None)),
        ("p24", (100, None, None, 320, 300)),
    ],
)
def test_counts_are_those_that_were_billed(name: str, wanted: tuple[int | None, ...]) -> None:
    row = trace_in(case(name))
    assert tuple(row[count] for count in COUNTS) == wanted
