"""Asset checks of calibration_agreement: one gate a dimension, open or shut, with its numbers and a plot."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.gate.sentence import judged_part
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.report.plots.agreement_plot import agreement_plot, as_image
from behavior_pipeline.steps.agreement import gate_by_week
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.steps.weeks import sunday_of
from behavior_pipeline.values import plain, short
from behavior_pipeline.words import SPEAKING

PLOTTED = timedelta(weeks=11)
METRICS = {"mcc": "Matthews correlation", "spearman": "Spearman's rho"}
NUMBERS = ("point", "low", "high", "probability_above_gate", "n", "human_ceiling")
SHOWN = ["week", "judge", "dataset", "gate_state", "reason", *NUMBERS]


def gate_check(spec: DimensionSpec) -> dg.AssetChecksDefinition:
    """Return the check of a dimension's gate."""

    @dg.asset_check(
        asset="calibration_agreement",
        name=f"gate_{spec.name}",
        description=f"Scores of {spec.name} may drive alerts: its evaluator agrees with people or is exempt.",
    )
    def gate(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> dg.AssetCheckResult:
        """Tell where the gate stands after the last week of the run; a shut one is a warning."""
        current = pipeline.dimensions[spec.name]
        weeks = sorted(map(date.fromisoformat, context.partition_keys))
        rows = gate_by_week(pipeline, current, first=min(weeks[0], weeks[-1] - PLOTTED), last=weeks[-1])
        now = rows[rows["week"] == pd.Timestamp(weeks[-1])].to_dict("records")
        state = str(now[-1]["gate_state"]) if now else unmeasured(current)
        return dg.AssetCheckResult(
            passed=state in SPEAKING,
            severity=dg.AssetCheckSeverity.WARN,
            description=sentence(current, now[-1]) if now else silence(current),
            metadata={
                "state": state,
                **{name: float(now[-1][name]) for name in NUMBERS if now and not pd.isna(now[-1][name])},
                "weeks": markdown_table(rows[rows["week"] >= pd.Timestamp(weeks[0])][SHOWN]),
                "plot": dg.MetadataValue.md(image(current, rows)),
            },
        )

    return gate


def sentence(spec: DimensionSpec, row: Mapping[Any, Any]) -> str:
    """Return state, reason and numbers."""
    state = f"{row['gate_state']}: {Reason(row['reason']).hint}"
    who = "its checks agree" if row["judge"] == "none" else f"judge {plain(row['judge'])} agrees"
    if pd.isna(row["point"]):
        why = "" if pd.isna(row["missing_reason"]) else f", {Reason(row['missing_reason']).hint}"
        return f"{state}; agreement with people is not known{why}"
    size = f"{row['n']} labels" + (f" of {row['weeks_pooled']} weeks" if row["weeks_pooled"] > 1 else "")
    ends = "" if pd.isna(row["low"]) else f" ({short(row['low'])} to {short(row['high'])})"
    parts = [state, f"{who} with people at {short(row['point'])}{ends}, {METRICS[row['metric']]}, {size}"]
    if not pd.isna(row["probability_above_gate"]):
        gate = short(spec.gate.minimum)
        parts.append(f"P(agreement >= {gate}) = {short(row['probability_above_gate'])}")
    if judged := judged_part(row):
        parts.append(f"of what no check failed {judged}; the gate goes by the smaller")
    if not pd.isna(row["human_ceiling"]):
        parts.append(f"people agree with each other at {short(row['human_ceiling'])}")
    return "; ".join(parts)


def unmeasured(spec: DimensionSpec) -> str:
    """Return the state of a gate without a row that week."""
    return "exempt" if spec.gate.rule == "exempt" else "unmeasured"


def silence(spec: DimensionSpec) -> str:
    """Return what is said where nothing was measured."""
    if spec.gate.rule == "exempt":
        return f"exempt: {spec.gate.why}; no labels contradict it"
    return f"unmeasured: {Reason.GATE_UNMEASURED.hint}; label some of its traces"


def image(spec: DimensionSpec, rows: pd.DataFrame) -> str:
    """Return the plot of the rows' weeks as Markdown."""
    if rows.empty:
        return "nothing to plot"
    first, last = (pd.Timestamp(end).date() for end in (rows["week"].min(), rows["week"].max()))
    plot = agreement_plot(rows, spec.name, first=first, last=sunday_of(last))
    return f"![agreement of {spec.name}]({as_image(plot)})"


@dg.definitions
def defs() -> dg.Definitions:
    """Return the gate checks of all dimensions."""
    return dg.Definitions(asset_checks=[gate_check(spec) for spec in dimensions().values()])
