"""Calibration findings: every closing of a gate speaks, and the drop rule has its own voice."""

import pandas as pd
import pytest

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.drift.decision.decide import RULES
from behavior_pipeline.drift.detectors import drop, gate
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline_tests.calibration.frames import (
    AGREES,
    NOTHING_BEFORE,
    RUBRIC,
    WEAK,
    labelled,
    monday,
    run,
    spec,
)

DETECTORS = {"gate": gate.detect, "drop": drop.detect}
SPECS = {"tone": spec("point")}
CLOSED = run(
    SPECS["tone"], [labelled(0, AGREES)], [labelled(1, WEAK, judge="v1@b")], in_use=[["v1@a"], ["v1@b"]]
)


def findings(week: int, agreement: pd.DataFrame, detector: str) -> pd.DataFrame:
    return DETECTORS[detector](
        Evidence(monday(week), "week", SPECS, {"calibration_agreement": agreement})
    ).findings


def finding(week: int, detector: str, judge: str = "v1@b", *, agreement: pd.DataFrame = CLOSED) -> pd.Series:
    rows = findings(week, agreement, detector)
    rows = rows[(rows["detector"] == detector) & (rows["judge"] == judge)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_closing_of_an_open_gate_alarms_with_before_and_after() -> None:
    row = finding(1, "gate")
    assert (row["kind"], row["reason"], row["slice_key"]) == ("calibration", "gate_closed", "all")
    assert (row["baseline"], row["current"]) == (
        pytest.approx(0.798, abs=0.001),
        pytest.approx(0.30, abs=0.01),
    )
    assert row["effect"] == pytest.approx(row["current"] - row["baseline"])
    assert row["onset"] == pd.Timestamp(monday(1))
    assert row["series_id"] == series_id(
        dimension="tone", slice_key="all", slice_value="all", judge="v1@b", rubric=RUBRIC
    )


def test_opening_is_recorded_without_an_alarm() -> None:
    row = finding(0, "gate", "v1@a")
    assert row["reason"] == "agreement_reached"
    assert pd.isna(row["baseline"])
    assert pd.isna(row["onset"])


def test_suspension_that_lasts_alarms_once() -> None:
    rows = run(
        SPECS["tone"], [labelled(0, AGREES)], [labelled(1, WEAK)], [labelled(2, WEAK)], [labelled(3, AGREES)]
    )
    assert list(rows["gate_state"]) == ["open", "suspended", "suspended", "open"]
    assert [int(week.day) for week in closings(rows)["week"]] == [monday(1).day]


def test_drop_is_seen_across_judges_and_names_the_two_pools() -> None:
    row = finding(1, "drop")
    assert row["reason"] == "agreement_dropped"
    assert row["effect"] == pytest.approx(-0.5, abs=0.01)
    assert row["statistic"] > 0.9
    assert row["p_value"] < 0.001
    assert row["baseline"] + row["effect"] == pytest.approx(row["current"])
    assert row["baseline_periods"] == f'["{monday(0)}"]'


def test_open_gate_hands_in_its_probability_and_a_closing_or_a_shut_gate_none() -> None:
    rows = run(spec(), *([labelled(week, cells)] for week, cells in enumerate([AGREES, AGREES, *4 * [WEAK]])))
    evidence = [
        Evidence(monday(week), "week", {"tone": spec()}, {"calibration_agreement": rows}) for week in range(6)
    ]
    seen = [gate.detect(of_week).findings.iloc[0] for of_week in evidence]
    assert list(rows["gate_state"])[-1] == "suspended"
    for row, before in zip(seen, rows["previous_state"], strict=True):
        assert pd.notna(row["p_value"]) == (before == "open" and row["reason"] != "gate_closed")


def test_closing_by_the_point_rule_is_outside_of_the_budget() -> None:
    steady = run(SPECS["tone"], [labelled(0, AGREES)], [labelled(1, AGREES)])
    assert pd.isna(finding(1, "gate", "v1@a", agreement=steady)["p_value"])


def test_steady_agreement_is_within_the_band_and_the_first_week_has_no_history() -> None:
    rows = run(SPECS["tone"], [labelled(0, AGREES)], [labelled(1, AGREES)], [labelled(2, AGREES)])
    findings_of_drop = [finding(week, "drop", "v1@a", agreement=rows) for week in (0, 2)]
    assert [row["reason"] for row in findings_of_drop] == ["short_history", "within_band"]


def test_rubric_that_is_no_longer_live_does_not_alarm() -> None:
    renewed = {"tone": SPECS["tone"].model_copy(update={"rubric_version": "v3"})}
    evidence = Evidence(monday(1), "week", renewed, {"calibration_agreement": CLOSED})
    for detect in DETECTORS.values():
        assert not set(detect(evidence).findings["reason"]) & set(RULES)


def test_no_rows_give_no_findings() -> None:
    assert all(findings(0, NOTHING_BEFORE, detector).empty for detector in DETECTORS)
