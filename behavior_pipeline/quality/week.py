"""The quality suite of one week: frames from the lake, expectations, results and pages."""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from uuid import uuid4

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.quality.expectations import expectations
from behavior_pipeline.quality.frames import Query, frames_of_week
from behavior_pipeline.quality.pages import make_self_contained, replace_folder, write_week
from behavior_pipeline.quality.suite import check_week
from behavior_pipeline.settings.model import Settings

PAGES = Path("reports") / "quality"


def quality_of_week(
    query: Query, week: date, *, specs: Mapping[str, DimensionSpec], settings: Settings
) -> pd.DataFrame:
    """Return rows of QUALITY_RESULTS; write the week's pages below `reports/quality/` of the data root."""
    frames = frames_of_week(query, week, rules=settings.quality, lateness_days=settings.lateness_days)
    folder = settings.root / PAGES / week.isoformat()
    draft = folder.with_name(f".{week}.{uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        results = check_week(week, frames, expectations(specs), docs=draft)
        make_self_contained(draft)
        write_week(draft, week, results)
        replace_folder(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return results
