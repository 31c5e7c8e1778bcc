"""Asset data_quality: the Great Expectations suite over a week of the lake, and its check."""

from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.quality.pages import PAGES, write_index
from behavior_pipeline.quality.suite import quality_of_week

SHOWN = ["name", "kind", "expectation", "columns", "rows_checked", "unexpected", "examples"]


@weekly_asset(
    "weekly",
    kinds={"greatexpectations", "html"},
    deps=["weekly_scores", "traces", "sampled_traces"],
    owner="team:platform",
)
def data_quality(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What a suite of expectations finds in the week: volumes, freshness, distributions, references, keys."""
    settings = pipeline.settings
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = quality_of_week(writer.lake.sql, week, specs=pipeline.dimensions, settings=settings)
            writer.replace(week, {"quality_results": rows}, metadata=findings(rows))
    path = write_index(settings.root / PAGES, pipeline.lake.read("quality_results"))
    for key in context.partition_keys:
        context.add_asset_metadata({"pages": dg.MetadataValue.path(str(path))}, partition_key=key)


def findings(rows: pd.DataFrame) -> dict:
    """Return how many expectations failed, and which, as metadata."""
    failed = rows[~rows["passed"].astype(bool)]
    return {"expectations": len(rows), "failed": len(failed), "failures": markdown_table(failed[SHOWN])}


@dg.asset_check(
    asset=data_quality,
    name="quality_suite",
    description="Every expectation about the lake holds in the week.",
)
def quality_suite(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> dg.AssetCheckResult:
    """Warn with the names of the expectations that failed."""
    weeks = [date.fromisoformat(key) for key in context.partition_keys]
    rows = pipeline.lake.read("quality_results", {"week": weeks})
    failed = rows[~rows["passed"].astype(bool)]
    failures = "; ".join(f"{row.name}: {row.expectation}" for row in failed.itertuples(index=False))
    return dg.AssetCheckResult(
        passed=failed.empty,
        severity=dg.AssetCheckSeverity.WARN,
        description=failures or "All expectations hold.",
        metadata={
            "failed": len(failed), "expectations": len(rows),
            "failures": markdown_table(failed[["week", *SHOWN]]),
        },
    )  # fmt: skip
