"""Asset gate_transitions: every gate that opened, closed or was recalibrated, with its reason."""

import dagster as dg

from behavior_pipeline.calibration.gate.transitions import transitions_of_week
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import weekly
from behavior_pipeline.defs.resources import Pipeline
from behavior_pipeline.lake.where import Between

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
def gate_transitions(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Every move of a gate: its states, reason and numbers, what was replaced, and how long it was shut."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            agreement = step.lake.read("calibration_agreement", {"week": Between(None, week)})
            rows = transitions_of_week(agreement, week=week)
            counts = {str(event): int(n) for event, n in rows["event"].value_counts().items()}
            metadata = {**counts, "transitions": markdown_table(rows[SHOWN])}
            step.replace(week, {"gate_transitions": rows}, metadata=metadata)
