"""Asset drift_findings_daily: the fast path, what moved by the end of a day."""

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily_asset, previous
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.drift.detectors.e_detector import RUN_LENGTH
from behavior_pipeline.steps.drift_daily import drift_of_day

PROMISE = (
    f"at least {RUN_LENGTH:,.0f} quiet days over all series to a false alarm on average; one within d days"
    f" with a chance of at most d / {RUN_LENGTH:,.0f}"
)


@daily_asset(
    "fast",
    kinds={"python", "duckdb"},
    deps=["daily_cells", "anchor_days", dg.AssetDep("drift_findings_daily", partition_mapping=previous)],
)
def drift_findings_daily(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What the daily detectors measured of every series that day, and what was decided on it."""
    with day_writer(context, pipeline.lake) as writer:
        for day in writer.partitions:
            made = drift_of_day(pipeline, day)
            rows = {
                "drift_findings_daily": made.findings,
                "drift_decisions_daily": made.decisions,
                "drift_state_daily": made.state,
            }
            alarms = int(made.decisions["alarm"].sum())
            writer.replace(day, rows, metadata={"alarms": alarms, "promise": PROMISE})
            writer.flush()  # the next day goes on from this one's bets
