"""Asset recalibration_queue: the items that would show soonest whether a judge of the day is any good."""

from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.calibration.label_queue import scores_of
from behavior_pipeline.defs.partition_writer import day_step
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.labelling.draw import labelling_salt
from behavior_pipeline.labelling.queue import queue_of_day
from behavior_pipeline.tables.labelling import RECALIBRATION_QUEUE


@dg.asset(
    partitions_def=daily,
    deps=[f"scores_{name}" for name, spec in dimensions().items() if spec.judge],
    group_name="recalibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def recalibration_queue(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """40 items by verdict for each judge of the day; they count on the first day of a judge.

    Whether a judge is new depends on the other days that are stored. So that days may be run in any order,
    each day keeps its own items, and who reads them looks up a judge's first day.
    """
    with day_step(context, pipeline.lake) as step:
        for day in step.partitions:
            rows = of_day(pipeline, day)
            judges = rows.drop_duplicates(["dimension", "judge"])
            step.replace(day, {"recalibration_queue": rows}, metadata={"judges": len(judges)})


def of_day(pipeline: Pipeline, day: date) -> pd.DataFrame:
    """Return the day's items of all dimensions with a judge."""
    salt = labelling_salt(pipeline.settings.sampling.salt)
    found = [
        queue_of_day(spec, scores_of(pipeline, name, day, day), day=day, salt=salt)
        for name, spec in pipeline.dimensions.items()
        if spec.judge is not None
    ]
    return RECALIBRATION_QUEUE.joined(found)
