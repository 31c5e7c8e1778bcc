"""The default weekly detector: own change and contrast, windows, baselines, and what can be told."""

import numpy as np
import orjson
import pandas as pd
import pytest

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.api import DriftConfig, detect
from behavior_pipeline_tests.drift.simulated import START, cells, history, last


def rows_of(frame: pd.DataFrame, key: str = "all", value: str = "all") -> pd.DataFrame:
    chosen = (frame["slice_key"] == key) & (frame["slice_value"] == value) & (frame["detector"] == "contrast")
    return frame[chosen].reset_index(drop=True)


def config(**drift: object) -> DriftConfig:
    return DriftConfig(drift=Drift(detectors=("contrast",), **drift))  # type: ignore[arg-type]


def test_baseline_is_of_eight_weeks_and_a_gap() -> None:
    of = history(cells(14))
    row = rows_of(last(detect(of, config=config()))).iloc[0]
    whole = of[of["slice_key"] == "all"].set_index("period")
    end = 13 - row["window"]  # the gap week, before the window
    weeks = [START + pd.Timedelta(weeks=int(number)) for number in range(end - 8, end)]
    expected = whole.loc[weeks, "sum_wy"].sum() / whole.loc[weeks, "n"].sum()
    assert row["baseline"] == pytest.approx(expected)


def test_small_slice_is_tested_over_two_weeks() -> None:
    of = history(cells(14, judged=600))
    rows = last(detect(of, config=config()))
    assert rows_of(rows, "kind", "a")["n_eff"].iloc[0] > 200
    small = last(detect(history(cells(14, judged=300)), config=config()))
    row = rows_of(small, "kind", "a").iloc[0]
    assert (row["window"], row["n_eff"] >= 200) == (2, True)


def test_slice_below_the_floor_says_so_and_what_it_could_tell() -> None:
    row = rows_of(last(detect(history(cells(14, judged=150)), config=config())), "kind", "a").iloc[0]
    assert (row["reason"], bool(row["alarm"])) == ("too_small", False)
    assert row["least_detectable_effect"] > 0.05
    assert pd.isna(row["p_value"])


def test_slice_is_not_blamed_for_what_all_do() -> None:
    def level(week: int, *_: str) -> float:
        return 0.94 if week < 10 else 0.86

    rows = last(detect(history(cells(11, level=level)), config=config()))
    inside = rows_of(rows, "kind", "a").iloc[0]
    assert inside["effect"] < -0.02
    assert inside["p_value"] > 0.01


def test_repeat_users_widen_the_error_of_an_effect() -> None:
    rows = history(cells(12))
    mean = rows["sum_wy"] / rows["n"]
    clustered = rows.assign(se=np.sqrt(3 * mean * (1 - mean) / rows["n"]))
    plain, wide = (rows_of(last(detect(frame, config=config()))).iloc[0] for frame in (rows, clustered))
    assert wide["effect_se"] > 1.4 * plain["effect_se"]


def test_levels_that_wander_make_a_fall_less_rare() -> None:
    levels = 0.94 + np.random.default_rng(2).normal(0, 0.02, 14)
    levels[13] = 0.90

    def wandering(week: int, *_: str) -> float:
        return float(levels[week])

    def quiet(week: int, *_: str) -> float:
        return 0.94 if week < 13 else 0.90

    restless, steady = (
        rows_of(last(detect(history(cells(14, level=level)), config=config()))).iloc[0]
        for level in (wandering, quiet)
    )
    assert restless["effect_se"] > 1.8 * steady["effect_se"]
    assert restless["least_detectable_effect"] > steady["least_detectable_effect"]


def test_longer_baseline_tells_more() -> None:
    frame = detect(history(cells(13)), config=config())
    effects = rows_of(frame)["least_detectable_effect"].tolist()
    assert effects[12] < effects[3]


@pytest.mark.parametrize("level", [0.85, 0.94])
def test_fall_of_the_stored_effect_is_found_in_four_of_five(level: float) -> None:
    """One slice of many equal ones: the figure counts the family's threshold and the baseline's size."""
    slices, judged, weeks, moved = 40, 700, 11, 20
    rng = np.random.default_rng(8)

    def frame(last_level: np.ndarray) -> pd.DataFrame:
        share = np.full((weeks, slices), level)
        share[-1] = last_level
        passed = rng.binomial(judged, share)
        week, value = np.unravel_index(np.arange(share.size), share.shape)
        rows = pd.DataFrame(
            {
                "period": [START + pd.Timedelta(weeks=int(one)) for one in week], "dimension": "tone",
                "slice_key": "kind", "slice_value": [f"v{one}" for one in value],
                "n": judged, "sum_w": judged, "sum_wy": passed.ravel(), "sum_wy2": passed.ravel(),
            }
        )  # fmt: skip
        return last(detect(rows, config=config(effect_floor=0.0)))

    announced = float(frame(np.full(slices, level))["least_detectable_effect"].median())
    falls = np.where(np.arange(slices) < moved, level - announced, level)
    hits = []
    for _ in range(12):
        rows = frame(falls)
        at_first = rows["p_value"] <= 0.015 / slices  # the threshold of the smallest one
        hits += at_first[rows["slice_value"].isin([f"v{number}" for number in range(moved)])].tolist()
    assert np.mean(hits) == pytest.approx(0.8, abs=0.1)


def test_band_is_left_where_an_alarm_begins() -> None:
    rows = detect(history(cells(11, level=lambda week, *_: 0.94 if week < 10 else 0.86)), config=config())
    row = rows_of(last(rows)).iloc[0]
    assert bool(row["alarm"]) and row["current"] < row["baseline"]


def test_crossings_are_told_apart_from_their_cells() -> None:
    assert orjson.loads(cells(1)["cell"].iloc[0]) == {"kind": "a", "region": "x"}
