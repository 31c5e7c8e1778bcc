import numpy as np
import pandas as pd
import pytest
from scipy import stats

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.decision.explain import alarming_levels, explanations, near, no_such_series
from behavior_pipeline.drift.finding import Decision, Finding, decisions_frame, findings_frame
from behavior_pipeline_tests.attribution.worlds import MONDAY, finding


def decision(one: Finding, **given: object) -> Decision:
    same = (
        "week",
        "detector",
        "kind",
        "series_id",
        "metric",
        "dimension",
        "slice_key",
        "slice_value",
        "family",
    )
    usual = {name: getattr(one, name) for name in same} | {"alarm": False, "reason": "not_rare"}
    return Decision(**{**usual, **given})


def test_level_that_alarms_is_rare_and_beyond_the_floor() -> None:
    one = finding(effect_se=0.01, df=20.0)
    low, high = alarming_levels(one, decision(one, threshold=0.001), Drift())
    assert low is not None
    assert high is None
    assert stats.t.sf((0.9 - low) / 0.01, 20) == pytest.approx(0.001)
    small = finding(effect_se=0.001)
    assert alarming_levels(small, decision(small, threshold=0.001), Drift())[0] == pytest.approx(0.88)


def test_either_way_has_a_level_on_both_sides() -> None:
    one = finding(worse=0, effect_se=0.1, metric="share")
    low, high = alarming_levels(one, decision(one, threshold=0.05), Drift())
    assert (low, high) == (pytest.approx(0.9 - 0.196, abs=1e-4), pytest.approx(0.9 + 0.196, abs=1e-4))


def test_rise_of_seconds_has_the_floor_of_its_metric() -> None:
    one = finding(worse=1, unit="seconds", metric="p95", baseline=3.0, effect_se=0.01)
    levels = alarming_levels(one, decision(one, threshold=0.01), Drift(floors={"p95": 0.5}))
    assert levels == (None, pytest.approx(3.0 * np.exp(0.5)))  # changes of seconds are ratios


def test_rule_without_an_error_alarms_beyond_its_band() -> None:
    one = finding(effect_se=None, band_low=0.87, band_high=0.93)
    assert alarming_levels(one, decision(one), Drift()) == (0.87, 0.93)


def test_alarm_comes_first_and_finding_without_decision_is_kept() -> None:
    quiet, alarm, older = finding(), finding(detector="slow"), finding(detector="two_sigma")
    findings = findings_frame([quiet, older, alarm])
    decisions = decisions_frame([decision(quiet), decision(alarm, alarm=True, reason="moved")])
    explained = explanations(findings, decisions, Drift())
    assert [one.finding.detector for one in explained] == ["slow", "contrast", "two_sigma"]
    assert explained[2].decision is None


KNOWN = pd.DataFrame(
    {
        "week": [MONDAY] * 3, "dimension": ["faithfulness"] * 2 + ["tone"],
        "slice_key": ["all", "customer.segment", "all"], "slice_value": ["all", "trial", "all"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("dimension", "cell", "words"),
    [
        ("faithfullness", ("all", "all"), ("no dimension faithfullness", "there are faithfulness")),
        ("faithfulness", ("customer.segment", "trail"), ("no slice", "there are customer.segment=trial")),
        ("tone", ("all", "all"), ("in the week of 2026-03-09", "there are 2026-03-02")),
    ],
)
def test_error_names_what_is_near(dimension: str, cell: tuple[str, str], words: tuple[str, str]) -> None:
    error = no_such_series(KNOWN, dimension=dimension, cell=cell, week=pd.Timestamp("2026-03-09"))
    assert words[0] in error.happened
    assert words[1] in error.remedy


def test_nothing_stored_says_what_to_run() -> None:
    error = no_such_series(KNOWN.iloc[:0], dimension="tone", cell=("all", "all"), week=MONDAY)
    assert "run the weekly assets" in error.remedy
    assert near("tone", []) == []
