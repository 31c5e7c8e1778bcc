import msgspec
import pandas as pd
import pytest

from behavior_pipeline.attribution.mix import JointBounds, Mix
from behavior_pipeline.attribution.suspects import Suspect
from behavior_pipeline.attribution.verdict import (
    AnchorShift,
    Inputs,
    anchor_shift,
    evidence_json,
    evidence_of,
    verdict,
)
from behavior_pipeline_tests.attribution.worlds import MONDAY, finding

WITHIN = Mix(key="query.category", total=-0.08, mix=-0.01, within=-0.07, within_se=0.01)
TRAFFIC = Mix(key="query.category", total=-0.08, mix=-0.07, within=-0.01, within_se=0.01)
BOTH = Mix(key="query.category", total=-0.08, mix=-0.045, within=-0.035, within_se=0.01)
STEADY = AnchorShift(shift=-0.003, se=0.006, n=320, reason="judge_steady")
FEW = AnchorShift(shift=-0.01, se=0.05, n=40, reason="judge_steady")
SHIFTED = AnchorShift(shift=-0.07, se=0.015, n=320, reason="judge_moved")
PROMPT = Suspect(
    component="prompt", after="v2", share=0.9, explained=-0.06, estimate=-0.066, se=0.015, p_value=1e-5
)
FEATURE = msgspec.structs.replace(PROMPT, component="feature_flag.search", after="true")
CHANCE = msgspec.structs.replace(PROMPT, se=0.04, p_value=0.1)
LITTLE = msgspec.structs.replace(PROMPT, share=0.1, explained=-0.007)
DEPLOY = msgspec.structs.replace(PROMPT, component="event", after="deploy web-7", explained=None)
SHRANK = JointBounds(
    eligible_before=0.9, eligible_after=0.6, moved=True, change_if_zero=-0.3, change_if_one=0.01, se=0.01
)
FELL_TOO = msgspec.structs.replace(SHRANK, change_if_one=-0.06)
JUDGED = {"judge": "v1@m", "rubric": "v1+ab"}
DROPPED = finding(**JUDGED, kind="calibration", metric="agreement", reason="agreement_dropped")
MOVED = finding(**JUDGED, kind="calibration", moved="judge", reason="judge_moved")
PEOPLE = finding(**JUDGED, kind="calibration", moved="people", reason="people_moved")


def inputs(*, judged: bool = False, **given: object) -> Inputs:
    one = finding(**(JUDGED if judged else {}))
    return Inputs(**{"finding": one, "change": one.effect, "mix": WITHIN, **given})


@pytest.mark.parametrize(
    ("given", "word", "rule"),
    [
        (inputs(), "system", "within_moved"),
        (inputs(mix=TRAFFIC), "traffic", "mix_moved"),
        (inputs(mix=TRAFFIC, suspects=[PROMPT]), "traffic", "mix_moved"),
        (inputs(mix=BOTH), "unknown", "nothing_explains"),
        (inputs(mix=BOTH, suspects=[PROMPT]), "system", "suspect_explains"),
        (inputs(mix=None), "unknown", "nothing_explains"),
        (inputs(mix=None, suspects=[FEATURE]), "system", "suspect_explains"),
        (inputs(mix=None, suspects=[CHANCE]), "unknown", "nothing_explains"),
        (inputs(mix=None, suspects=[LITTLE]), "unknown", "nothing_explains"),
        (inputs(mix=None, suspects=[DEPLOY]), "unknown", "nothing_explains"),
        (inputs(bounds=SHRANK), "traffic", "frame_moved"),
        (inputs(bounds=FELL_TOO), "system", "within_moved"),
        (inputs(bounds=msgspec.structs.replace(SHRANK, moved=False)), "system", "within_moved"),
        (inputs(mix=msgspec.structs.replace(WITHIN, total=0.08, within=0.07)), "unknown", "nothing_explains"),
    ],
)  # fmt: skip
def test_verdict_without_a_judge(given: Inputs, word: str, rule: str) -> None:
    verdict_word, evidence = verdict(given)
    assert (verdict_word, evidence.rule, evidence.judge) == (word, rule, "none")


