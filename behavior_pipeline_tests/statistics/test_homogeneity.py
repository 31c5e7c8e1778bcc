"""Shares of ordered categories: Pearson's test at effective sizes, beside scipy as an oracle."""

import numpy as np
import pytest
from scipy import stats

from behavior_pipeline.statistics.homogeneity import chi_square, wasserstein


def test_with_simple_samples_it_is_pearsons_test() -> None:
    counts = np.array([[30, 50, 20.0], [45, 90, 65.0]])
    expected = stats.chi2_contingency(counts, correction=False)
    sizes = counts.sum(axis=1)
    test = chi_square(counts / sizes[:, None], sizes)
    assert test.statistic == pytest.approx(expected.statistic) and test.df == expected.dof


def test_rare_categories_join_their_neighbours() -> None:
    shares = np.array([[0.01, 0.5, 0.49], [0.0, 0.5, 0.5]])
    assert chi_square(shares, np.array([100.0, 100.0])).df == 1
    assert chi_square(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([100.0, 100.0])).df == 0
    assert chi_square(np.array([[0.5, 0.5]]), np.array([100.0])).df == 0


def test_effective_sizes_make_clustered_samples_fair() -> None:
    rng, p = np.random.default_rng(3), []
    for _ in range(600):
        users = rng.dirichlet([3, 5, 4, 2], size=(2, 60))  # ten traces each, alike within a user
        counts = np.array([[rng.multinomial(10, user) for user in sample] for sample in users])
        shares = counts.sum(axis=1) / 600
        effect = 1 + 9 / 15  # 1 + (m - 1) rho, rho = 1 / (1 + 14) of the Dirichlet
        test = chi_square(shares, np.array([600, 600]) / effect)
        p.append(stats.chi2.sf(test.statistic, test.df))
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.03)


def test_distance_is_scipys() -> None:
    scores = np.array([0, 0.25, 0.6, 1.0])
    first, second = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.3, 0.1, 0.1, 0.5])
    expected = stats.wasserstein_distance(scores, scores, first, second)
    assert wasserstein(first, second, scores) == pytest.approx(expected)
