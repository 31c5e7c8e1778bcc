"""Agreement with people slice by slice."""

from datetime import date

import pandas as pd

from behavior_pipeline.calibration.agreement.slices import slices_of_week as slices_of_dimension
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.tables.calibration import CALIBRATION_SLICES

PLACES = """
WITH items AS (SELECT DISTINCT dimension, item_id, trace_id FROM content.labels WHERE week <= $week),
facts AS (SELECT trace_id, slices FROM analysis.trace_facts WHERE trace_id IN (SELECT trace_id FROM items))
SELECT dimension, item_id, key AS slice_key, slices ->> ('$."' || key || '"') AS slice_value
FROM items JOIN facts USING (trace_id), unnest(json_keys(slices)) AS keys(key)
UNION ALL
SELECT dimension, item_id, 'input', input FROM items JOIN analysis.scores USING (dimension, trace_id)
WHERE input IS NOT NULL
ORDER BY ALL
"""


def slices_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the week's agreement of each judge on each watched slice, or how many more labels it needs."""
    scores = pipeline.lake.read("calibration_scores", {"week": Between(None, week)})
    watched = pipeline.lake.read("weekly_scores", {"week": week})
    places = pipeline.lake.sql(PLACES, {"week": week})
    by_dimension = [
        slices_of_dimension(
            spec, week=week, scores=scores, weekly=watched, places=places[places["dimension"] == name]
        )
        for name, spec in pipeline.dimensions.items()
    ]
    return CALIBRATION_SLICES.joined(by_dimension)
