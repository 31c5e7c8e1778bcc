"""Small slices are judged more often: rates proportional to share^-.5 at the same total."""

from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from behavior_pipeline.sampling.allocation import factors
from behavior_pipeline.sampling.draw import Draw
from behavior_pipeline_tests.sampling.test_draw import again, draw
from behavior_pipeline_tests.sampling.worlds import spec, trace

SIZES = {"large": 1200, "middle": 600, "small": 200}


def world(number: int = 2000, first: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(4)
    words = rng.choice(list(SIZES), number, p=[0.6, 0.3, 0.1])
    return [trace(first + n, slices={"segment": word}) for n, word in enumerate(words)]


def rates(drawn: Draw) -> pd.Series:
    """Return the probability of routine traces by slice."""
    words = {row["trace_id"]: row["slices"].split('"')[3] for row in world()}
    rows = drawn.population[drawn.population["stratum"] == "routine"]
    by_slice = rows.groupby(rows["trace_id"].map(words))["inclusion_probability"]
    assert (by_slice.nunique() == 1).all()
    return by_slice.first().astype(float)


class TestFactors:
    def test_one_key_is_share_to_the_minus_half(self) -> None:
        slices = [{"k": "a"}] * 64 + [{"k": "b"}] * 32 + [{}] * 4
        made = factors(slices)
        assert made.mean() == pytest.approx(1)
        assert made[0] / made[-1] == pytest.approx(np.sqrt(0.04 / 0.64))
        assert made[64] / made[0] == pytest.approx(np.sqrt(2))

    def test_several_keys_are_the_root_of_the_sum(self) -> None:
        slices = [{"k": "a", "l": "x"}] * 50 + [{"k": "a", "l": "y"}] * 25 + [{"k": "b", "l": "x"}] * 25
        made = factors(slices)
        expected = np.sqrt([1 / 0.75 + 1 / 0.75, 1 / 0.75 + 1 / 0.25, 1 / 0.25 + 1 / 0.75])
        assert made[[0, 50, 75]] / made[0] == pytest.approx(expected / expected[0])

    def test_values_below_the_top_are_one_slice_and_no_slice_is_smaller_than_a_fiftieth(self) -> None:
        slices = [{"k": word} for word in "abcde" for _ in range(18)] + [{"k": f"id{n}"} for n in range(10)]
        made = factors(slices)
        assert made[-1] / made[0] == pytest.approx(np.sqrt(0.18 / 0.1)) and np.ptp(made[-10:]) == 0
        rare = factors([{"k": "a"}] * 999 + [{"k": "b"}])
        assert rare[-1] / rare[0] == pytest.approx(np.sqrt(0.999 / 0.02))

    def test_without_slices_or_traces_all_are_alike(self) -> None:
        assert (factors([{}] * 3) == 1).all() and len(factors([])) == 0

    def test_words_like_ours_are_data(self) -> None:
        made = factors([{"k": "absent"}] * 3 + [{"k": None}, {}])
        assert made[3] == made[4] and made[0] < made[3]


class TestDraw:
    @pytest.mark.parametrize("signals", [[], ["error"]])
    def test_rates_follow_the_shares_at_the_same_total(self, signals: list[str]) -> None:
        rows = [row | {"signals": orjson.dumps(signals).decode()} for row in world()[:100]]
        made = draw([spec("tone", sampling={"share": 0.2})], rows + world()[100:])
        by_slice = rates(made)
        sizes = np.array(list(SIZES.values()))
        expected = np.sqrt(sizes[0] / sizes)
        assert (by_slice[list(SIZES)] / by_slice["large"]).to_numpy() == pytest.approx(expected, rel=0.08)
        assert made.population["inclusion_probability"].sum() == pytest.approx(0.2 * 2000)

    def test_even_is_one_rate_and_another_draw(self) -> None:
        even = draw([spec("tone", sampling={"share": 0.2, "allocation": "even"})], world())
        assert set(even.population["sampling_version"]) == {"1"}
        assert list(rates(even)) == pytest.approx([0.2] * 3)

    def test_caps_are_solved_again_so_that_the_size_stays(self) -> None:
        made = draw([spec("tone", sampling={"share": 0.85})], world())
        assert made.population["inclusion_probability"].max() == 1
        assert made.population["inclusion_probability"].sum() == pytest.approx(0.85 * 2000)

    def test_a_trace_that_comes_later_takes_the_rate_of_those_like_it(self) -> None:
        dimension = [spec("tone", sampling={"share": 0.2})]
        first = draw(dimension, world())
        late = [trace(5000 + n, slices={"segment": word}) for n, word in enumerate(["small", "large", "new"])]
        second = again(first, dimension, world() + late)
        merged = second.population.set_index("trace_id")["inclusion_probability"]
        by_slice = rates(first)
        mean = first.rates.set_index("stratum").loc["routine", "rate"]
        assert list(merged[[row["trace_id"] for row in late]]) == [by_slice["small"], by_slice["large"], mean]
        before = first.population.set_index("trace_id")["inclusion_probability"]
        assert merged[before.index].equals(before)

    @pytest.mark.slow
    def test_weighted_means_stay_right(self) -> None:
        rng, errors = np.random.default_rng(1), []
        rows = world()
        levels = {"large": 0.95, "middle": 0.9, "small": 0.6}
        words = [row["slices"].split('"')[3] for row in rows]
        good = pd.Series(
            rng.random(2000) < [levels[word] for word in words], [row["trace_id"] for row in rows]
        )
        for salt in range(40):
            made = draw([spec("tone", sampling={"share": 0.2})], rows, salt=str(salt)).sampled
            weight = 1 / made["inclusion_probability"]
            level = np.average(good[made["trace_id"]], weights=weight)
            errors.append(level - good.mean())
        assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(40)
