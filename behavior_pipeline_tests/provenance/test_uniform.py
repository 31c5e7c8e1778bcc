"""Permanent random numbers against the golden digests, and the laws sampling rests on."""

import hashlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline_tests.golden import golden_cases

CASES = golden_cases("hash_")


@pytest.mark.parametrize("case", [case for case in CASES if case.id.startswith("hash_u")])
def test_golden_number_is_reproduced(case: dict[str, Any]) -> None:
    trace_id, salt = case["input"]["trace_id"], case["input"]["salt"]
    assert hash_u(trace_id, salt) == case["expected"]["u"]
    # The digest behind it, so that another language can check itself against the same case.
    assert (
        hashlib.blake2b(trace_id.encode(), key=salt.encode(), digest_size=8).hexdigest()
        == case["expected"]["digest_hex"]
    )


@pytest.mark.parametrize("case", [case for case in CASES if not case.id.startswith("hash_u")])
def test_golden_thresholds_are_nested(case: dict[str, Any]) -> None:
    asked, expected = case["input"], case["expected"]
    ids = [asked["trace_id_format"] % number for number in range(asked["from"], asked["to"] + 1)]
    kept = [[trace_id for trace_id in ids if hash_u(trace_id, asked["salt"]) < share] for share in asked["p"]]
    assert [len(sample) for sample in kept] == expected["kept"]
    assert kept[asked["p"].index(0.05)][:10] == expected["first_ten_at_.05"]
    assert all(set(small) <= set(large) for small, large in pairwise(kept))


@given(trace_id=st.text(), salt=st.text(max_size=16))
def test_number_is_in_the_half_open_unit_interval(trace_id: str, salt: str) -> None:
    try:
        (trace_id + salt).encode()
    except UnicodeEncodeError:  # a lone surrogate never survives the parser of a dump
        return
    assert 0 <= hash_u(trace_id, salt) < 1
