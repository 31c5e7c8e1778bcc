"""The Hajek mean: what it leaves out, what it clusters, and what its interval covers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import hajek_mean, kish

SAMPLES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0.5, 20), st.sampled_from("abcdef")), min_size=2, max_size=40
)


def columns(sample: list[tuple[float, float, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores, weights, users = zip(*sample, strict=True)
    return np.array(scores), np.array(weights), np.array(users)


class TestMissing:
    @pytest.mark.parametrize("score", [[], [np.nan, np.nan]])
    def test_mean_without_scores_is_missing_not_zero(self, score: list[float]) -> None:
        estimate = hajek_mean(score, np.ones(len(score)))
        assert (estimate.value, estimate.reason) == (None, Reason.NO_SCORED_TRACE)

    @given(SAMPLES)
    def test_unscored_item_changes_nothing(self, sample: list[tuple[float, float, str]]) -> None:
        scores, weights, users = columns(sample)
        longer = hajek_mean(np.append(scores, np.nan), np.append(weights, 9.0), cluster=np.append(users, "z"))
        assert longer == hajek_mean(scores, weights, cluster=users)

    def test_mean_of_one_user_has_no_error(self) -> None:
        estimate = hajek_mean([1, 0, 1], [1, 1, 1], cluster=["a", "a", "a"])
        assert estimate.value == pytest.approx(2 / 3)
        assert (estimate.se, estimate.low, estimate.n_eff, estimate.reason) == (
            None,
            None,
            None,
            Reason.ONE_CLUSTER,
        )


class TestLaws:
    @given(SAMPLES, st.floats(0.1, 10))
    def test_scale_of_weights_does_not_matter(
        self, sample: list[tuple[float, float, str]], factor: float
    ) -> None:
        scores, weights, users = columns(sample)
        one, other = (hajek_mean(scores, weights * by, cluster=users) for by in (1, factor))
        assert one.value == pytest.approx(other.value)
        assert one.clusters == other.clusters
        assert one.se == pytest.approx(other.se, abs=1e-9)

    @given(SAMPLES)
    def test_interval_stays_in_range_and_holds_the_mean(self, sample: list[tuple[float, float, str]]) -> None:
        scores, weights, _ = columns(sample)
        estimate = hajek_mean(scores, weights)
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert 0 <= estimate.low <= estimate.value + 1e-9
        assert estimate.value - 1e-9 <= estimate.high <= 1

    @given(SAMPLES)
    def test_each_item_its_own_user_is_the_same_as_no_users(
        self, sample: list[tuple[float, float, str]]
    ) -> None:
        scores, weights, _ = columns(sample)
        alone = hajek_mean(scores, weights, cluster=[f"user-{i}" for i in range(len(scores))])
        unknown = hajek_mean(scores, weights, cluster=np.array([None] * len(scores)))
        plain = hajek_mean(scores, weights)
        assert alone == unknown == plain

    def test_kish_counts_equal_weights_as_items(self) -> None:
        assert kish(np.full(17, 3.2)) == pytest.approx(17)


class TestEffectiveSize:
    def test_simple_random_sample_is_about_its_own_size(self) -> None:
        scores = np.repeat([1.0, 0.0], [360, 40])
        assert hajek_mean(scores, np.ones(400)).n_eff == pytest.approx(399)  # n/(n-1) of the variance

    def test_alike_scores_fall_back_to_kish(self) -> None:
        estimate = hajek_mean([1, 1, 1, 1], [1, 1, 3, 3])
        assert estimate.se == 0
        assert estimate.n_eff == estimate.n_kish == pytest.approx(3.2)
        assert estimate.low is not None
        assert estimate.low < 0.7, "no failure among four is no certainty"


def test_interval_of_a_biased_sample_covers_the_truth() -> None:
    """Anomalies drawn three times as often, four traces a user: 95 % intervals cover in 95 % of samples."""
    generator = np.random.default_rng(5)
    users, per_user = 400, 4
    covered = 0
    for _ in range(300):
        level = generator.beta(18, 2, users).repeat(per_user)
        truth = generator.random(users * per_user) < level
        anomaly = generator.random(len(truth)) < np.where(truth, 0.1, 0.5)
        probability = np.where(anomaly, 0.6, 0.2)
        drawn = generator.random(len(truth)) < probability
        names = np.arange(users).repeat(per_user)
        estimate = hajek_mean(truth[drawn], 1 / probability[drawn], cluster=names[drawn])
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= 0.9 <= estimate.high
    assert 0.92 <= covered / 300 <= 0.98
