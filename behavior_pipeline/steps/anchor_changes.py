"""Whether judges, and people, say of the same anchors what they said before."""

from datetime import date

import pandas as pd

from behavior_pipeline.calibration.anchors.judge import judge_changes
from behavior_pipeline.calibration.anchors.people import people_changes
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import sunday_of
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES


def anchor_changes_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the week's comparisons of every dimension that has anchors, judges first."""
    so_far = {"week": Between(None, week)}
    scores = pipeline.lake.read("calibration_scores", {**so_far, "role": "anchor"})
    labels = pipeline.lake.read("labels", {**so_far, "role": ["anchor", "relabel"]})
    registry = dataset_registry(pipeline.settings.root)
    changes = []
    for name, spec in pipeline.dimensions.items():
        dataset = dataset_in_force(registry, name, sunday_of(week))
        changes.append(judge_changes(spec, week=week, scores=scores))
        changes.append(people_changes(spec, week=week, dataset=dataset, labels=labels, scores=scores))
    return ANCHOR_CHANGES.joined(changes)
