"""Asset calibration_agreement: how well each judge agrees with people, and whether its gate is open."""

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.gate.sentence import gate_text
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import previous, weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.agreement import agreement_of_week
from behavior_pipeline.steps.pipeline import dimensions

PLOTTED = {
    "agreement": "point", "agreement_low": "low", "agreement_high": "high", "labels": "n",
    "probability": "probability_above_gate", "tau_b": "tau_b", "human_ceiling": "human_ceiling",
    "human_alpha": "human_alpha",
}  # fmt: skip


@weekly_asset(
    "calibration",
    kinds={"python", "duckdb"},
    deps=[
        "calibration_scores",
        *(f"scores_{name}" for name, spec in dimensions().items() if spec.judge),
        dg.AssetDep("calibration_agreement", partition_mapping=previous),
    ],
)
def calibration_agreement(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Agreement of each judge with people (Matthews, Spearman): interval, posterior and its gate's state."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = agreement_of_week(pipeline, week)
            writer.replace(week, {"calibration_agreement": rows}, metadata=gate_metadata(rows))
            writer.flush()  # the next week starts from this week's states


def gate_metadata(rows: pd.DataFrame) -> dict[str, object]:
    """Return each gate's state and its numbers as flat values that plot over weeks."""
    numbers: dict[str, object] = {}
    for row in rows.to_dict("records"):
        name = row["dimension"]
        numbers[f"gate_{name}"] = f"{row['gate_state']} ({row['judge']}, {row['reason']})"
        numbers[f"why_{name}"] = gate_text(row)
        numbers |= {
            f"{shown}_{name}": float(row[column])
            for shown, column in PLOTTED.items()
            if not pd.isna(row[column])
        }
    return numbers
