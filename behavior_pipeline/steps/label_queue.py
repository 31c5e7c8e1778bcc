"""Whom people are asked to label next: after a week, and on the first day of a judge."""

from datetime import date

import pandas as pd

from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.doubtful import worth_checking
from behavior_pipeline.labelling.draw import labelling_salt
from behavior_pipeline.labelling.queue import Known, in_force, queue_of_day, queue_of_week
from behavior_pipeline.lake.where import Between
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.steps.judged_items import cases_of
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import sunday_of, window_of
from behavior_pipeline.tables.labelling import LABEL_QUEUE, RECALIBRATION_QUEUE
from behavior_pipeline.words import ANCHOR, FRESH

SCORES = """
SELECT s.day, s.trace_id, s.score, s.weight, s.evaluator, t.judge, t.rubric
FROM analysis.scores AS s JOIN analysis.tuple_days AS t USING (day, dimension, tuple_id)
WHERE dimension = $dimension AND day BETWEEN $first AND $last AND s.score IS NOT NULL
ORDER BY s.trace_id
"""


def label_queue_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the queue of a week, all dimensions with a judge."""
    lake, salt = pipeline.lake, labelling_salt(pipeline.settings.sampling.salt)
    registry = dataset_registry(pipeline.settings.root)
    last_month = window_of(week, weeks=POOLED_WEEKS)["first"]
    labels = lake.read("labels", {"week": Between(None, week)})
    rescored = pd.concat(
        [
            lake.read("calibration_scores", {"week": Between(None, week), "role": ANCHOR}),
            lake.read("calibration_scores", {"week": Between(last_month, week), "role": FRESH}),
        ],
        ignore_index=True,
    )
    agreement = lake.read("calibration_agreement", {"week": week})
    queues = []
    for name, spec in pipeline.dimensions.items():
        if spec.judge is None:
            continue
        scores = _judged_traces(pipeline, name, week, sunday_of(week))
        known = Known(
            week, scores, labels, rescored, agreement,
            dataset=dataset_in_force(registry, name, sunday_of(week)),
            checked=_checked(pipeline, spec, scores, salt=salt),
        )  # fmt: skip
        queues.append(queue_of_week(spec, known, salt=salt))
    return LABEL_QUEUE.joined(queues)


def recalibration_queue_of_day(pipeline: Pipeline, day: date) -> pd.DataFrame:
    """Return the day's items of all dimensions with a judge."""
    salt = labelling_salt(pipeline.settings.sampling.salt)
    queues = [
        queue_of_day(spec, _judged_traces(pipeline, name, day, day), day=day, salt=salt)
        for name, spec in pipeline.dimensions.items()
        if spec.judge is not None
    ]
    return RECALIBRATION_QUEUE.joined(queues)


def _judged_traces(pipeline: Pipeline, dimension: str, first: date, last: date) -> pd.DataFrame:
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
