"""How many production traces each slice had, week by week: what slices are watched by."""

from datetime import date

import pandas as pd

from behavior_pipeline.aggregation.slices import first_deciding_day
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.weeks import sunday_of

# Frames hold a day's production traces by slice, once for each dimension: any one of them counts them all,
# without the JSON of the traces.
TRAFFIC = """
SELECT date_trunc('week', day) AS week, slice_key, slice_value, sum(traces)::BIGINT AS traces
FROM (
    SELECT *, min(dimension) OVER (PARTITION BY day) AS counting
    FROM analysis.sampling_frames
    WHERE day BETWEEN $first AND $last AND slice_key NOT IN ('all', 'input')
)
WHERE dimension = counting
GROUP BY ALL ORDER BY ALL
"""


def traffic_until(lake: Lake, week: date, *, until: date | None = None) -> pd.DataFrame:
    """Return traces by week, slice_key and slice_value, from the weeks that choose a week's slices on.

    The week itself counts up to the day `until`, by default its last one.
    """
    return lake.sql(TRAFFIC, {"first": first_deciding_day(week), "last": until or sunday_of(week)})
