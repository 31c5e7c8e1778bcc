from dataclasses import replace

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.drift.detector import Detector, Measured, detectors
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.week import drift_of_period
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Budget
from behavior_pipeline.tables.drift import DECISION_KEY, DRIFT_FINDINGS, DRIFT_STATE
from behavior_pipeline.words import FindingKind
from behavior_pipeline_tests.aggregation.worlds import checked_spec, spec
from behavior_pipeline_tests.drift import worlds

SEEN = frozenset({"weekly_scores", "daily_series", "calibration_agreement", "anchor_changes"})
ON_THESE = sorted(name for name, one in detectors().items() if {*one.needs} <= SEEN and one.grain == "week")


def busy_week(**specs: object) -> Evidence:
    fallen = [*worlds.STEADY, 0.94, 0.89, 0.70]
    weekly = [
        worlds.series(fallen),
        worlds.series(fallen, slice_key="customer.segment", slice_value="enterprise"),
    ]
    states = [
        {"week": worlds.week_number(9)},
        {"week": worlds.week_number(10), "gate_state": "suspended", "reason": "agreement_lost", "point": 0.5},
        {"week": worlds.week_number(11), "previous_state": "suspended", "gate_state": "suspended"},
    ]
    moved = {"week": worlds.week_number(10), "lower": 30, "reason": "judge_moved", "p_level": 1e-6}
    people = moved | {"subject": "people", "reason": "people_moved"}
    anchors = [moved, people, moved | {"week": worlds.week_number(11)}]
    return worlds.evidence(
        10, specs or {"faithfulness": spec(drift={"detectors": ["two_sigma"]})},
        weekly_scores=pd.concat(weekly), calibration_agreement=worlds.agreement(states),
        anchor_changes=worlds.anchor_changes(anchors), daily_series=worlds.days([0.9], first=worlds.START),
    )  # fmt: skip


@pytest.mark.parametrize("name", ON_THESE)
class TestEveryDetector:
    """A detector is "tables up to a period in, effects with their errors out, and no alarm"."""

    def measured(self, name: str, evidence: Evidence) -> Measured:
        return detectors()[name].detect(evidence.cut())

    def test_keeps_the_contract_of_findings(self, name: str) -> None:
        findings = self.measured(name, busy_week()).findings
        assert_frame_equal(DRIFT_FINDINGS.validate(findings), findings, check_dtype=False)
        assert not findings.empty and set(findings["detector"]) == {name}
        assert set(findings["week"]) == {pd.Timestamp(worlds.week_number(10))}

    def test_uses_the_budgets_that_it_names(self, name: str) -> None:
        families = set(self.measured(name, busy_week()).findings["family"])
        assert families <= {str(family) for family in detectors()[name].families}

    def test_gives_a_known_reason_for_every_series(self, name: str) -> None:
        findings = self.measured(name, busy_week()).findings
        assert set(findings["reason"]) <= {str(reason) for reason in Reason}

    def test_scores_have_a_band_wherever_they_are_compared(self, name: str) -> None:
        findings = self.measured(name, busy_week()).findings
        scores = findings[(findings["kind"] != FindingKind.CALIBRATION) & findings["effect"].notna()]
        assert (scores["band_low"].notna() | scores["band_high"].notna()).all()

    def test_is_silent_without_a_history(self, name: str) -> None:
        assert self.measured(name, worlds.evidence(10)).findings.empty

    def test_says_the_same_twice(self, name: str) -> None:
        first, again = (self.measured(name, busy_week()) for _ in range(2))
        assert_frame_equal(first.findings, again.findings)
        assert_frame_equal(DRIFT_STATE.validate(first.state), again.state)


@pytest.mark.parametrize("name", sorted(detectors()))
def test_a_detector_has_the_name_of_its_module_and_says_what_it_does(name: str) -> None:
    detector: Detector = detectors()[name]
    assert detector.name == name and detector.doc and detector.needs and detector.families


def test_every_finding_has_a_decision() -> None:
    made = drift_of_period(busy_week())
    keys = list(DECISION_KEY)
    assert_frame_equal(
        made.findings[keys].sort_values(keys, ignore_index=True),
        made.decisions[keys].sort_values(keys, ignore_index=True),
        check_dtype=False,
    )


def test_later_weeks_never_change_what_was_measured() -> None:
    full = busy_week()
    for later, cut in zip(drift_of_period(full), drift_of_period(full.cut()), strict=True):
        assert_frame_equal(later, cut)


def test_a_dimension_names_its_detectors_and_the_judge_is_always_watched() -> None:
    made = drift_of_period(busy_week(faithfulness=spec(drift={"detectors": []})))
    always = {name for name, one in detectors().items() if one.always}
    assert {"gate", "drop", "anchors", "people"} <= set(made.findings["detector"]) <= always


def test_a_detector_without_its_tables_is_not_run() -> None:
    evidence = busy_week()
    without = {name: rows for name, rows in evidence.tables.items() if name != "anchor_changes"}
    made = drift_of_period(Evidence(evidence.period, "week", evidence.specs, without))
    assert "gate" in set(made.findings["detector"]) and "anchors" not in set(made.findings["detector"])


def test_unknown_detector_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="three_sigma"):
        drift_of_period(worlds.evidence(10, {"latency": checked_spec(drift={"detectors": ["three_sigma"]})}))


def test_week_without_rows_has_no_findings() -> None:
    assert drift_of_period(worlds.evidence(10)).findings.empty


def test_closing_gate_is_an_alarm_with_before_and_after() -> None:
    closing = worlds.alarms(drift_of_period(busy_week())).set_index("detector").loc["gate"]
    assert closing["kind"] == "calibration" and (closing["baseline"], closing["current"]) == (0.72, 0.5)


def test_an_alarm_lies_outside_of_its_own_band() -> None:
    alarms = worlds.alarms(drift_of_period(busy_week()))
    scores = alarms[alarms["kind"] != FindingKind.CALIBRATION]
    assert len(scores) and (scores["current"] < scores["band_low"]).all()
    assert (scores["baseline"] >= scores["band_low"]).all()


def test_least_detectable_effects_are_of_the_budget() -> None:
    evidence = busy_week(faithfulness=spec(drift={"detectors": ["contrast", "slow"]}))
    usual, strict = (
        drift_of_period(replace(evidence, budget=budget)).findings
        for budget in (Budget(), Budget(aggregate=1e-4, slice=1e-4, slow=1e-4))
    )
    tested = (
        usual["least_detectable_effect"].notna() & usual["detector"].isin(["contrast", "slow"])
    ).to_numpy()
    assert set(usual.loc[tested, "family"]) >= {"aggregate", "slice"}
    assert (strict["least_detectable_effect"] > usual["least_detectable_effect"])[tested].all()
