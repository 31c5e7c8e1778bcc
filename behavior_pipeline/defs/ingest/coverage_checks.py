"""Asset check of traces: which shares of coverage moved against the days before."""

from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.coverage import shifts_of
from behavior_pipeline.words import ALL

NAMED = 5


@dg.asset_check(
    asset="traces",
    description="What can be seen of the day's traces is what could be seen in the four weeks before: no "
    "share of a field, slice or dialect moved, no dialect or large value of a slice is new or gone.",
)
def coverage_is_steady(
    context: dg.AssetCheckExecutionContext, pipeline: PipelineResource
) -> dg.AssetCheckResult:
    """Warn of shares that moved, with what they were and are."""
    days = sorted(map(date.fromisoformat, context.partition_keys))
    shifts = shifts_of(pipeline, days)
    moved = pd.concat([of_day.moved for of_day in shifts], ignore_index=True)
    absent = pd.concat([of_day.absent for of_day in shifts], ignore_index=True)
    return dg.AssetCheckResult(
        passed=moved.empty,
        severity=dg.AssetCheckSeverity.WARN,
        description=sentence(moved) if len(moved) else "No share moved.",
        metadata={
            "moved": len(moved),
            "compared": sum(of_day.compared for of_day in shifts),
            "shares": markdown_table(moved),
            "not_seen_but_too_few_to_tell": markdown_table(absent),
        },
    )


def sentence(moved: pd.DataFrame) -> str:
    """Return the first shares that moved, with before and after."""
    sentences = [
        f"{row['field']} of {_place(row)} {row['what']}: {row['before']:.0%} to {row['after']:.0%} "
        f"on {row['day'].date()}"
        for row in moved.head(NAMED).to_dict("records")
    ]
    more = len(moved) - len(sentences)
    return "; ".join(sentences) + (f"; and {more} more" if more else "")


def _place(row: dict) -> str:
    value = "" if row["slice_value"] == ALL else f"={row['slice_value']}"
    parts = [] if row["slice_key"] == ALL else [f"{row['slice_key']}{value}"]
    parts += [] if row["dialect"] == ALL else [f"dialect {row['dialect']}"]
    return ", ".join(parts) or "all traces"
