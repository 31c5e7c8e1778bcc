"""What versions, flags and slices of a series' traffic scored day by day, read from a lake."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.causes import cause_tables, version_days
from behavior_pipeline_tests.attribution.worlds import finding
from behavior_pipeline_tests.steps.test_pass_share import rows_of

MONDAY = date(2026, 3, 2)
TONE = {"dimension": "tone", "judge": "judge a", "rubric": "v1"}


@pytest.fixture
def scored(lake: Lake) -> Lake:
    """Return a lake with six scores of tone on one day."""
    day = MONDAY + timedelta(days=1)
    midnight = pd.Timestamp(day, tz="UTC")
    stamps = {"day": [pd.Timestamp(day)] * 6, "trace_id": [f"trace {number}" for number in range(6)]}
    verdicts = rows_of(
        lake.tables["scores_tone"], **stamps, score=[1, 0, 1, 0, None, 1], weight=[1, 2, 1, 1, 1, 1],
        tuple_id=["a", "a", "b", "a", "a", "a"], scored_at=[midnight] * 6, evaluator=["judge:x"] * 6,
        missing_reason=[None] * 4 + ["budget", None],
    )  # fmt: skip
    english = '{"user.language": "en"}'
    facts = rows_of(
        lake.tables["trace_facts"], **stamps, started_at=[midnight] * 6,
        slices=[english, english, english, '{"user.language": "de"}', english, english],
        role=["production"] * 5 + ["calibration"], duration_ms=[1000.0, 2718.281828459045, 0.0, 9, 9, 9],
    )  # fmt: skip
    flags = ['{"feature_flag.search": true}', "{}", '{"feature_flag.search": false}', *["{}"] * 3]
    traces = rows_of(
        lake.tables["traces"],
        **stamps,
        started_at=[midnight] * 6,
        feature_flags=flags,
        slices=["{}"] * 6,
        role=["production"] * 6,
    )
    versions = rows_of(
        lake.tables["tuple_days"], day=[pd.Timestamp(day)] * 2, tuple_id=["a", "b"], dimension=["tone"] * 2,
        judge=["judge a"] * 2, rubric=["v1"] * 2, prompt=["p1", "p2"], model=["m"] * 2, dataset=["none"] * 2,
    )  # fmt: skip
    frames = {"scores_tone": verdicts, "trace_facts": facts, "traces": traces, "tuple_days": versions}
    lake.replace(frames, {"day": day, "dimension": "tone"})
    return lake


def rows(lake: Lake, **given: Any) -> dict[tuple[str, str], dict[str, float]]:
    one = finding(**{**TONE, **given})
    (frame,) = version_days(lake, [one, one]).values()
    names = ["n", "sum_w", "sum_wy", "sum_w2", "sum_w2y", "sum_w2y2"]
    return {
        (row["component"], row["value"]): {name: row[name] for name in names}
        for row in frame.to_dict("records")
    }


def test_sums_of_each_version_flag_and_slice(scored: Lake) -> None:
    sums = rows(scored)
    assert sums["prompt", "p1"] == {
        "n": 3, "sum_w": 4, "sum_wy": 1, "sum_w2": 6, "sum_w2y": 1, "sum_w2y2": 1,
    }  # fmt: skip
    assert sums["prompt", "p2"]["n"] == 1
    assert {value: sums["feature_flag.search", value]["n"] for value in ("true", "false", "absent")} == {
        "true": 1, "false": 1, "absent": 2,
    }  # fmt: skip
    assert sums["slice", "inside"]["n"] == 4
    assert ("slice", "outside") not in sums


def test_slice_is_told_from_the_rest(scored: Lake) -> None:
    sums = rows(scored, kind="slice", slice_key="user.language", slice_value="en")
    assert (sums["slice", "inside"]["n"], sums["slice", "outside"]["n"]) == (3, 1)
    assert sums["prompt", "p1"]["n"] == 2


def test_other_is_what_is_not_watched(scored: Lake) -> None:
    watched = rows_of(
        scored.tables["weekly_scores"], week=[pd.Timestamp(MONDAY)] * 2, dimension=["tone"] * 2,
        series_id=["1", "2"], slice_key=["user.language"] * 2, slice_value=["en", "other"],
        gate_state=["open"] * 2, judge=["judge a"] * 2, rubric=["v1"] * 2,
    )  # fmt: skip
    scored.replace({"weekly_scores": watched}, {"week": MONDAY})
    sums = rows(scored, kind="slice", slice_key="user.language", slice_value="other")
    assert (sums["slice", "inside"]["n"], sums["slice", "outside"]["n"]) == (1, 3)


def test_latency_is_the_logarithm_of_seconds(scored: Lake) -> None:
    sums = rows(scored, kind="latency", slice_key="user.language", slice_value="en")
    assert sums["slice", "inside"]["n"] == 2
    assert sums["slice", "inside"]["sum_wy"] == pytest.approx(1.0)


def test_judges_and_shares_have_no_days(scored: Lake) -> None:
    assert version_days(scored, [finding(**TONE, kind="calibration"), finding(**TONE, kind="coverage")]) == {}


def test_series_of_another_judge_has_none(scored: Lake) -> None:
    (frame,) = version_days(scored, [finding(**{**TONE, "judge": "judge b"})]).values()
    assert frame.empty


def test_tables_hold_the_weeks_that_alarms_compare(scored: Lake) -> None:
    weeks = [pd.Timestamp(MONDAY - timedelta(weeks=back)) for back in range(7)]
    stored = rows_of(
        scored.tables["weekly_scores"], week=weeks, series_id=["s"] * 7, dimension=["tone"] * 7,
        gate_state=["open"] * 7,
    )  # fmt: skip
    scored.replace({"weekly_scores": stored}, {"week": [week.date() for week in weeks]})
    tables = cause_tables(scored, MONDAY, [finding(**TONE)])
    assert list(tables.weekly["week"]) == sorted([weeks[0], *weeks[2:6]])
    assert len(tables.days) == 1
    assert cause_tables(scored, MONDAY, []).days == {}
