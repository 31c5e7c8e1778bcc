"""Asset calibration_slices: agreement with people slice by slice, where labels suffice."""

from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.agreement.slices import slices_of_week
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.lake.where import Between
from behavior_pipeline.tables.calibration import CALIBRATION_SLICES

PLACES = """
WITH items AS (SELECT DISTINCT dimension, item_id, trace_id FROM content.labels WHERE week <= $week),
facts AS (SELECT trace_id, slices FROM analysis.trace_facts WHERE trace_id IN (SELECT trace_id FROM items))
SELECT dimension, item_id, key AS slice_key, slices ->> ('$."' || key || '"') AS slice_value
FROM items JOIN facts USING (trace_id), unnest(json_keys(slices)) AS keys(key)
ORDER BY ALL
"""


@dg.asset(
    partitions_def=weekly,
    deps=["calibration_scores", "weekly_scores"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def calibration_slices(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Agreement of each judge with people on each watched slice, or how many more labels it needs."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = of_week(pipeline, week)
            metadata = {
                "measured": int(rows["point"].notna().sum()),
                "lacking": int((rows["needed"] > 0).sum()),
            }
            step.replace(week, {"calibration_slices": rows}, metadata=metadata)


def of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the week's rows of all dimensions."""
    scores = pipeline.lake.read("calibration_scores", {"week": Between(None, week)})
    watched = pipeline.lake.read("weekly_scores", {"week": week})
    places = pipeline.lake.sql(PLACES, {"week": week})
    found = [
        slices_of_week(
            spec, week=week, scores=scores, weekly=watched, places=places[places["dimension"] == name]
        )
        for name, spec in pipeline.dimensions.items()
    ]
    return CALIBRATION_SLICES.joined(found)
