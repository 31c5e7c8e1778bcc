"""What every detector measured of every series of a week, and what was decided on it."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.aggregation.cells import LOG_SECONDS, LOG_USD
from behavior_pipeline.drift.detector import detectors
from behavior_pipeline.drift.evidence import REFERENCE_WEEKS, Evidence
from behavior_pipeline.drift.judges.splice import links_of, spliced_rows
from behavior_pipeline.drift.week import Drift, drift_of_period
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import ONE_WEEK, sunday_of

HISTORY = timedelta(weeks=REFERENCE_WEEKS)
# What is read beside the tables that detectors need: how they decided before, and the days of onsets.
# What joins a series over a change of its judge is there for those that can use it.
ALWAYS = ("drift_decisions", "drift_state", "daily_series", "daily_cells", "weekly_cells", "series_links")


def drift_of_week(pipeline: Pipeline, week: date) -> Drift:
    """Return the findings of a week, what was decided on each, and what detectors carry on."""
    names = {name for detector in detectors().values() if detector.grain == "week" for name in detector.needs}
    tables = {name: pipeline.lake.read(name, _window(name, week)) for name in sorted({*names, *ALWAYS})}
    links = links_of(tables["series_links"], pd.Timestamp(week))
    for name in ("weekly_scores", "weekly_cells"):
        tables[name] = spliced_rows(tables[name], links)
    return drift_of_period(
        Evidence(week, "week", pipeline.dimensions, tables, pipeline.settings.drift.budget)
    )


def _window(name: str, week: date) -> dict[str, object]:
    """Return the weeks of a table that are read: all that detectors may look at."""
    if name == "daily_cells":  # scores have their days in daily_series
        days = Between(week - _longest(), sunday_of(week))
        return {"day": days, "metric": [LOG_SECONDS, LOG_USD]}
    if name == "drift_state":
        return {"week": week - ONE_WEEK}
    if name == "drift_decisions":
        return {"week": Between(week - _longest(), week - ONE_WEEK)}
    return {"week": Between(week - _longest(), week)}


def _longest() -> timedelta:
    histories = [one.history or REFERENCE_WEEKS for one in detectors().values() if one.grain == "week"]
    return max(histories) * ONE_WEEK
