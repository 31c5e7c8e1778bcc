"""What the judge of a week says of the items that people labelled."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

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
from behavior_pipeline.tables.calibration import CALIBRATION_SCORES


def calibration_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the week's fresh labels and the anchors in force, each with that week's verdict of the judge."""
    labels = pipeline.lake.read("labels", {"week": Between(None, week)})
    labelled = [spec for name, spec in pipeline.dimensions.items() if (labels["dimension"] == name).any()]
    registry = dataset_registry(pipeline.settings.root)
    items = {spec.name: _items_of(spec, week, labels, registry=registry) for spec in labelled}
    traces = {trace_id for rows in items.values() for trace_id in rows["trace_id"]}
    parsed = cases_of(pipeline.lake, traces)
    return CALIBRATION_SCORES.joined(
        _judged(pipeline, spec, week, items[spec.name], parsed) for spec in labelled if len(items[spec.name])
    )


def _items_of(
    spec: DimensionSpec, week: date, labels: pd.DataFrame, *, registry: pd.DataFrame
) -> pd.DataFrame:
    """Return the labelled items of a dimension: the week's fresh ones and the anchors in force at its end."""
    dataset = dataset_in_force(registry, spec.name, sunday_of(week))
    return items_of_week(labels, spec, week=week, dataset=dataset)


def _judged(
    pipeline: Pipeline, spec: DimensionSpec, week: date, items: pd.DataFrame, everything: Sequence[Case]
) -> pd.DataFrame:
    """Return the dimension's items of the week with what checks and judge say of them.

    Fresh items get the answer that production got (the cache holds it), anchors are asked again each week,
    of the judge that is in use at its end.
    """
    traces = set(items["trace_id"])
    parsed = [case for case in everything if case.trace_id in traces]
    checked = check_scores(spec, parsed, root=pipeline.settings.root) if spec.checks else None
    verdicts = {}
    if spec.judge is not None:
        question = question_of(spec, spec.judge)
        for role, scope, on in (("fresh", "", None), ("anchor", week.isoformat(), sunday_of(week))):
            of_role = set(items.loc[items["role"] == role, "trace_id"])
            shown = judged_items(pipeline, spec, [case for case in parsed if case.trace_id in of_role], on=on)
            ranked = [RankedItem(item, 1.0, 0.0) for item in shown]
            verdicts[role] = ask(pipeline, question, ranked, scope=scope).frame()
    return calibration_rows(spec, items, week=week, checked=checked, verdicts=verdicts)
