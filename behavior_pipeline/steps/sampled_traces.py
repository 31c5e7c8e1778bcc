"""Draws the traces of a day that are judged, from what checks and earlier judges said."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.sampling.draw import Draw, Drawn, draw_day
from behavior_pipeline.steps.pipeline import Pipeline

LOW_SCORE_DAYS = 14
LOW_SCORES = """
SELECT DISTINCT traces.conversation_id
FROM analysis.scores AS scores JOIN content.traces AS traces USING (day, trace_id)
WHERE scores.evaluator LIKE 'judge:%' AND scores.score < 0.5 AND traces.conversation_id IS NOT NULL
  AND day BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
"""


def draw(pipeline: Pipeline, day: date, *, run_id: str, low_scores: bool) -> Draw:
    """Return what is drawn of a day; `low_scores` draws conversations that were judged badly before, too."""
    rows = pipeline.cases.facts_of(day, run_id=run_id)
    lake, of_day = pipeline.lake, {"day": day}
    return draw_day(
        pipeline.dimensions,
        rows,
        day=day,
        check_scores=_checked(pipeline, day, run_id=run_id),
        low_score=low_score_conversations(lake, day) if low_scores else None,
        salt=pipeline.settings.sampling.salt,
        before=Drawn(
            sampled=lake.read("sampled_traces", of_day),
            population=lake.read("sampling_population", of_day),
            rates=lake.read("sampling_rates", of_day),
        ),
    )


def _checked(pipeline: Pipeline, day: date, *, run_id: str) -> Mapping[str, pd.DataFrame]:
    """Return a day's check results: stored ones of checked dimensions, computed ones of the composite."""
    by_dimension = {}
    for name, spec in pipeline.dimensions.items():
        if spec.kind == "checked":
            by_dimension[name] = pipeline.lake.read(f"scores_{name}", {"day": day})
        elif spec.kind == "composite":
            by_dimension[name] = pipeline.cases.checked_of(spec, day, run_id=run_id)
    return by_dimension


def low_score_conversations(lake: Lake, day: date) -> set[str]:
    """Return the conversations with a low judge score on one of the days before."""
    window = {"first": day - timedelta(days=LOW_SCORE_DAYS), "last": day - timedelta(days=1)}
    return set(lake.sql(LOW_SCORES, window)["conversation_id"])
