"""Which version of an evaluator judged when, and which label its verdict means."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.dimensions.spec import JudgeUse
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.judging.recorded.rules import RecordedRules, rules_of
from behavior_pipeline.judging.recorded.verdict import Recorded

GOOD, BAD = "on_brand", "off_brand"


def rules(**parameters: object) -> RecordedRules:
    return rules_of("tone", judge(**parameters), (GOOD, BAD))


def judge(**parameters: object) -> JudgeUse:
    return JudgeUse(backend="recorded", version="r1", model="v1", parameters=parameters)


def test_the_model_is_the_version_without_a_schedule() -> None:
    assert rules().version_on(judge(), date(2026, 3, 2)) == "v1"


def test_each_day_has_the_version_that_was_in_use() -> None:
    schedule = rules(
        versions=[{"since": date(2026, 3, 9), "version": "v2"}, {"since": "2026-03-02", "version": "v1"}]
    )
    days = [date(2026, 3, day) for day in (1, 2, 8, 9, 30)]
    assert [schedule.version_on(judge(), day) for day in days] == [None, "v1", "v1", "v2", "v2"]
    assert schedule.version_on(judge(), None) == "v2"


def test_a_label_is_mapped_or_stands_for_itself() -> None:
    mapping = rules(labels={"1": GOOD, "0": BAD})
    recorded = [Recorded("1"), Recorded(score=1.0), Recorded(score=0.0), Recorded(GOOD), Recorded(score=0.5)]
    assert [mapping.label_of(one) for one in recorded] == [GOOD, GOOD, BAD, GOOD, "0.5"]


def test_a_threshold_decides_where_a_score_is_there() -> None:
    thresholds = rules(thresholds={GOOD: 0.6, BAD: 0.0})
    recorded = [
        Recorded(score=0.6),
        Recorded(BAD, 0.9),
        Recorded(score=0.59),
        Recorded(GOOD),
        Recorded(score=-1),
    ]
    assert [thresholds.label_of(one) for one in recorded] == [GOOD, GOOD, BAD, GOOD, None]


@given(scores=st.lists(st.floats(-10, 10), min_size=2), least=st.floats(-5, 5))
def test_a_higher_score_never_means_a_worse_label(scores: list[float], least: float) -> None:
    thresholds = rules(thresholds={GOOD: least, BAD: -11.0})
    labels = [thresholds.label_of(Recorded(score=score)) for score in sorted(scores)]
    assert labels == sorted(labels, key=(BAD, GOOD).index)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"labels": {"1": "great"}}, "great"),
        ({"thresholds": {"great": 0.5}}, "great"),
        ({"thresholds": {GOOD: 0.5, BAD: 0.5}}, "different"),
        ({"thresholds": {GOOD: float("nan")}}, "numbers"),
        ({"thresholds": {GOOD: float("inf")}}, "numbers"),
        ({"versions": [{"since": "soon", "version": "v1"}]}, "versions.0.since"),
        ({"versions": [{"since": "2026-03-02", "version": name} for name in ("a", "b")]}, "same day"),
        ({"temperature": 0}, "temperature"),
    ],
)
def test_a_mistake_is_one_clear_error(parameters: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        rules(**parameters)
