"""The judge is watched day by day on a seventh of its anchors: a silent change is told in days."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.anchors.sevenths import of_day
from behavior_pipeline.drift.detectors.anchors_daily import PLUGIN
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.tables.calibration import ANCHOR_DAYS
from behavior_pipeline_tests.calibration.frames import RUBRIC, spec

START = date(2026, 1, 5)
SPECS = {"tone": spec()}
HUMAN = np.repeat([1.0, 0.0], 160)


def day_of(number: int, verdicts: np.ndarray, **other: Any) -> pd.DataFrame:
    items = np.arange(len(HUMAN)) % 7 == number % 7
    frame = pd.DataFrame(
        {
            "day": pd.Timestamp(START + timedelta(days=number)), "dimension": "tone",
            "item_id": np.flatnonzero(items).astype(str), "judge": "v1@a", "judge_build": None,
            "rubric": RUBRIC, "dataset": "v3", "human_score": HUMAN[items], "judge_label": None,
            "judge_score": verdicts[items], "missing_reason": None, "evaluator": "judge:v1@a",
        }
    )  # fmt: skip
    return ANCHOR_DAYS.validate(frame.assign(**other))


def run(days: list[pd.DataFrame]) -> list[dict[str, Any]]:
    """Return each day's finding, the state handed on from day to day."""
    state, findings = PLUGIN_STATE, []
    for number in range(len(days)):
        tables = {"anchor_days": pd.concat(days[: number + 1], ignore_index=True), "drift_state": state}
        measured = PLUGIN.detect(Evidence(START + timedelta(days=number), "day", SPECS, tables))
        state = measured.state
        findings += measured.findings.to_dict("records")
    return findings


PLUGIN_STATE = Evidence(START, "day", SPECS).table("drift_state")
BASE = np.where(np.arange(320) % 20 == 0, 1 - HUMAN, HUMAN)


def with_lost_sensitivity(share: float) -> np.ndarray:
    lost = (HUMAN > 0) & (np.arange(320) % 10 < 10 * share)
    return np.where(lost, 0.0, BASE)


def test_judge_that_says_the_same_is_quiet_and_costs_no_bets() -> None:
    findings = run([day_of(number, BASE) for number in range(21)])
    assert {finding["reason"] for finding in findings[:7]} == {"first_anchors"}
    assert {finding["reason"] for finding in findings[7:]} == {"compared"}
    assert all(finding["effect"] == 0 for finding in findings[7:])


def test_silent_loss_is_told_within_days_and_then_the_judge_is_the_judge() -> None:
    lost = with_lost_sensitivity(0.2)
    findings = run([day_of(number, BASE if number < 28 else lost) for number in range(56)])
    alarms = [number for number, finding in enumerate(findings) if finding["reason"] == "judge_moved"]
    assert 28 <= alarms[0] <= 32
    assert findings[alarms[0]]["onset"] == pd.Timestamp(START + timedelta(days=alarms[0]))
    assert findings[34]["effect"] < -0.06
    assert (findings[34]["moved"], findings[34]["family"]) == ("judge", "fast")
    assert alarms[-1] < alarms[0] + 14, "one change speaks for two weeks and not for ever"


def test_other_judges_and_rubrics_are_not_watched() -> None:
    days = [
        *(day_of(number, BASE) for number in range(14)),
        *(day_of(number, with_lost_sensitivity(0.5), judge="v0@a") for number in range(14, 21)),
    ]
    assert not any(finding["reason"] == "judge_moved" for finding in run(days))


def test_every_anchor_has_one_weekday() -> None:
    items = pd.DataFrame({"item_id": [f"item-{number}" for number in range(320)]})
    days = [of_day(items, START + timedelta(days=number)) for number in range(14)]
    assert sorted(pd.concat(days[:7])["item_id"]) == sorted(items["item_id"])
    pd.testing.assert_frame_equal(days[2], days[9])
    assert all(25 <= len(part) <= 70 for part in days)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_alone_is_quiet(seed: int) -> None:
    """Of every twentieth anchor the judge says one thing or the other."""
    generator = np.random.default_rng(seed)
    noisy = np.arange(320) % 20 == 3
    days = [day_of(n, np.where(noisy & (generator.random(320) < 0.4), 1 - BASE, BASE)) for n in range(60)]
    assert not any(finding["reason"] == "judge_moved" for finding in run(days))
