"""Asset check of traces: which shares of coverage moved against the days before."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.lake.where import Between
from behavior_pipeline.traces.coverage.shift import TRAILING_DAYS, coverage_shifts
from behavior_pipeline.words import ALL

NAMED = 5


@dg.asset_check(
    asset="traces",
    description="What can be seen of the day's traces is what could be seen in the four weeks before: no "
    "share of a field, slice or dialect moved, no dialect is new or gone.",
)
def coverage_is_steady(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
    """Warn of shares that moved, with what they were and are."""
    days = sorted(map(date.fromisoformat, context.partition_keys))
    rules = pipeline.settings.quality
    covered = pipeline.lake.read(
        "coverage", {"day": Between(days[0] - timedelta(days=TRAILING_DAYS), days[-1])}
    )
    found = [
        coverage_shifts(day, covered, floor=rules.coverage_floor, error_rate=rules.coverage_error_rate)
        for day in days
    ]
    moved = pd.concat([shifts.moved for shifts in found], ignore_index=True)
    absent = pd.concat([shifts.absent for shifts in found], ignore_index=True)
    return dg.AssetCheckResult(
        passed=moved.empty,
        severity=dg.AssetCheckSeverity.WARN,
        description=sentence(moved) if len(moved) else "No share moved.",
        metadata={
            "moved": len(moved),
            "compared": sum(shifts.compared for shifts in found),
            "shares": markdown_table(moved),
            "not_seen_but_too_few_to_tell": markdown_table(absent),
        },
    )


def sentence(moved: pd.DataFrame) -> str:
    """Return the first shares that moved, with before and after."""
    told = [
        f"{row['field']} of {_place(row)} {row['what']}: {row['before']:.0%} to {row['after']:.0%} "
        f"on {row['day'].date()}"
        for row in moved.head(NAMED).to_dict("records")
    ]
    more = len(moved) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _place(row: dict) -> str:
    parts = [] if row["slice_key"] == ALL else [f"{row['slice_key']}={row['slice_value']}"]
    parts += [] if row["dialect"] == ALL else [f"dialect {row['dialect']}"]
    return ", ".join(parts) or "all traces"
