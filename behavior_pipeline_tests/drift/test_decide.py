"""One budget over all series, a floor, and a row with a reason for every finding."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.decision.decide import decide
from behavior_pipeline.drift.finding import Finding, findings_frame
from behavior_pipeline.settings.model import Budget
from behavior_pipeline_tests.aggregation.worlds import spec

SPECS = {name: spec(name) for name in ("faithfulness", "tone")}
BUDGET = Budget(aggregate=0.05, slice=0.05)


def finding(number: int, **given: Any) -> Finding:
    usual = {
        "week": pd.Timestamp("2026-01-05"), "detector": "contrast", "kind": "slice",
        "series_id": f"s{number}",
        "dimension": "tone", "slice_key": "kind", "slice_value": f"v{number}", "judge": "j", "rubric": "r",
        "family": "slice", "effect": -0.1, "effect_se": 0.02, "p_value": 0.5, "reason": "compared",
    }  # fmt: skip
    return Finding(**(usual | given))


def decided(*findings: Finding, budget: Budget = BUDGET) -> pd.DataFrame:
    return decide(findings_frame(list(findings)), SPECS, budget).set_index("series_id")


def test_p_values_are_adjusted_over_all_dimensions_of_a_family() -> None:
    alone = decided(finding(1, p_value=0.02))
    both = decided(
        finding(1, p_value=0.02), *(finding(n, p_value=0.9, dimension="faithfulness") for n in (2, 3, 4))
    )
    assert alone.loc["s1", "alarm"]
    assert both.loc["s1", "q_value"] == pytest.approx(0.08)
    assert not both.loc["s1", "alarm"]
    assert both.loc["s1", "reason"] == "not_rare"


def test_families_do_not_share_a_budget() -> None:
    rows = decided(
        finding(1, p_value=0.02), *(finding(n, p_value=0.9, family="aggregate") for n in (2, 3, 4))
    )
    assert rows.loc["s1", "alarm"]


def test_untested_findings_cost_nothing_and_keep_their_reason() -> None:
    rows = decided(finding(1, p_value=0.04), finding(2, p_value=None, reason="too_small"))
    assert rows.loc["s1", "alarm"]
    assert (rows.loc["s2", "alarm"], rows.loc["s2", "reason"]) == (False, "too_small")
    assert pd.isna(rows.loc["s2", "q_value"])


def test_small_change_is_below_the_floor_however_rare() -> None:
    row = decided(finding(1, p_value=1e-9, effect=-0.01)).loc["s1"]
    assert (row["alarm"], row["below_floor"], row["reason"]) == (False, True, "below_effect_floor")


def test_floor_is_that_of_the_metric() -> None:
    specs = {"tone": SPECS["tone"].model_copy(update={"drift": Drift(floors={"p95": 0.5})})}
    rows = findings_frame([finding(1, p_value=1e-9, effect=0.4, metric="p95", unit="seconds", worse=1)])
    assert decide(rows, specs, BUDGET)["reason"].tolist() == ["below_effect_floor"]


def test_rise_is_told_and_no_alarm() -> None:
    row = decided(finding(1, p_value=1.0, effect=0.1)).loc["s1"]
    assert (row["alarm"], row["reason"]) == (False, "rose")


def test_threshold_is_what_would_have_alarmed() -> None:
    rows = decided(*(finding(n, p_value=p) for n, p in enumerate((0.3, 0.5, 0.9, 0.7))))
    assert rows["threshold"].tolist() == [0.0125] * 4


@pytest.mark.parametrize("p_values", [[0.001, 0.02, 0.4, 0.9], [0.9, 0.03, 0.04, 1.0], [0.6, 0.7, 0.8, 0.01]])
def test_threshold_is_each_finding_s_own(p_values: list[float]) -> None:
    passing = decided(*(finding(n, p_value=p) for n, p in enumerate(p_values)))
    for place, threshold in enumerate(passing["threshold"]):
        for nearly, alarms in ((0.999, True), (1.001, False)):
            other = [*p_values[:place], threshold * nearly, *p_values[place + 1 :]]
            rows = decided(*(finding(n, p_value=p) for n, p in enumerate(other)))
            assert rows["alarm"].iloc[place] == alarms


def test_rule_of_a_detector_needs_no_p_value() -> None:
    assert decided(finding(1, p_value=None, reason="outside_band")).loc["s1", "alarm"]


def test_every_finding_has_a_decision() -> None:
    rows = [
        finding(n, p_value=None if n % 2 else 0.1, reason="short_history" if n % 2 else "compared")
        for n in range(9)
    ]
    assert len(decided(*rows)) == len(rows)
