"""What the judge in use says of a seventh of the anchors, each day another one."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.calibration.anchors.sevenths import of_day
from behavior_pipeline.calibration.items.week import items_of_week
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.judging.within_budget import RankedItem
from behavior_pipeline.lake.where import Between
from behavior_pipeline.scoring.calibrated import calibration_rows
from behavior_pipeline.scoring.checked import check_scores
from behavior_pipeline.steps.ask_judge import ask, question_of
from behavior_pipeline.steps.judged_items import cases_of, judged_items
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import sunday_of
from behavior_pipeline.tables.calibration import ANCHOR_DAYS


def anchors_of_day(pipeline: Pipeline, day: date) -> pd.DataFrame:
    """Return the day's seventh of every set of anchors, with what the judge says of it.

    They are asked as the week's anchors are, so that the week reads these answers and pays for none again.
    """
    monday = day - timedelta(days=day.weekday())
    labels = pipeline.lake.read("labels", {"week": Between(None, monday), "role": "anchor"})
    registry = dataset_registry(pipeline.settings.root)
    items = {}
    for name, spec in pipeline.dimensions.items():
        if spec.judge is not None and (labels["dimension"] == name).any():
            dataset = dataset_in_force(registry, name, day)
            items[name] = of_day(items_of_week(labels, spec, week=monday, dataset=dataset), day)
    parsed = cases_of(pipeline.lake, {trace for rows in items.values() for trace in rows["trace_id"]})
    return ANCHOR_DAYS.joined(
        _judged(pipeline, pipeline.dimensions[name], rows, parsed, day=day) for name, rows in items.items()
    )


def _judged(
    pipeline: Pipeline, spec: DimensionSpec, items: pd.DataFrame, everything: list[Case], *, day: date
) -> pd.DataFrame:
    monday = day - timedelta(days=day.weekday())
    parsed = [case for case in everything if case.trace_id in set(items["trace_id"])]
    checked = check_scores(spec, parsed, root=pipeline.settings.root) if spec.checks else None
    verdicts = {}
    if spec.judge is not None:
        ranked = [
            RankedItem(item, 1.0, 0.0) for item in judged_items(pipeline, spec, parsed, on=sunday_of(monday))
        ]
        question = question_of(spec, spec.judge)
        verdicts["anchor"] = ask(pipeline, question, ranked, scope=monday.isoformat()).frame()
    rows = calibration_rows(spec, items, week=monday, checked=checked, verdicts=verdicts)
    return ANCHOR_DAYS.validate(rows.assign(day=pd.Timestamp(day))[list(ANCHOR_DAYS.columns)])
