from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.drift.detectors import two_sigma
from behavior_pipeline_tests.drift import worlds


def finding(means: list[float | None], *, daily: pd.DataFrame | None = None, **given: Any) -> pd.Series:
    weekly = worlds.series(means, **given)
    extra = {} if daily is None else {"daily_series": daily}
    evidence = worlds.evidence(len(means), weekly_scores=weekly, **extra)
    findings = two_sigma.detect(evidence).findings
    assert len(findings) == 1
    return findings.iloc[0]


def test_fall_beyond_band_and_floor_alarms_with_its_numbers() -> None:
    row = finding([*worlds.STEADY, 0.89])
    assert row["reason"] == "outside_band" and row["kind"] == "score"
    assert row["baseline"] == pytest.approx(np.mean(worlds.STEADY))
    assert row["effect"] == pytest.approx(0.89 - np.mean(worlds.STEADY))
    assert row["statistic"] == pytest.approx(row["effect"] / np.std(worlds.STEADY, ddof=1))


def test_rise_is_a_finding_and_no_alarm() -> None:
    row = finding([*worlds.STEADY, 0.97])
    assert row["reason"] == "rose" and row["effect"] > 0


def test_change_below_the_effect_floor_is_no_alarm() -> None:
    assert finding([*worlds.STEADY, 0.925])["reason"] == "below_effect_floor"


def test_change_within_the_band_is_no_alarm() -> None:
    assert finding([0.8, 0.99] * 4 + [0.85])["reason"] == "within_band"


def test_small_sample_is_said_to_be_too_small() -> None:
    assert finding([*worlds.STEADY, 0.5], n_eff=199.0)["reason"] == "too_small"
    assert finding([*worlds.STEADY, 0.5], n_eff=200.0)["reason"] == "outside_band"


def test_floor_compares_the_pooled_size_where_it_is_stored() -> None:
    assert finding([*worlds.STEADY, 0.5], n_eff=150.0, n_floor=210.0)["reason"] == "outside_band"
    assert finding([*worlds.STEADY, 0.5], n_eff=250.0, n_floor=190.0)["reason"] == "too_small"


def test_series_of_one_user_says_so() -> None:
    assert finding([*worlds.STEADY, 0.5], n_eff=None, reason="one_cluster")["reason"] == "one_cluster"


def test_fewer_than_eight_reference_weeks_is_short_history() -> None:
    row = finding([*worlds.STEADY[1:], 0.5])
    assert row["reason"] == "short_history" and pd.isna(row["baseline"])
    gap = finding([*worlds.STEADY[:4], None, *worlds.STEADY[5:], 0.5])
    assert gap["reason"] == "short_history"


def test_only_the_trailing_eight_weeks_are_the_reference() -> None:
    assert finding([0.1, *worlds.STEADY, 0.94])["baseline"] == pytest.approx(np.mean(worlds.STEADY))


def test_week_without_a_mean_keeps_its_own_reason() -> None:
    assert finding([*worlds.STEADY, None])["reason"] == "no_scored_trace"


def test_constant_history_alarms_without_a_statistic() -> None:
    row = finding([1.0] * 8 + [0.9])
    assert row["reason"] == "outside_band" and pd.isna(row["statistic"])
    assert finding([1.0] * 9)["reason"] == "within_band"


def test_another_judge_starts_without_history() -> None:
    weekly = pd.concat([worlds.series(worlds.STEADY), worlds.series([0.5], first=9, judge="v2.1@lexicon-b")])
    findings = two_sigma.detect(worlds.evidence(9, weekly_scores=weekly)).findings
    assert list(findings["reason"]) == ["short_history"]


def test_the_rest_called_other_is_not_tested() -> None:
    weekly = worlds.series([*worlds.STEADY, 0.5], slice_key="customer.segment", slice_value="other")
    assert two_sigma.detect(worlds.evidence(9, weekly_scores=weekly)).findings.empty


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=9, max_size=9), st.floats(0, 1000))
def test_outside_means_beyond_band_floor_and_size(means: list[float], n_eff: float) -> None:
    row = finding(means, n_eff=n_eff)
    sd, effect = np.std(means[:8], ddof=1), means[8] - np.mean(means[:8])
    if row["reason"] in ("outside_band", "rose"):
        assert abs(effect) > 2 * sd - 1e-9 and abs(effect) >= 0.02 - 1e-9 and n_eff >= 200
    if n_eff >= 200 and abs(effect) > 2 * sd + 1e-9 and abs(effect) > 0.02 + 1e-9:
        assert row["reason"] == ("outside_band" if effect < 0 else "rose")
