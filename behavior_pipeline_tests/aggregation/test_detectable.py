"""The least detectable fall of a week's series, by what is known of it and the weeks before."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.detectable import least_detectable_effects
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.statistics.intervals import least_detectable_effect
from behavior_pipeline_tests.aggregation import worlds

SPEC = worlds.spec(drift={"effect_floor": 0.01, "minimum_n_eff": 100})
SPECS = {SPEC.name: SPEC}
BUDGET = Budget()


def series(value: str = "all", **other: Any) -> dict[str, Any]:
    key = "all" if value == "all" else "customer.segment"
    row = {"dimension": SPEC.name, "slice_key": key, "slice_value": value, "judge": "j", "rubric": "r"}
    measured = row | {"mean": 0.94, "se": 0.01, "n_eff": 564.0} | other
    return {"n_floor": measured["n_eff"]} | measured


def before(means: list[float], **other: Any) -> list[dict[str, Any]]:
    return [series(mean=mean, **other) for mean in means]


def effects(rows: list[dict[str, Any]], earlier: list[dict[str, Any]] | None) -> list[float]:
    frame = None if earlier is None else pd.DataFrame(earlier)
    return list(least_detectable_effects(pd.DataFrame(rows), SPECS, earlier=frame, budget=BUDGET))


def test_steady_weeks_give_size_and_no_spread() -> None:
    expected, _ = least_detectable_effect(
        0.94, 564, baseline_n_eff=4 * 564, baseline_weeks=4, alpha=BUDGET.aggregate, floor=0.01
    )
    assert effects([series()], before([0.94] * 4)) == [pytest.approx(expected)]


def test_levels_that_wander_beyond_sampling_make_it_larger_and_no_others() -> None:
    steady, sampled, wandering = (
        effects([series()], before(means))[0]
        for means in ([0.94] * 4, [0.932, 0.948, 0.932, 0.948], [0.90, 0.97, 0.90, 0.97])
    )
    assert wandering > 1.5 * steady
    assert sampled < 1.1 * steady


def test_spread_is_learned_from_all_series_of_the_dimension() -> None:
    slices = [series("a", mean=mean) for mean in (0.90, 0.97, 0.90, 0.97)]
    alone, with_slices = (effects([series()], before([0.94]) + more)[0] for more in ([], slices))
    assert with_slices > alone


def test_more_slices_share_one_budget_and_aggregates_have_their_own() -> None:
    names = ["a", "b", "c"]
    earlier = before([0.94] * 4) + [series(name) for name in names for _ in range(4)]
    one, three = (
        effects([series(), *(series(name) for name in some)], earlier) for some in (names[:1], names)
    )
    assert three[0] == one[0]
    assert three[1] > one[1]


@pytest.mark.parametrize(
    ("row", "earlier"),
    [
        (series(), None),
        (series(), before([0.94] * 3, judge="other")),
        (series(n_eff=99.0), before([0.94] * 3)),
        (series(mean=None, n_eff=None), before([0.94] * 3)),
        (series(), before([0.94], n_eff=None)),
    ],
)
def test_what_cannot_be_told_is_missing(row: dict[str, Any], earlier: list[dict[str, Any]] | None) -> None:
    assert np.isnan(effects([row], earlier)).all()


def test_a_smaller_budget_of_false_alarms_tells_larger_falls_only() -> None:
    rows, earlier = pd.DataFrame([series()]), pd.DataFrame(before([0.94] * 4))
    usual, strict = (
        least_detectable_effects(rows, SPECS, earlier=earlier, budget=budget)[0]
        for budget in (Budget(), Budget(aggregate=0.001))
    )
    assert strict > usual
