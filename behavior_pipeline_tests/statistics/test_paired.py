"""The joint posterior of two raters: weight of its prior, and coverage where labels are few."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from behavior_pipeline.statistics.paired import interval_of, paired_mcc


def test_without_labels_of_a_stratum_its_cells_are_what_the_prior_says() -> None:
    """A quarter of the traffic without a label is worth one item of prior, an eighth of it a cell."""
    human = [True] * 30 + [False] * 30
    seen = paired_mcc(human, [True] * 60, human, strata=["seen"] * 60, shares={"seen": 0.75, "unseen": 0.25})
    assert np.mean(seen.second) == pytest.approx(0.75, abs=0.05)
    assert seen.second.min() < 0.6


def test_more_strata_bring_no_more_prior() -> None:
    """Strata without a difference between them: the same labels in one, two and four."""
    random = np.random.default_rng(3)
    n = 240
    human = random.random(n) < 0.7
    first, second = (np.where(random.random(n) < 0.9, human, ~human) for _ in range(2))
    ends = []
    for count in (1, 2, 4):
        names = [str(number % count) for number in range(n)]
        both = paired_mcc(human, first, second, strata=names, shares=dict.fromkeys(set(names), 1 / count))
        ends.append(interval_of(both.first))
    assert ends[1] == pytest.approx(ends[0], abs=0.015)
    assert ends[2] == pytest.approx(ends[0], abs=0.015)


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_interval_covers_where_few_labels_stand_for_much_traffic(alike: float) -> None:
    """95 % nominal at 240 labels, half from what the first of a .5 and a .75 fails, 97 % good; 400 worlds.

    Two errors are .022. With a prior of .25 / number of strata a cell it was .86 and .87.
    """
    covered = []
    for labels in _half_first_fail((0.5, 0.75), alike, worlds=400):
        low, high = interval_of(paired_mcc(**labels, draws=2_000).difference)
        covered.append(low <= 0.25 <= high)
    assert np.mean(covered) > 0.93 - 0.022


def test_one_of_two_equals_is_named_no_more_often_than_promised() -> None:
    """SURE = .95 on either side: 10 %. Two errors of 400 worlds are .03; before it was 19 %."""
    named = [
        not 0.05 < paired_mcc(**labels, draws=2_000).probability_second_above() < 0.95
        for labels in _half_first_fail((0.65, 0.65), 0.0, worlds=400)
    ]
    assert np.mean(named) < 0.1 + 0.03


def _half_first_fail(
    agreements: tuple[float, float], alike: float, *, worlds: int
) -> Iterator[dict[str, Any]]:
    """Yield samples of 240 labels of traffic that is 97 % good, from raters that pass as many as are good."""
    random = np.random.default_rng(7)
    cells = np.zeros((2, 2, 2))
    for human, share in ((1, 0.97), (0, 0.03)):
        first, second = (1 - (1 - agreement) * (1 - share) for agreement in agreements)
        both = (1 - alike) * first * second + alike * min(first, second)
        right = np.array([[1 - first - second + both, second - both], [first - both, both]])
        cells[human] = share * (right if human else right[::-1, ::-1])
    code = np.arange(8)
    by_verdict = [np.where(code // 2 % 2 == verdict, cells.ravel(), 0) for verdict in (1, 0)]
    for _ in range(worlds):
        drawn = np.concatenate([random.choice(8, size=120, p=part / part.sum()) for part in by_verdict])
        yield {
            "human": drawn // 4 > 0, "first": drawn // 2 % 2 > 0, "second": drawn % 2 > 0,
            "strata": ["pass"] * 120 + ["fail"] * 120,
            "shares": {"pass": by_verdict[0].sum(), "fail": by_verdict[1].sum()},
        }  # fmt: skip
