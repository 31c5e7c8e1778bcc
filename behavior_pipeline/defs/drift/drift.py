"""Assets drift_findings and drift_alerts: what moved, and what of it may wake someone."""

import dagster as dg
import pandas as pd

from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import previous, weekly_asset
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.drift.week import Drift
from behavior_pipeline.steps.alerts import alerts_of_week
from behavior_pipeline.steps.drift import drift_of_week
from behavior_pipeline.tables.drift import DECISION_KEY

NEAREST = 5
SHOWN = ("dimension", "slice_key", "slice_value", "detector", "metric", "baseline", "current")


@weekly_asset(
    "drift",
    kinds={"python", "duckdb"},
    deps=[
        "weekly_scores",
        "calibration_agreement",
        "anchor_changes",
        "series_links",
        "scorecard",  # the balance of refusals
        "daily_cells",
        dg.AssetDep("drift_findings", partition_mapping=previous),
    ],
)
def drift_findings(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """What every detector measured of every series that week, and what was decided on it, with the reason."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            made = drift_of_week(pipeline, week)
            rows = {
                "drift_findings": made.findings,
                "drift_decisions": made.decisions,
                "drift_state": made.state,
            }
            writer.replace(week, rows, metadata=metadata_of(made))
            writer.flush()  # the next week leaves this one's alarms out of its baselines


def metadata_of(made: Drift) -> dict[str, object]:
    """Return how many series were compared and alarm, and what came nearest to an alarm."""
    decided = made.findings.merge(made.decisions[[*DECISION_KEY, "q_value", "alarm"]], on=list(DECISION_KEY))
    compared = decided[decided["effect"].notna()]
    nearest = compared.sort_values(["alarm", "p_value"], ascending=[False, True], kind="stable").head(NEAREST)
    shown = nearest[[*SHOWN, "effect", "effect_se", "p_value", "q_value", "alarm"]]
    return {
        "alarms": int(made.decisions["alarm"].sum()),
        "compared": len(compared),
        "nearest to an alarm": markdown_table(shown),
    }


@weekly_asset(
    "drift",
    kinds={"python", "duckdb"},
    deps=[
        "drift_findings",
        dg.AssetDep("drift_alerts", partition_mapping=previous),
    ],
)
def drift_alerts(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """The state of each alert after the week: what moved, since when, because of what, and who owns it."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = alerts_of_week(pipeline, week)
            writer.replace(week, {"drift_alerts": rows}, metadata=sentences_of(rows))
            writer.flush()  # the next week carries these alerts on


def sentences_of(rows: pd.DataFrame) -> dict[str, object]:
    """Return the alerts' sentences as a list, and how many are in each state."""
    counts = {str(state): int(n) for state, n in rows["state"].value_counts().items()}
    sentences = "\n".join(f"* **{row.state}** {row.sentence}" for row in rows.itertuples())
    return {**counts, "alerts": dg.MetadataValue.md(sentences or "none")}
