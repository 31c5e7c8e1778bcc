import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.drift.detector import Detector, band_of, detectors
from behavior_pipeline.drift.finding import findings_of
from behavior_pipeline.drift.history import SeriesHistory
from behavior_pipeline.drift.week import findings_of_week
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline_tests.aggregation.worlds import checked_spec, spec
from behavior_pipeline_tests.drift import worlds


def busy_week() -> SeriesHistory:
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
    return worlds.history(
        10, weekly=pd.concat(weekly), agreement=worlds.agreement(states),
        anchors=worlds.anchor_changes(anchors),
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(detectors()))
class TestEveryDetector:
    """A detector is "SeriesHistory in, DRIFT_FINDINGS rows of its week out, alarm or not"."""

    def detector(self, name: str) -> Detector:
        return detectors()[name]

    def test_says_what_it_does_under_the_name_of_its_module(self, name: str) -> None:
        assert self.detector(name).name == name and self.detector(name).doc

    def test_keeps_the_contract_of_findings(self, name: str) -> None:
        findings = self.detector(name).detect(busy_week().until_now())
        assert_frame_equal(DRIFT_FINDINGS.validate(findings), findings)
        assert not findings.empty and set(findings["detector"]) == {name}
        assert set(findings["week"]) == {pd.Timestamp(worlds.week_number(10))}

    def test_gives_a_known_reason_for_every_series(self, name: str) -> None:
        findings = self.detector(name).detect(busy_week().until_now())
        assert set(findings["reason"]) <= {str(reason) for reason in Reason}

    def test_has_an_onset_only_where_it_alarms(self, name: str) -> None:
        findings = self.detector(name).detect(busy_week().until_now())
        assert findings.loc[~findings["alarm"], "onset"].isna().all()

    def test_is_silent_without_a_history(self, name: str) -> None:
        assert self.detector(name).detect(worlds.history(10)).empty

    def test_says_the_same_twice(self, name: str) -> None:
        detector = self.detector(name)
        assert_frame_equal(detector.detect(busy_week()), detector.detect(busy_week()))


def test_later_weeks_never_change_what_was_found() -> None:
    full = busy_week()
    assert_frame_equal(findings_of_week(full), findings_of_week(full.until_now()))


def test_a_dimension_names_its_detectors_and_the_judge_is_always_watched() -> None:
    quiet = {"faithfulness": spec(drift={"detectors": []})}
    findings = findings_of_week(
        worlds.history(10, specs=quiet, weekly=busy_week().weekly, agreement=busy_week().agreement)
    )
    assert set(findings["detector"]) == {"gate", "drop"}


def test_unknown_detector_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="three_sigma"):
        findings_of_week(
            worlds.history(10, specs={"latency": checked_spec(drift={"detectors": ["three_sigma"]})})
        )


def test_week_without_rows_has_no_findings() -> None:
    assert findings_of_week(worlds.history(10)).empty


def test_closing_gate_is_a_finding_with_before_and_after() -> None:
    closing = findings_of_week(busy_week()).set_index("detector").loc["gate"]
    assert closing["alarm"] and closing["kind"] == "calibration"
    assert (closing["baseline"], closing["current"]) == (0.72, 0.5)


@pytest.mark.parametrize("name", [name for name, one in detectors().items() if not one.always])
def test_an_alarm_lies_outside_of_its_own_band(name: str) -> None:
    findings = findings_of(detectors()[name].detect(busy_week().until_now()))
    bands = [(band_of(one, spec().drift), one) for one in findings if one.alarm]
    assert bands
    for band, one in bands:
        assert band.low <= (one.baseline or 0) <= band.high
        assert not band.low <= (one.current or 0) <= band.high


def test_several_detectors_are_never_of_one_rank_by_chance() -> None:
    for always in (True, False):
        ranks = [one.rank for one in detectors().values() if one.always == always]
        assert len(set(ranks)) == len(ranks)