@pytest.mark.parametrize(
    ("given", "word", "judge"),
    [
        (inputs(judged=True), "unknown", "unknown"),
        (inputs(judged=True, anchors=STEADY), "system", "quiet"),
        (inputs(judged=True, anchors=FEW), "unknown", "unknown"),
        (inputs(judged=True, anchors=SHIFTED), "judge", "moved"),
        (inputs(judged=True, anchors=msgspec.structs.replace(SHIFTED, shift=0.07)), "system", "quiet"),
        (inputs(judged=True, calibration=[DROPPED]), "judge", "moved"),
        (inputs(judged=True, calibration=[DROPPED], anchors=STEADY), "system", "quiet"),
        (inputs(judged=True, calibration=[DROPPED], anchors=FEW), "judge", "moved"),
        (inputs(judged=True, calibration=[MOVED], anchors=STEADY), "judge", "moved"),
        (inputs(judged=True, calibration=[PEOPLE], anchors=STEADY), "system", "quiet"),
        (inputs(judged=True, suspects=[PROMPT]), "system", "unknown"),
        (inputs(judged=True, mix=TRAFFIC), "traffic", "unknown"),
    ],
)
def test_verdict_on_judged_scores(given: Inputs, word: str, judge: str) -> None:
    verdict_word, evidence = verdict(given)
    assert (verdict_word, evidence.judge) == (word, judge)


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (MOVED, "judge"),
        (DROPPED, "judge"),
        (PEOPLE, "unknown"),
        (finding(kind="coverage", metric="share"), "traffic"),
        (finding(kind="missing", metric="share"), "unknown"),
    ],
)
def test_verdict_on_what_is_no_level(one: object, word: str) -> None:
    assert verdict(inputs(finding=one, change=None, mix=None))[0] == word


def test_several_suspects_share_the_level() -> None:
    doubtful = msgspec.structs.replace(PROMPT, p_value=0.03)
    assert verdict(inputs(mix=None, suspects=[doubtful]))[0] == "system"
    assert verdict(inputs(mix=None, suspects=[doubtful, LITTLE]))[0] == "unknown"


def test_switch_of_everything_has_to_come_within_the_onset() -> None:
    """Without traffic beside it a version that came the day before the fall answered well for a day."""
    one = finding(onset=MONDAY, onset_low=MONDAY, onset_high=MONDAY)
    for day, controls, word in (
        ("2026-03-02", 0, "system"), ("2026-03-01", 0, "unknown"), ("2026-03-01", 500, "system"),
    ):  # fmt: skip
        prompt = msgspec.structs.replace(PROMPT, first_day=day, controls=controls)
        assert verdict(inputs(finding=one, mix=None, suspects=[prompt]))[0] == word


def test_error_of_the_weeks_makes_a_within_part_doubtful() -> None:
    """A part beyond its traces' error and within what weeks wander by decides nothing."""
    wandering = finding(effect_se=0.05)
    assert verdict(inputs(finding=wandering))[0] == "unknown"


def test_numbers_survive_the_table() -> None:
    evidence = verdict(inputs(judged=True, anchors=STEADY, suspects=[PROMPT], bounds=SHRANK))[1]
    assert evidence_of(evidence_json(evidence)) == evidence
    assert evidence_of(None) is None


def test_anchor_shift_is_that_of_the_findings_judge() -> None:
    row = {
        "week": MONDAY, "dimension": "tool_calls", "subject": "judge", "judge": "v1@m", "rubric": "v1+ab",
        "dataset": "v3", "n": 320, "lower": 30, "higher": 5, "level_before": 0.9, "level_after": 0.82,
        "reason": "judge_moved",
    }  # fmt: skip
    table = pd.DataFrame([row, {**row, "judge": "other"}, {**row, "dataset": "v2", "n": 80}])
    shift = anchor_shift(table, finding(**JUDGED))
    assert shift == AnchorShift(shift=pytest.approx(-0.08), se=6 / 320, n=320, reason="judge_moved")
    assert anchor_shift(table, finding()) is None
    assert anchor_shift(table.assign(level_before=None), finding(**JUDGED)) is None
