"""Holm's adjustment against hand-worked cases and against the closed test that it abbreviates."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.statistics.multiplicity import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def closed_test(p_values: list[float]) -> list[float]:
    """A hypothesis is rejected when Bonferroni rejects every family that holds it (Marcus et al. 1976)."""
    places = range(len(p_values))
    families = [set(family) for size in range(1, len(p_values) + 1) for family in combinations(places, size)]
    return [
        max(
            min(1.0, len(family) * min(p_values[one] for one in family))
            for family in families
            if place in family
        )
        for place in places
    ]


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([0.01, 0.04], [0.02, 0.04]),
        ([0.04, 0.01], [0.04, 0.02]),
        ([0.02, 0.03], [0.04, 0.04]),  # never smaller than one before it
        ([0.7, 0.6], [1.0, 1.0]),
        ([0.01, 0.02, 0.03, 0.005], [0.03, 0.04, 0.04, 0.02]),
        ([0.5], [0.5]),
        ([], []),
    ],
)
def test_cases_worked_by_hand(p_values: list[float], adjusted: list[float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)


@given(P_VALUES)
def test_it_is_the_closed_test_of_bonferroni(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(closed_test(p_values))


@given(P_VALUES)
def test_order_is_kept_and_none_falls_below_its_raw_value(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(raw <= corrected <= 1 for raw, corrected in zip(p_values, adjusted, strict=True))
    by_raw = [corrected for _, corrected in sorted(zip(p_values, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


def test_it_is_the_published_step_down() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005], tests=4) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_tests_that_are_not_given_count() -> None:
    assert holm([0.01], tests=50) == pytest.approx([0.5])
