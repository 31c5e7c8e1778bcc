"""Krippendorff's alpha beyond the golden cases: against another way of counting, and where it is missing."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.agreement import cohen_kappa, confusion
from behavior_pipeline.statistics.krippendorff import krippendorff_alpha

NONE = np.nan
ratings = st.lists(
    st.lists(st.one_of(st.just(NONE), st.sampled_from([1.0, 2.0, 3.0, 4.0])), min_size=6, max_size=6),
    min_size=2,
    max_size=4,
)


def by_pairs(given: np.ndarray) -> float | None:
    """Return interval alpha from explicit pairs: mean squared differences within items over those of all."""
    items = [column[~np.isnan(column)] for column in given.T]
    items = [values for values in items if len(values) > 1]
    everything = np.concatenate(items) if items else np.array([])
    apart = sum(
        2 * sum((first - second) ** 2 for first, second in combinations(values, 2)) / (len(values) - 1)
        for values in items
    )
    whole = sum(2 * (first - second) ** 2 for first, second in combinations(everything, 2))
    n = len(everything)
    return 1 - (n - 1) * apart / whole if whole else None


@given(given_ratings=ratings)
def test_interval_alpha_equals_that_of_explicit_pairs(given_ratings: list[list[float]]) -> None:
    table = np.array(given_ratings)
    expected = by_pairs(table)
    assert krippendorff_alpha(table, level="interval").value == (
        None if expected is None else pytest.approx(expected)
    )


@given(given_ratings=ratings, level=st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_order_of_annotators_and_items_does_not_matter(given_ratings: list[list[float]], level: str) -> None:
    table = np.array(given_ratings)
    first, turned = (krippendorff_alpha(ratings, level=level) for ratings in (table, table[::-1, ::-1]))
    assert first.reason is turned.reason
    assert first.value == (None if first.value is None else pytest.approx(turned.value))


@given(given_ratings=ratings)
def test_items_rated_once_change_nothing(given_ratings: list[list[float]]) -> None:
    table = np.array(given_ratings)
    assume(krippendorff_alpha(table, level="nominal").value is not None)
    lonely = np.full((len(table), 3), NONE)
    lonely[0] = 4.0
    wider = krippendorff_alpha(np.hstack([table, lonely]), level="nominal")
    assert wider == krippendorff_alpha(table, level="nominal")


def test_two_annotators_of_many_items_agree_as_by_cohen() -> None:
    random = np.random.default_rng(3)
    first = random.integers(0, 2, 5000)
    second = np.where(random.random(5000) < 0.8, first, 1 - first)
    alpha = krippendorff_alpha(np.array([first, second], dtype=float), level="nominal").value
    assert alpha == pytest.approx(cohen_kappa(confusion(first, second, [0, 1])).value, abs=0.001)


def test_ratio_of_two_zeros_is_no_difference() -> None:
    alpha = krippendorff_alpha([[0, 0, 2], [0, 0, 2]], level="ratio")
    assert (alpha.value, alpha.n) == (1.0, 3)


@pytest.mark.parametrize("table", [[], [[]], [[1, NONE], [NONE, 2]]])
def test_ratings_without_a_pair_are_missing_with_a_reason(table: list[list[float]]) -> None:
    assert krippendorff_alpha(table, level="nominal").reason is Reason.NO_LABELS


def test_one_value_everywhere_is_missing_not_perfect() -> None:
    alpha = krippendorff_alpha([[1, 1, 1], [1, 1, NONE]], level="interval")
    assert (alpha.value, alpha.reason, alpha.n) == (None, Reason.ONE_CLASS, 2)
