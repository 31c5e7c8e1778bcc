from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.alerts.incidents import absorb, fold
from behavior_pipeline.alerts.week_tables import WeekTables, alert_id
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT
from behavior_pipeline.tables.drift import EVENTS
from behavior_pipeline.tables.weekly import WEEKLY_SCORES, WEEKLY_TUPLE_SHARES
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


def week_tables(rows: list[Finding], shares: list[tuple[dict[str, str], float]]) -> WeekTables:
    daily = [worlds.days([0.9], first=WEEK, n=1000)]
    daily += [worlds.days([0.9], first=WEEK, n=int(1000 * share), **where) for where, share in shares]
    return WeekTables(
        week=WEEK,
        specs={"faithfulness": spec()},
        findings=rows,
        previous=[],
        weekly=WEEKLY_SCORES.empty(),
        daily=pd.concat(daily),
        agreement=CALIBRATION_AGREEMENT.empty(),
        tuple_shares=WEEKLY_TUPLE_SHARES.empty(),
        events=EVENTS.empty(),
    )


def test_slice_that_fell_leads_and_slices_that_contain_it_are_folded() -> None:
    rows = [
        finding(-0.05, **SEGMENT),
        finding(-0.026, **CATEGORY),
        finding(-0.026, **LANGUAGE),
        finding(-0.025),
    ]
    incident = fold(week_tables(rows, [(SEGMENT, 0.5), (CATEGORY, 0.4), (LANGUAGE, 0.95)]), rows)
    assert incident.lead.slice_value == "enterprise"
    assert [fall.slice_value for fall in incident.folded] == ["all", "billing", "en"]


def test_fall_of_everything_is_led_by_the_aggregate() -> None:
    rows = [finding(-0.051, **SEGMENT), finding(-0.05), finding(-0.049, **CATEGORY)]
    incident = fold(week_tables(rows, [(SEGMENT, 0.5), (CATEGORY, 0.4)]), rows)
    assert incident.lead.slice_key == "all" and len(incident.folded) == 2


def test_slices_that_fell_while_the_aggregate_was_quiet_are_one_alert() -> None:
    quiet = finding(-0.005, alarm=False, reason="below_effect_floor")
    falls = [finding(-0.05, **SEGMENT), finding(-0.03, **CATEGORY)]
    incident = fold(week_tables([*falls, quiet], [(SEGMENT, 0.1), (CATEGORY, 0.1)]), falls)
    assert incident.lead.slice_value == "enterprise" and len(incident.folded) == 1


def test_aggregate_alone_leads() -> None:
    rows = [finding(-0.05)]
    incident = fold(week_tables(rows, []), rows)
    assert incident.lead.slice_key == "all" and incident.folded == ()


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(4)), effects=st.lists(st.floats(-0.5, -0.02), min_size=4, max_size=4))
def test_lead_does_not_depend_on_the_order_of_findings(order: list[int], effects: list[float]) -> None:
    cells: list[dict[str, str]] = [{}, SEGMENT, CATEGORY, LANGUAGE]
    rows = [finding(effect, **where) for effect, where in zip(effects, cells, strict=True)]
    tables = week_tables(rows, [(SEGMENT, 0.5), (CATEGORY, 0.4), (LANGUAGE, 0.9)])
    there = fold(tables, rows)
    back = fold(tables, [rows[index] for index in order])
    assert there.lead.series_id == back.lead.series_id
    assert [fall.series_id for fall in there.folded] == [fall.series_id for fall in back.folded]


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
