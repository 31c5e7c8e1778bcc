"""Asset label_queue: whom people are asked to label next, from the traces of the week that ended."""

from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.defs.calibration.calibration_scores import cases_of
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import days_of, weekly
from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.doubtful import worth_checking
from behavior_pipeline.labelling.draw import labelling_salt
from behavior_pipeline.labelling.queue import Known, in_force, queue_of_week
from behavior_pipeline.lake.where import Between
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.tables.labelling import LABEL_QUEUE

SCORES = """
SELECT s.day, s.trace_id, s.score, s.weight, s.evaluator, t.judge, t.rubric
FROM analysis.scores AS s JOIN analysis.tuple_days AS t USING (day, dimension, tuple_id)
WHERE dimension = $dimension AND day BETWEEN $first AND $last AND s.score IS NOT NULL
ORDER BY s.trace_id
"""


@dg.asset(
    partitions_def=weekly,
    deps=[
        "labels",
        "traces",
        "calibration_scores",
        "calibration_agreement",
        *(f"scores_{name}" for name, spec in dimensions().items() if spec.judge),
    ],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def label_queue(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Next week's items to label: a sample by judge verdict, anchors again, uncertain ones apart."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = of_week(pipeline, week)
            counts = (rows["role"] + "_" + rows["dimension"]).value_counts().sort_index()
            metadata = {str(name): int(count) for name, count in counts.items()}
            step.replace(week, {"label_queue": rows}, metadata=metadata)


def of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the queue of a week, all dimensions with a judge."""
    lake, salt = pipeline.lake, labelling_salt(pipeline.settings.sampling.salt)
    registry = dataset_registry(pipeline.settings.root)
    labels = lake.read("labels", {"week": Between(None, week)})
    rescored = lake.read("calibration_scores", {"week": Between(None, week), "role": "anchor"})
    agreement = lake.read("calibration_agreement", {"week": week})
    found = []
    for name, spec in pipeline.dimensions.items():
        if spec.judge is None:
            continue
        scores = scores_of(pipeline, name, week, days_of(week)[-1])
        known = Known(
            week, scores, labels, rescored, agreement,
            dataset=dataset_in_force(registry, name, days_of(week)[-1]),
            checked=_checked(pipeline, spec, scores, salt=salt),
        )  # fmt: skip
        found.append(queue_of_week(spec, known, salt=salt))
    return LABEL_QUEUE.joined(found)


def scores_of(pipeline: Pipeline, dimension: str, first: date, last: date) -> pd.DataFrame:
    """Return the traces with a verdict of some days, with weight, evaluator, judge and rubric."""
    return pipeline.lake.sql(SCORES, {"dimension": dimension, "first": first, "last": last})


def _checked(
    pipeline: Pipeline, spec: DimensionSpec, scores: pd.DataFrame, *, salt: str
) -> pd.DataFrame | None:
    """Return what checks say of traces that the judge failed, where a dimension has both."""
    if spec.kind != "composite":
        return None
    wanted = worth_checking(in_force(scores), most=spec.labelling.diagnostic, salt=salt)
    if not wanted:
        return None
    return check_scores(spec, cases_of(pipeline.lake, set(wanted)), root=pipeline.settings.root)
