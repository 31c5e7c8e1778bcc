"""Rates: the expected size is the share of the frame, anomalies are boosted, nothing passes 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.sampling.rates import ANOMALY, ROUTINE, solve_rates

COUNTS = st.integers(0, 20_000)
BOOSTS = st.floats(1, 3)
SHARES = st.floats(0, 1)


def rates(routine: int, anomaly: int, *, boost: float, share: float) -> dict[str, float]:
    return solve_rates(
        {ROUTINE: routine, ANOMALY: anomaly}, boosts={ROUTINE: 1.0, ANOMALY: boost}, share=share
    )


@given(routine=COUNTS, anomaly=COUNTS, boost=BOOSTS, share=SHARES)
def test_expected_size_is_the_share_of_the_frame(
    routine: int, anomaly: int, boost: float, share: float
) -> None:
    found = rates(routine, anomaly, boost=boost, share=share)
    expected = routine * found[ROUTINE] + anomaly * found[ANOMALY]
    assert expected == pytest.approx(share * (routine + anomaly), abs=1e-6)


@given(routine=COUNTS, anomaly=COUNTS, boost=BOOSTS, share=SHARES)
def test_anomaly_has_boosted_rate_unless_it_is_taken_whole(
    routine: int, anomaly: int, boost: float, share: float
) -> None:
    found = rates(routine, anomaly, boost=boost, share=share)
    assert 0 <= found[ROUTINE] <= found[ANOMALY] + 1e-12 <= 1 + 1e-9
    if found[ANOMALY] < 1:
        assert found[ANOMALY] == pytest.approx(boost * found[ROUTINE])


@given(routine=COUNTS, anomaly=COUNTS, boost=BOOSTS, shares=st.tuples(SHARES, SHARES))
def test_larger_share_lowers_no_rate(
    routine: int, anomaly: int, boost: float, shares: tuple[float, float]
) -> None:
    less, more = (rates(routine, anomaly, boost=boost, share=share) for share in sorted(shares))
    assert all(less[stratum] <= more[stratum] + 1e-9 for stratum in less)


def test_capped_stratum_gives_its_surplus_to_the_other() -> None:
    assert rates(50, 50, boost=3, share=0.8) == pytest.approx({ROUTINE: 0.6, ANOMALY: 1.0})


def test_whole_frame_is_taken_at_share_one() -> None:
    assert rates(70, 30, boost=3, share=1) == pytest.approx({ROUTINE: 1.0, ANOMALY: 1.0})


def test_empty_stratum_has_the_rate_it_would_have() -> None:
    assert rates(100, 0, boost=3, share=0.2) == pytest.approx({ROUTINE: 0.2, ANOMALY: 0.6})
