"""What people have to do for the judges after a week."""

from datetime import date

import pandas as pd

from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.datafiles.label_files import dataset_in_force, dataset_registry
from behavior_pipeline.labelling.queue import month_start
from behavior_pipeline.labelling.upkeep import MONTH, Upkeep, plan_of_week
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pass_share import by_rubric, pass_shares
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.recalibration import judge_days
from behavior_pipeline.steps.weeks import ONE_WEEK, sunday_of


def maintenance_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the plan of a week."""
    lake = pipeline.lake
    trailing = {"week": Between(week - MONTH + ONE_WEEK, week)}
    registry = dataset_registry(pipeline.settings.root)
    upkeep = Upkeep(
        week=week,
        agreement=lake.read("calibration_agreement", {"week": week}),
        scores=lake.read("calibration_scores", trailing),
        labels=lake.read("labels", {"week": Between(None, week)}),
        queue=lake.read("label_queue", {"week": [week, month_start(week)]}),
        judge_days=judge_days(lake),
        slices=lake.read("calibration_slices", {"week": week}),
        datasets={name: dataset_in_force(registry, name, sunday_of(week)) for name in pipeline.dimensions},
        pass_shares=by_rubric(pass_shares(lake, week, weeks=POOLED_WEEKS)),
    )
    return plan_of_week(pipeline.dimensions, upkeep)
