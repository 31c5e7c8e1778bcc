"""A week's numbers against their own weeks: p-values that hold in quiet worlds, and power where one moves."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.against_weeks import Weeks, compared, weeks_of
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Budget
from behavior_pipeline_tests.aggregation.worlds import spec

SPECS = {"d": spec("d")}
WORLDS = 120


def weeks(value: Any, variance: Any) -> Weeks:
    value, variance = np.asarray(value, dtype=float), np.asarray(variance, dtype=float)
    series = pd.DataFrame({"dimension": ["d"] * len(value), "series_id": [str(n) for n in range(len(value))]})
    mondays = pd.date_range("2026-01-05", periods=value.shape[1], freq="7D")
    return Weeks(series, mondays, value, variance, np.isfinite(value), np.isfinite(value))


def quiet(rng: np.random.Generator, kind: str, *, series: int, number: int) -> Weeks:
    """Levels of their own, sampling of their own size, and weeks that differ more than by sampling."""
    variance = rng.uniform(0.5, 4, series)[:, None] * np.ones(number)
    wandering = np.zeros((series, number))
    if kind == "overdispersed":
        wandering = rng.normal(size=(series, number))
    elif kind == "unlike":
        wandering = rng.normal(size=(series, number)) * np.exp(0.5 * rng.normal(size=series))[:, None]
    elif kind == "autocorrelated":
        state = rng.normal(size=series)
        for week in range(number):
            state = 0.5 * state + np.sqrt(0.75) * rng.normal(size=series)
            wandering[:, week] = state
    noise = rng.normal(size=variance.shape) * np.sqrt(variance)
    return weeks(5 * rng.normal(size=series)[:, None] + wandering + noise, variance)


@pytest.mark.parametrize("kind", ["sampling", "overdispersed", "unlike", "autocorrelated"])
@pytest.mark.parametrize(("series", "number"), [(30, 14), (30, 6), (3, 14)])
def test_p_values_of_quiet_weeks_are_uniform(kind: str, series: int, number: int) -> None:
    rng = np.random.default_rng(8)
    made = [compared(quiet(rng, kind, series=series, number=number), SPECS) for _ in range(WORLDS)]
    for worse in (-1, 0, 1):
        p = np.concatenate([one.p_value(worse) for one in made])
        small = 2.6 * np.sqrt(0.01 / len(p))  # of a share of .01, as if worlds' series were independent
        assert (p <= 0.01).mean() <= 0.01 + small + 0.004
        # three series tell little of their spread, which is never taken for less than sampling
        assert (0.06 if series > 3 else 0.05) <= (p <= 0.1).mean() <= 0.13


def test_a_change_is_found_with_the_power_that_its_least_detectable_effect_says() -> None:
    rng, hits = np.random.default_rng(3), []
    for _ in range(300):
        world = quiet(rng, "overdispersed", series=30, number=14)
        reach = compared(world, SPECS).least_detectable(np.array([Budget().slice]))[0]
        moved = world.value.copy()
        moved[0, -1] += reach
        p = compared(world._replace(value=moved), SPECS).p_value(1)[0]
        hits.append(p <= 0.015 / 30)
    assert np.mean(hits) == pytest.approx(0.8, abs=0.08)


def test_baseline_leaves_out_the_gap_and_what_is_not_usable() -> None:
    value = np.array([[1, 1, 9, 1, 1, 50, 2.0]])
    given = weeks(value, np.ones_like(value))
    usable = given.usable.copy()
    usable[0, 2] = False
    result = compared(given._replace(usable=usable), SPECS)
    assert result.baseline[0] == 1 and result.effect[0] == 1
    assert result.periods == ['["2026-01-05","2026-01-12","2026-01-26","2026-02-02"]']


def test_weeks_that_something_else_explains_and_those_of_the_whole_are_in_no_baseline() -> None:
    mondays = pd.date_range("2026-01-05", periods=6, freq="7D")
    names = {"whole": ("all", "all"), "a": ("kind", "a"), "b": ("kind", "b")}
    rows = pd.DataFrame(
        [(name, "d", *cell, week, 1.0, 0.1) for name, cell in names.items() for week in mondays],
        columns=["series_id", "dimension", "slice_key", "slice_value", "week", "value", "variance"],
    )
    outcomes = [
        ("whole", mondays[1], True, "moved"), ("a", mondays[2], False, "localised"),
        ("b", mondays[3], True, "moved"), ("b", mondays[4], False, "not_rare"),
    ]  # fmt: skip
    decisions = pd.DataFrame(
        [
            {
                "week": week, "detector": "one", "series_id": name, "dimension": "d", "metric": "mean",
                "slice_key": names[name][0], "kind": "slice", "alarm": alarm, "reason": reason,
            }
            for name, week, alarm, reason in outcomes
        ]
    )  # fmt: skip
    evidence = Evidence(mondays[-1].date(), "week", SPECS, {"drift_decisions": decisions})
    key = ["series_id", "dimension", "slice_key", "slice_value"]
    usable = weeks_of(rows, evidence, key=key, detector="one", metric="mean").usable
    assert usable.tolist() == [
        [True, False, False, True, True, True],  # a
        [True, False, True, False, True, True],  # b
        [True, False, True, True, True, True],
    ]
    assert weeks_of(rows, evidence, key=key, detector="two").usable.all()


def test_short_history_and_no_number_are_told() -> None:
    value = np.array([[np.nan, np.nan, 1, 1, 1, 1.0], [1, 1, 1, 1, 1, np.nan], [1, 1, 1, 1, 1, 1]])
    result = compared(weeks(value, np.where(np.isfinite(value), 1.0, np.nan)), SPECS)
    assert result.reason == [Reason.SHORT_HISTORY, Reason.NO_TRAFFIC, Reason.COMPARED]
    assert np.isnan(result.effect[:2]).all() and result.effect[2] == 0


def test_constant_numbers_without_error_do_not_move() -> None:
    result = compared(weeks(np.full((3, 12), 0.7), np.zeros((3, 12))), SPECS)
    assert (result.effect == 0).all() and (result.p_value(1) == 0.5).all()
