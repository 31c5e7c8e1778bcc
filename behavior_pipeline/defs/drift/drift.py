"""Assets drift_findings and drift_alerts: what moved, and what of it may wake someone."""

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import previous_week, weekly
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.alerts import alerts_of_week
from behavior_pipeline.steps.drift import drift_of_week


@dg.asset(
    partitions_def=weekly,
    deps=["weekly_scores", "calibration_agreement", "anchor_changes"],
    group_name="drift",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def drift_findings(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What every detector says of every series that week, alarm or not, with the reason."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = drift_of_week(pipeline, week)
            step.replace(week, {"drift_findings": rows}, metadata={"alarms": int(rows["alarm"].sum())})


@dg.asset(
    partitions_def=weekly,
    deps=[
        "drift_findings",
        dg.AssetDep("drift_alerts", partition_mapping=previous_week),
    ],
    group_name="drift",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def drift_alerts(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """The state of each alert after the week: what moved, since when, because of what, and who owns it."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = alerts_of_week(pipeline, week)
            step.replace(week, {"drift_alerts": rows}, metadata=sentences_of(rows))
            step.flush()  # the next week carries these alerts on


def sentences_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the alerts' sentences as a list, and how many are in each state."""
    counts = {str(state): int(n) for state, n in rows["state"].value_counts().items()}
    sentences = "\n".join(f"* **{row.state}** {row.sentence}" for row in rows.itertuples())
    return {**counts, "alerts": dg.MetadataValue.md(sentences or "none")}
