"""Which shares of coverage moved against the days before."""

from collections.abc import Sequence
from datetime import date, timedelta

from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.traces.coverage.shift import TRAILING_DAYS, Shifts, coverage_shifts


def shifts_of(pipeline: Pipeline, days: Sequence[date]) -> list[Shifts]:
    """Return what moved on each of some days, which are in order."""
    rules = pipeline.settings.quality
    window = Between(days[0] - timedelta(days=TRAILING_DAYS), days[-1])
    covered = pipeline.lake.read("coverage", {"day": window})
    return [
        coverage_shifts(day, covered, floor=rules.coverage_floor, error_rate=rules.coverage_error_rate)
        for day in days
    ]
