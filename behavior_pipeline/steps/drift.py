"""What every detector says of every series of a week."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.drift.history import REFERENCE_WEEKS, SeriesHistory
from behavior_pipeline.drift.week import findings_of_week
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import ONE_WEEK

HISTORY = timedelta(weeks=REFERENCE_WEEKS)


def drift_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the findings of a week, alarms or not."""
    lake, trailing = pipeline.lake, {"week": Between(week - HISTORY, week)}
    return findings_of_week(
        SeriesHistory(
            week=week,
            specs=pipeline.dimensions,
            weekly=lake.read("weekly_scores", trailing),
            daily=lake.read("daily_series", {"week": Between(week - ONE_WEEK, week)}),
            agreement=lake.read("calibration_agreement", trailing),
            anchors=lake.read("anchor_changes", {"week": week}),
        )
    )
