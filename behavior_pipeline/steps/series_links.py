"""By how much new judges and rubrics read otherwise than those before them."""

from datetime import date

import pandas as pd

from behavior_pipeline.calibration.judges.bridge import links_of_week as links_of_dimension
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.tables.calibration import SERIES_LINKS


def links_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the week's links of every dimension with a judge."""
    so_far = {"week": Between(None, week)}
    scores, agreement = (
        pipeline.lake.read(name, so_far) for name in ("calibration_scores", "calibration_agreement")
    )
    return SERIES_LINKS.joined(
        links_of_dimension(spec, week=week, scores=scores, agreement=agreement)
        for spec in pipeline.dimensions.values()
        if spec.judge is not None
    )
