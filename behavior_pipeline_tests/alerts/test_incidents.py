from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.alerts.incidents import absorb, incidents_of
from behavior_pipeline.alerts.week_tables import WeekTables, alert_id, key_of
from behavior_pipeline.attribution.cause import CauseTables
from behavior_pipeline.drift.finding import Decision, Finding
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES, CALIBRATION_AGREEMENT
from behavior_pipeline.tables.drift import DECISION_KEY, EVENTS
from behavior_pipeline.tables.weekly import DAILY_SERIES, WEEKLY_SCORES, WEEKLY_TUPLE_SHARES
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.alerts.story import finding, score_alert
from behavior_pipeline_tests.drift import worlds

WEEK = worlds.week_number(10)


def cell(key: str, value: str) -> dict[str, str]:
    return {"slice_key": key, "slice_value": value}


SEGMENT, CATEGORY, LANGUAGE = (
    cell("segment", "enterprise"),
    cell("category", "billing"),
    cell("language", "en"),
)


def decided(row: Finding, **given: Any) -> Decision:
    return Decision(
        **{name: getattr(row, name) for name in (*DECISION_KEY, "dimension", "slice_key", "slice_value")},
        family=row.family, **{"alarm": True, "reason": "moved", **given},
    )  # fmt: skip


def week_tables(*rows: tuple[Finding, dict[str, Any]]) -> WeekTables:
    return WeekTables(
        week=WEEK,
        specs={"faithfulness": spec()},
        findings=[row for row, _ in rows],
        decisions={key_of(row): decided(row, **given) for row, given in rows},
        previous=[],
        weekly=WEEKLY_SCORES.empty(),
        daily=DAILY_SERIES.empty(),
        agreement=CALIBRATION_AGREEMENT.empty(),
        tuple_shares=WEEKLY_TUPLE_SHARES.empty(),
        causes=CauseTables(WEEKLY_SCORES.empty(), None, ANCHOR_CHANGES.empty(), EVENTS.empty()),
    )


EXPLAINED = {"alarm": False, "reason": "localised", "localised_to": '{"segment":"enterprise"}'}


def test_an_alarm_leads_and_what_it_explains_is_folded() -> None:
    rows = [
        (finding(-0.05, **SEGMENT), {}),
        (finding(-0.026, **CATEGORY), EXPLAINED),
        (finding(-0.025), EXPLAINED),
        (finding(-0.001, **LANGUAGE), {"alarm": False, "reason": "not_rare"}),
    ]
    tables = week_tables(*rows)
    (incident,) = incidents_of(tables, tables.alarms(calibration=False))
    assert incident.lead.slice_value == "enterprise"
    assert [one.slice_value for one in incident.folded] == ["all", "billing"]


def test_two_causes_of_one_dimension_are_two_incidents() -> None:
    tables = week_tables((finding(-0.05, **SEGMENT), {}), (finding(-0.05, **CATEGORY), {}))
    incidents = incidents_of(tables, tables.alarms(calibration=False))
    assert [one.lead.slice_value for one in incidents] == ["billing", "enterprise"]


def test_of_several_alarms_on_one_slice_the_surest_leads() -> None:
    rows = [
        (finding(-0.05, p_value=0.01, detector="slow", **SEGMENT), {}),
        (finding(-0.05, p_value=0.0001, detector="contrast", **SEGMENT), {}),
        (finding(-0.05, detector="two_sigma", **SEGMENT), {}),
    ]
    tables = week_tables(*rows)
    (incident,) = incidents_of(tables, tables.alarms(calibration=False))
    assert incident.lead.detector == "contrast"
    assert [one.detector for one in tables.seen_by_others(incident.lead)] == ["slow", "two_sigma"]


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(4)), p_values=st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_incidents_do_not_depend_on_the_order_of_findings(order: list[int], p_values: list[float]) -> None:
    cells: list[dict[str, str]] = [SEGMENT, SEGMENT, CATEGORY, {}]
    detectors = ["contrast", "slow", "contrast", "contrast"]
    rows = [
        (finding(-0.05, p_value=p_value, detector=name, **where), {})
        for p_value, name, where in zip(p_values, detectors, cells, strict=True)
    ]
    there, back = week_tables(*rows), week_tables(*[rows[index] for index in order])
    assert incidents_of(there, there.alarms(calibration=False)) == incidents_of(
        back, back.alarms(calibration=False)
    )


def test_a_moved_level_does_not_join_an_alert_on_traffic() -> None:
    alarm = finding(-0.05, **SEGMENT)
    taken, left = absorb([alarm], [score_alert(**SEGMENT, kind="coverage")])
    assert taken == [[]] and left == [alarm]


ALERT = score_alert(**SEGMENT)


@pytest.mark.parametrize(
    ("where", "onset", "belongs"),
    [
        (SEGMENT, None, True),
        (CATEGORY, date(2026, 3, 14), True),
        (CATEGORY, date(2026, 3, 15), False),
        (CATEGORY, None, False),
    ],
)
def test_fall_belongs_to_an_alert_by_slice_or_by_onset(
    where: dict[str, str], onset: date | None, belongs: bool
) -> None:
    fall = finding(-0.05, onset=None if onset is None else pd.Timestamp(onset), **where)
    taken, left = absorb([fall], [ALERT])
    assert (len(taken[0]) == 1, len(left) == 0) == (belongs, belongs)


names = st.text(min_size=1, max_size=12)


@settings(deadline=None)
@given(key=names, value=names, week=st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_alert_id_is_stable_and_tells_slices_and_weeks_apart(key: str, value: str, week: date) -> None:
    opened = pd.Timestamp(week)
    made = alert_id("slice", "tone", key, value, opened=opened)
    assert made == alert_id("slice", "tone", key, value, opened=opened) and len(made) == 12
    assert made != alert_id("slice", "tone", key, value + "x", opened=opened)
    assert made != alert_id("slice", "tone", key, value, opened=opened + pd.Timedelta(weeks=1))


def test_alert_id_is_the_same_in_every_version() -> None:
    opened = pd.Timestamp("2026-03-16")
    assert (
        alert_id("slice", "faithfulness", "customer.segment", "enterprise", opened=opened) == "3038e2320654"
    )
