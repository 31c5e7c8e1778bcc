"""From the tables of a week to suspects and a verdict."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from behavior_pipeline.attribution.cause import CauseTables, cause_of
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES
from behavior_pipeline.tables.drift import EVENTS
from behavior_pipeline_tests.attribution.worlds import BASELINE, END, SERIES, cells, days, finding, weekly

EASY, HARD = ("orders", "en"), ("returns", "en")
ONSET = END - timedelta(days=5)
DATED = {"onset": ONSET, "onset_low": ONSET - timedelta(days=1), "onset_high": ONSET}
FELL = cells({EASY: (500, 0.9), HARD: (500, 0.9)}, {EASY: (500, 0.82), HARD: (500, 0.82)})
PROMPTS = days(
    {
        ("slice", "inside"): [(100, 0.9)] * 30 + [(100, 0.788)] * 5,
        ("prompt", "v1"): [(100, 0.9)] * 30 + [(0, 0.0)] * 5,
        ("prompt", "v2"): [(0, 0.0)] * 30 + [(100, 0.788)] * 5,
        ("feature_flag.search", "absent"): [(100, 0.9)] * 30 + [(50, 0.788)] * 5,
        ("feature_flag.search", "on"): [(0, 0.0)] * 30 + [(50, 0.788)] * 5,
    }
)


def events(*at: str) -> pd.DataFrame:
    rows = {
        "at": pd.to_datetime(list(at), utc=True), "kind": "deploy", "name": "web-7", "detail": None,
    }  # fmt: skip
    return EVENTS.validate(pd.DataFrame(rows, index=range(len(at))))


def tables(**given: object) -> CauseTables:
    usual = CauseTables(
        weekly=weekly([1.0] * 5, [0.9] * 4 + [0.82]), cells=FELL, anchors=ANCHOR_CHANGES.empty(),
        events=events(), days={(SERIES["series_id"], "score"): PROMPTS},
    )  # fmt: skip
    return replace(usual, **given)  # type: ignore[arg-type] - names of its fields


def test_new_prompt_is_the_first_suspect_and_convicted() -> None:
    cause = cause_of(finding(**DATED), tables())
    assert [one.component for one in cause.suspects] == ["prompt", "feature_flag.search"]
    prompt, flag = cause.suspects
    assert (prompt.before, prompt.after, prompt.first_day) == ("v1", "v2", str(ONSET.date()))
    assert prompt.estimate == pytest.approx(-0.112)
    assert prompt.explained == pytest.approx(-0.112 * 5 / 7)
    assert flag.estimate == pytest.approx(0.0)  # those without it fell on the same days
    assert (cause.verdict, cause.evidence.rule) == ("system", "suspect_explains")
    assert cause.evidence.suspect == prompt


def test_event_about_the_onset_is_a_suspect_with_its_contrast() -> None:
    cause = cause_of(
        finding(**DATED), tables(events=events(f"{ONSET.date()}T09:00:00Z", "2025-01-01T00:00:00Z"))
    )
    event = cause.suspects[-1]
    assert (event.component, event.after) == ("event", "deploy web-7")
    assert event.estimate == pytest.approx(-0.112)


def test_nothing_new_leaves_what_moved_within() -> None:
    cause = cause_of(finding(**DATED), tables(days={}))
    assert cause.suspects == ()
    assert (cause.verdict, cause.evidence.rule) == ("system", "within_moved")


def test_onset_of_weeks_ago_looks_for_suspects_there() -> None:
    """The first suspect came in the week tested, the incident before it."""
    earlier = BASELINE[-1] + timedelta(days=2)
    began = {"onset": earlier, "onset_low": earlier, "onset_high": earlier}
    assert cause_of(finding(**began), tables()).suspects == ()


def test_users_that_repeat_widen_the_contrast() -> None:
    """The week's own error is four times that of independent traces."""
    wide = weekly([1.0] * 5, [0.9] * 4 + [0.82], se=0.0581)
    errors = [cause_of(finding(**DATED), tables(weekly=table)).suspects[0].se for table in (wide, FEW)]
    assert errors[0] == pytest.approx(4 * (errors[1] or 0.0), rel=0.05)


FEW = weekly([1.0] * 5, [0.9] * 4 + [0.82], se=0.0001)


def test_lake_without_cells_knows_no_mix() -> None:
    cause = cause_of(finding(**DATED), tables(cells=None, days={}))
    assert cause.evidence.mix is None
    assert cause.verdict == "unknown"
