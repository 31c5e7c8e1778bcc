"""How many production traces each slice had, week by week: what slices are watched by."""

from datetime import date

import pandas as pd

from behavior_pipeline.aggregation.slices import first_deciding_day
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.weeks import sunday_of

TRAFFIC = """
SELECT date_trunc('week', day) AS week, key AS slice_key, slices ->> ('$."' || key || '"') AS slice_value,
       count(*) AS traces
FROM analysis.trace_facts, unnest(json_keys(slices)) AS keys(key)
WHERE role = 'production' AND day BETWEEN $first AND $last
GROUP BY ALL
"""


def traffic_until(lake: Lake, week: date) -> pd.DataFrame:
    """Return traces by week, slice_key and slice_value, from the weeks that choose a week's slices on."""
    return lake.sql(TRAFFIC, {"first": first_deciding_day(week), "last": sunday_of(week)})
