"""The JSON columns of drift_alerts have one contract: what is written is read, and older rows are, too."""

import json
from datetime import date

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.alerts.alert import JudgeEvidence, ScoreEvidence, alert_of, alerts_frame, alerts_of
from behavior_pipeline.alerts.recovery import pinned_at_opening
from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline_tests.alerts import story
from behavior_pipeline_tests.delivery.world import alert


def test_what_is_written_is_read() -> None:
    frame = story.run(story.regression(), [10])[10]
    assert_frame_equal(alerts_frame(alerts_of(frame)), frame)


def test_kinds_have_evidence_of_their_own() -> None:
    assert isinstance(alert_of(alert()).evidence, ScoreEvidence)
    judged = alert_of(alert(kind="calibration", evidence='{"detectors": ["gate"], "week": "2026-03-09"}'))
    assert isinstance(judged.evidence, JudgeEvidence) and judged.evidence.detectors == ("gate",)


def test_keys_that_older_rows_lack_are_empty_and_unknown_ones_are_passed_over() -> None:
    suspects = '[{"component": "prompt", "after": "v7.3", "p_value": 0.01}]'
    old = alert_of(alert(evidence='{"baseline": 0.94, "n": 900, "shape": {"a": 1}}', suspects=suspects))
    assert isinstance(old.evidence, ScoreEvidence)
    assert (old.evidence.baseline, old.evidence.n, old.evidence.folded) == (0.94, 900, ())
    assert (old.suspects[0].after, old.suspects[0].share) == ("v7.3", None)
    assert alert_of(alert(tuple_before=None, onset=pd.NaT)).onset is None


def test_an_alert_from_before_bands_were_pinned_goes_by_two_deviations_and_the_floor() -> None:
    evidence = ScoreEvidence(baseline=0.94, sd=0.02, judge="j", rubric="r")
    assert pinned_at_opening(evidence, Drift()).band.low == pytest.approx(0.94 - 2 * 0.02)
    steady = ScoreEvidence(baseline=0.94, sd=0.0, judge="j", rubric="r")
    assert pinned_at_opening(steady, Drift()).band.low == pytest.approx(0.92)


def test_an_open_alert_of_an_older_lake_recovers_as_it_would_have() -> None:
    world = story.regression(weeks=14, back_on=date(2026, 4, 6))
    tables = world.tables()
    frame = story.evaluate(world, 10, previous=story.run(world, [9])[9], tables=tables)
    new = ("band", "also")
    stored = [
        json.dumps({key: value for key, value in json.loads(text).items() if key not in new})
        for text in frame["evidence"]
    ]
    previous, states = frame.assign(evidence=stored), []
    for week in (11, 12, 13, 14):
        previous = story.evaluate(world, week, previous=previous, tables=tables)
        states.append(previous["state"].iloc[0])
    assert states == ["updated", "updated", "updated", "recovered"]
