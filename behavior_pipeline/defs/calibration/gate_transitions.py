"""Asset gate_transitions: every gate that opened, closed or was recalibrated, with its reason."""

import dagster as dg

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.agreement import transitions_of_week

SHOWN = [
    "dimension", "event", "from_state", "to_state", "reason", "point", "low", "high",
    "probability_above_gate", "changed", "previous_judge", "judge", "weeks_shut",
]  # fmt: skip


@weekly_asset("calibration", kinds={"python", "duckdb"}, deps=["calibration_agreement"])
def gate_transitions(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Every move of a gate: its states, reason and numbers, what was replaced, and how long it was shut."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = transitions_of_week(writer.lake, week)
            counts = {str(event): int(n) for event, n in rows["event"].value_counts().items()}
            metadata = {**counts, "transitions": markdown_table(rows[SHOWN])}
            writer.replace(week, {"gate_transitions": rows}, metadata=metadata)
