"""A day's cells: sums of scores, latency and cost by watched slices."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.aggregation.cells import daily_cells
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.traffic import traffic_until
from behavior_pipeline.steps.weekly_scores import SCORES


def cells_of_day(pipeline: Pipeline, day: date) -> pd.DataFrame:
    """Return the rows of daily_cells of a day, in slices chosen by traffic up to it."""
    lake, settings = pipeline.lake, pipeline.settings
    return daily_cells(
        day=day,
        specs=pipeline.dimensions,
        scores=lake.sql(SCORES, {"first": day, "last": day}),
        facts=lake.read("trace_facts", {"day": day}),
        tuples=lake.read("tuple_days", {"day": day}),
        traffic=traffic_until(lake, day - timedelta(days=day.weekday()), until=day),
        keys=settings.slices,
        top=settings.aggregation.top_slices,
        cell_keys=settings.aggregation.cell_keys,
    )
