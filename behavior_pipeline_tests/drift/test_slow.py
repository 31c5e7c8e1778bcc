"""Slow drift: a moving average against pinned weeks, the same from state as from all weeks."""

import pandas as pd
import pytest

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.api import DriftConfig, detect
from behavior_pipeline.drift.detectors.slow import PLUGIN
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.intake import calendar_of, series_rows
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.drift.simulated import START, cells, history

CONFIG = DriftConfig(drift=Drift(detectors=("slow",)))
SPECS = {"tone": spec("tone", drift={"detectors": ["slow"]})}


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["slice_key"] == "all"].reset_index(drop=True)


def evidence(weekly: pd.DataFrame, weeks: int, state: pd.DataFrame | None = None) -> Evidence:
    tables = {"weekly_scores": weekly} | ({} if state is None else {"drift_state": state})
    return Evidence((START + pd.Timedelta(weeks=weeks - 1)).date(), "week", SPECS, tables).cut()


def weekly(of: pd.DataFrame) -> pd.DataFrame:
    rows = history(of)
    return series_rows(rows, calendar_of(rows["period"].tolist()))


def test_slow_fall_is_found_against_the_pinned_weeks() -> None:
    def level(week: int, *_: str) -> float:
        return 0.94 - 0.004 * max(0, week - 9)

    rows = whole(detect(history(cells(22, level=level)), config=CONFIG))
    assert not rows["alarm"].iloc[:12].any()
    assert rows["alarm"].iloc[-1]
    assert rows["baseline"].iloc[-1] == pytest.approx(rows["baseline"].iloc[11], abs=0.002)


def test_a_quarter_of_the_effect_floor_is_no_change() -> None:
    def lower(points: float) -> float:
        of = cells(22, level=lambda week, *_: 0.94 - points * (week > 9), judged=4_000_000)
        return float(whole(detect(history(of), config=CONFIG))["p_value"].iloc[-1])

    floor = CONFIG.drift.effect_floor
    assert lower(0.2 * floor) > 0.5
    assert lower(0.4 * floor) < 1e-6


def test_pin_stays_where_it_was() -> None:
    rows = whole(detect(history(cells(20)), config=CONFIG))
    assert rows["baseline"].iloc[13:].nunique() == 1
    assert rows["baseline"].iloc[5] != rows["baseline"].iloc[13]


def test_state_says_what_all_weeks_say() -> None:
    table = weekly(cells(18))
    carried = PLUGIN.detect(evidence(table, 17)).state
    assert len(carried) == 5
    from_state = PLUGIN.detect(evidence(table, 18, carried)).findings
    anew = PLUGIN.detect(evidence(table, 18)).findings
    pd.testing.assert_frame_equal(from_state, anew)


def test_state_outlives_the_weeks_that_it_came_from() -> None:
    table = weekly(cells(18))
    carried = PLUGIN.detect(evidence(table, 17)).state
    recent = table[table["week"] > START + pd.Timedelta(weeks=9)]
    row, usual = (
        PLUGIN.detect(evidence(rows, 18, carried)).findings.set_index("series_id") for rows in (recent, table)
    )
    pd.testing.assert_series_equal(row["baseline"], usual["baseline"])
    pd.testing.assert_series_equal(row["current"], usual["current"])


def test_short_history_is_pinned_anew_each_week_and_carries_nothing() -> None:
    measured = PLUGIN.detect(evidence(weekly(cells(6)), 6))
    assert measured.state.empty
    assert set(measured.findings["reason"]) == {"compared"}


def test_a_fall_in_the_fifth_week_stays_out_of_the_pin_until_it_is_told() -> None:
    of = cells(10, level=lambda week, *_: 0.94 if week < 4 else 0.89)
    rows = whole(detect(history(of), config=CONFIG))
    days = sorted(of["period"].unique())
    assert rows["baseline"].iloc[-1] > 0.92
    assert rows.loc[rows["period"] == days[7], "alarm"].all()


def test_week_without_traces_leaves_the_average_as_it_is() -> None:
    table = weekly(cells(18))
    carried = PLUGIN.detect(evidence(table, 16)).state
    gap = table[table["week"] != START + pd.Timedelta(weeks=16)]
    between = PLUGIN.detect(evidence(gap, 17, carried)).state
    assert (
        between.set_index("series_id")["state"].to_dict() == carried.set_index("series_id")["state"].to_dict()
    )
