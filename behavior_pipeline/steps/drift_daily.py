"""What the daily detectors measured of every series of a day, and what was decided on it."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.days import HISTORY
from behavior_pipeline.drift.week import Drift, drift_of_period
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.drift import (
    DRIFT_DECISIONS_DAILY,
    DRIFT_FINDINGS_DAILY,
    DRIFT_STATE,
    DRIFT_STATE_DAILY,
)
from behavior_pipeline.words import SCORE


def drift_of_day(pipeline: Pipeline, day: date) -> Drift:
    """Return the findings of a day, what was decided on each, and what detectors carry on, as daily rows."""
    lake = pipeline.lake
    cells = lake.read("daily_cells", {"day": Between(day - HISTORY, day), "metric": SCORE})
    state = lake.read("drift_state_daily", {"day": day - timedelta(days=1)})
    anchors = lake.read("anchor_days", {"day": Between(day - HISTORY, day)})
    tables = {
        "daily_cells": cells, "drift_state": state[list(DRIFT_STATE.columns)], "anchor_days": anchors,
    }  # fmt: skip
    made = drift_of_period(Evidence(day, "day", pipeline.dimensions, tables, pipeline.settings.drift.budget))
    return Drift(
        _of_day(made.findings, DRIFT_FINDINGS_DAILY, day),
        _of_day(made.decisions, DRIFT_DECISIONS_DAILY, day),
        _of_day(made.state, DRIFT_STATE_DAILY, day),
    )


def _of_day(rows: pd.DataFrame, table: Table, day: date) -> pd.DataFrame:
    return rows.assign(day=pd.Timestamp(day))[list(table.columns)]
