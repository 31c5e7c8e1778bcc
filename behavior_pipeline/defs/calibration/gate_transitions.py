"""Asset gate_transitions: every gate that opened, closed or was recalibrated, with its reason."""

import dagster as dg

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.agreement import transitions_of_week

SHOWN = [
    "dimension", "event", "from_state", "to_state", "reason", "point", "low", "high",
    "probability_above_gate", "changed", "previous_judge", "judge", "weeks_shut",
]  # fmt: skip


@dg.asset(
    partitions_def=weekly,
    deps=["calibration_agreement"],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def gate_transitions(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Every move of a gate: its states, reason and numbers, what was replaced, and how long it was shut."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = transitions_of_week(step.lake, week)
            counts = {str(event): int(n) for event, n in rows["event"].value_counts().items()}
            metadata = {**counts, "transitions": markdown_table(rows[SHOWN])}
            step.replace(week, {"gate_transitions": rows}, metadata=metadata)
