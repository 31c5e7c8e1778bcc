"""The shares that pass and that checks fail: by judge and week, of production, and 0 where nothing passed."""

from datetime import date, timedelta

import pandas as pd
import pytest

from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.pass_share import by_rubric, pass_shares, pass_shares_of_judges
from behavior_pipeline.tables.contract import Table

MONDAY = date(2026, 1, 12)
BEFORE = MONDAY - timedelta(weeks=1)
DEFAULTS = {"float64": 1.0, "int64": 1, "boolean": True, "bool": True}


def rows_of(table: Table, **columns: object) -> pd.DataFrame:
    """Return rows of a table of which a test names some columns; the others are valid and mean nothing."""
    size = max(len(values) for values in columns.values() if isinstance(values, list))
    rest = {
        name: None if column.nullable else DEFAULTS.get(str(column.dtype).lower(), "x")
        for name, column in table.columns.items()
    }
    return pd.DataFrame({**{name: [value] * size for name, value in rest.items()}, **columns})


@pytest.fixture
def scored(lake: Lake) -> Lake:
    """Return a lake with verdicts of tone: two weeks of judge a, who failed all in the first, one of b."""
    store(lake, BEFORE, scores=[0, 0, None], weights=[1, 2, 1], tuple_ids=["a"] * 3)
    store(lake, MONDAY, scores=[1, 0, 1, 1], weights=[3, 1, 1, 5], tuple_ids=["a", "a", "b", "b"], made_up=3)
    return lake


def store(
    lake: Lake, day: date, *, scores: list[float | None], weights: list[float], tuple_ids: list[str],
    made_up: int | None = None,
) -> None:  # fmt: skip
    traces = [f"{day}-{number}" for number in range(len(scores))]
    roles = ["calibration" if number == made_up else "production" for number in range(len(scores))]
    midnight = pd.Timestamp(day, tz="UTC")
    stamps = {"day": [pd.Timestamp(day)] * len(scores), "trace_id": traces}
    missing = ["budget" if score is None else None for score in scores]
    verdicts = rows_of(
        lake.tables["scores_tone"], **stamps, score=scores, weight=weights, tuple_id=tuple_ids,
        missing_reason=missing, scored_at=[midnight] * len(scores),
        evaluator=["check:x" if pair == (0, 2) else "judge:x" for pair in zip(scores, weights, strict=True)],
    )  # fmt: skip
    facts = rows_of(
        lake.tables["trace_facts"], **stamps, slices=["{}"] * len(scores), role=roles,
        started_at=[midnight] * len(scores),
    )  # fmt: skip
    names = sorted(set(tuple_ids))
    versions = rows_of(
        lake.tables["tuple_days"], day=[pd.Timestamp(day)] * len(names), dimension=["tone"] * len(names),
        tuple_id=names, judge=[f"judge {name}" for name in names], rubric=["v1"] * len(names),
    )  # fmt: skip
    frames = {"scores_tone": verdicts, "trace_facts": facts, "tuple_days": versions}
    lake.replace(frames, {"day": day, "dimension": "tone"})


def test_by_week_each_judge_has_its_own_and_nothing_passed_is_0(scored: Lake) -> None:
    of_tone = by_rubric(pass_shares(scored, MONDAY, weeks=2))["tone"]["v1"]
    assert of_tone["judge a"] == {
        BEFORE: Shares(0.0, pytest.approx(2 / 3)), MONDAY: Shares(0.75, 0.0)
    }  # fmt: skip
    assert of_tone["judge b"] == {MONDAY: Shares(1.0, 0.0)}, "a calibration trace is no production"
    assert by_rubric(pass_shares(scored, BEFORE - timedelta(weeks=1))) == {}


def test_by_judge_weeks_are_one_calibration_traces_stay_out_and_nothing_passed_is_0(scored: Lake) -> None:
    shares = pass_shares_of_judges(scored, MONDAY, weeks=2, dimensions=["tone"])
    assert shares.values.tolist() == [
        ["tone", "judge a", "v1", pytest.approx(3 / 7)],
        ["tone", "judge b", "v1", 1.0],
    ]
    first = pass_shares_of_judges(scored, BEFORE, weeks=1, dimensions=["tone", "faithfulness"])
    assert first.values.tolist() == [["tone", "judge a", "v1", 0.0]]


def test_shares_of_no_dimension_are_an_empty_frame(scored: Lake) -> None:
    shares = pass_shares_of_judges(scored, MONDAY, weeks=2, dimensions=[])
    assert shares.empty and list(shares.columns) == ["dimension", "judge", "rubric", "pass_share"]
