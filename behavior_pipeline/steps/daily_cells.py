"""A day's cells: sums of scores, latency and cost by watched slices."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from behavior_pipeline.aggregation.cells import daily_cells
from behavior_pipeline.aggregation.engine import FACTS
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.traffic import traffic_until
from behavior_pipeline.steps.weekly_scores import SCORES

FACTS_OF_DAY = f"SELECT {', '.join(FACTS)} FROM analysis.trace_facts WHERE day = $day"  # noqa: S608


def cells_of_day(pipeline: Pipeline, day: date, *, spill: Path) -> pd.DataFrame:
    """Return the rows of daily_cells of a day, in slices chosen by traffic up to it.

    Scores and facts lie in the folder `spill` meanwhile.
    """
    lake, settings = pipeline.lake, pipeline.settings
    with TemporaryDirectory(prefix="cells-", dir=spill) as folder:
        return daily_cells(
            day=day,
            specs=pipeline.dimensions,
            scores=lake.export(SCORES, {"first": day, "last": day}, path=Path(folder) / "scores.parquet"),
            facts=lake.export(FACTS_OF_DAY, {"day": day}, path=Path(folder) / "facts.parquet"),
            tuples=lake.read("tuple_days", {"day": day}),
            traffic=traffic_until(lake, day - timedelta(days=day.weekday()), until=day),
            keys=settings.slices,
            top=settings.aggregation.top_slices,
            cell_keys=settings.aggregation.cell_keys,
        )
