from math import log

import numpy as np
import pytest
from scipy.special import logsumexp, ndtri
from scipy.stats import binom

from behavior_pipeline.statistics.onset import (
    AFTER,
    LASTS,
    NODES,
    PART_WEIGHTS,
    PARTS,
    of_shares,
    of_values,
    onset,
    shortest,
)

BASELINE, BELOW = (0.94, 0.004), (0.5, 0.93)


def test_posterior_is_the_sum_over_levels_parts_and_ends() -> None:
    """The mean of the likelihood over everything unknown, written as loops and with scipy's binomial."""
    passed, size = np.array([9, 10, 6, 7, 10]), np.array([10, 10, 10, 10, 10])
    days, normal = len(passed), (np.arange(NODES) + 0.5) / NODES

    def likelihood(level: list[float]) -> float:
        return float(binom.logpmf(passed, size, level).sum())

    evidence = []
    for first in range(days):
        ends = range(first, days)
        terms = []
        for end in ends:
            last = end == days - 1
            prior = (LASTS if len(ends) > 1 else 1.0) if last else (1 - LASTS) / (len(ends) - 1)
            for before in BASELINE[0] + BASELINE[1] * ndtri(normal):
                for after in np.linspace(*BELOW, AFTER):
                    for part, weight in zip(PARTS, PART_WEIGHTS, strict=True):
                        on = [part * after + (1 - part) * before, *[after] * (end - first)]
                        level = [*[before] * first, *on, *[before] * (days - 1 - end)]
                        terms.append(log(prior * weight) + likelihood(level))
        evidence.append(logsumexp(terms))
    expected = np.exp(evidence - logsumexp(evidence))
    result = onset(of_shares(passed / size, size.astype(float)), baseline=BASELINE, levels=BELOW, days=days)
    assert result is not None
    assert result.day == expected.argmax() == 2
    assert result.probability == pytest.approx(expected[result.low : result.high + 1].sum())


@pytest.mark.parametrize(
    ("means", "first"),
    [([0.94] * 8 + [0.8] * 6, 8), ([0.94] * 5 + [0.8] * 5 + [0.94] * 4, 5), ([0.8] * 14, 0)],
    ids=["fall", "dip", "from the first day"],
)
def test_clear_change_is_known_to_the_day(means: list[float], first: int) -> None:
    result = onset(of_shares(np.array(means), np.full(14, 400.0)), baseline=BASELINE, levels=BELOW, days=14)
    assert result is not None
    assert (result.day, result.low, result.high) == (first, first, first)


def test_days_without_traffic_widen_the_interval() -> None:
    size = np.full(14, 400.0)
    size[5:8] = 0
    means = np.where(size > 0, [0.94] * 8 + [0.8] * 6, np.nan)
    result = onset(of_shares(means, size), baseline=BASELINE, levels=BELOW, days=14)
    assert result is not None
    assert result.low == 5
    assert result.high >= 7


def test_rise_of_values_is_known_to_the_day() -> None:
    means, variance = np.array([7.0] * 8 + [7.5, np.nan] * 3), np.full(14, 0.01)
    result = onset(of_values(means, variance), baseline=(7.0, 0.01), levels=(7.05, 9.0), days=14)
    assert result is not None
    assert (result.low, result.day, result.high) == (8, 8, 8)


def test_no_day_has_no_onset() -> None:
    none = np.array([])
    assert onset(of_shares(none, none), baseline=BASELINE, levels=BELOW, days=0) is None


def test_interval_takes_its_last_day_only_if_that_brings_it_nearer() -> None:
    assert shortest(np.array([0.02, 0.08, 0.85, 0.05]), 0.9) == (1, 2)
    assert shortest(np.array([0.0, 0.13, 0.87]), 0.9) == (2, 2)
    assert shortest(np.array([0.3, 0.7]), 0.9) == (0, 1)


def test_ninety_per_cent_interval_holds_the_day() -> None:
    """Every other change comes at midnight; the others' first day has the new level in part."""
    rng, holds, widths = np.random.default_rng(11), [], []
    for number, (step, size) in enumerate([(0.05, 400), (0.05, 100), (0.15, 40), (0.15, 12)] * 100):
        day, share = rng.integers(0, 21), 1.0 if number // 4 % 2 else rng.uniform()
        moved = (np.arange(21) > day) + (np.arange(21) == day) * share
        n = rng.poisson(size, 21).astype(float)
        mean = rng.binomial(n.astype(int), 0.93 - step * moved) / np.maximum(n, 1)
        result = onset(of_shares(mean, n), baseline=(0.93, 0.002), levels=(0.4, 0.92), days=21)
        assert result is not None
        holds.append(result.low <= day <= result.high)
        widths.append(result.high - result.low + 1)
    assert 0.86 <= np.mean(holds) <= 0.95  # 400 worlds: the error of the share is .014
    assert np.mean(widths) < 7
