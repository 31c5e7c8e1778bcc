"""Asset published: data/behavior.duckdb, all output tables without raw content, for notebooks."""

import dagster as dg

from behavior_pipeline.defs.resources import PipelineResource


@dg.asset(
    deps=[
        "scorecard",
        "drift_alerts",
        "alert_deliveries",
        "latency_spans",
        "cost_breakdown",
        "data_quality",
        "maintenance_plan",
    ],
    group_name="publish",
    kinds={"duckdb"},
    owners=["team:behavior"],
)
def published(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """One read-only DuckDB file with every output table; written beside the old one, then renamed."""
    path = pipeline.lake.publish()
    context.add_output_metadata(
        {"path": str(path), "bytes": path.stat().st_size, "snapshot": pipeline.lake.snapshot()}
    )
