"""How many traces of each slice were in a dimension's frame, week by week: what slices are watched by."""

from datetime import date

import pandas as pd

from behavior_pipeline.aggregation.slices import first_deciding_day
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.weeks import sunday_of

# Frames hold a day's production traces by slice and dimension, without the JSON of the traces.
TRAFFIC = """
SELECT date_trunc('week', day) AS week, dimension, slice_key, slice_value, sum(traces)::BIGINT AS traces
FROM analysis.sampling_frames
WHERE day BETWEEN $first AND $last AND slice_key NOT IN ('all', 'input') AND reason = 'eligible'
GROUP BY ALL ORDER BY ALL
"""


def traffic_until(lake: Lake, week: date, *, until: date | None = None) -> pd.DataFrame:
    """Return traces by week, dimension, slice_key and slice_value, from the weeks that choose the slices on.

    The week itself counts up to the day `until`, by default its last one.
    """
    return lake.sql(TRAFFIC, {"first": first_deciding_day(week), "last": until or sunday_of(week)})
