"""Assets of a week's numbers: weekly_scores with daily series and tuple shares, latency, cost, scorecard."""

import dagster as dg

from behavior_pipeline.aggregation.corrected_levels import rates_differ
from behavior_pipeline.aggregation.detectable import BASELINE_WEEKS
from behavior_pipeline.aggregation.weekly import Weekly
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_writer
from behavior_pipeline.defs.partitions import weekly_asset, weeks_before
from behavior_pipeline.defs.resources import PipelineResource
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.steps.weekly_scores import (
    costs_of_week,
    latencies_of_week,
    refusals_of_week,
    scorecard_of_week,
    scores_of_week,
)


@weekly_asset(
    "weekly",
    kinds={"duckdb"},
    deps=[
        "anchor_changes",
        "calibration_agreement",
        "calibration_scores",
        "sampled_traces",
        *(f"scores_{name}" for name in dimensions()),
        dg.AssetDep("weekly_scores", partition_mapping=weeks_before(BASELINE_WEEKS)),
    ],
)
def weekly_scores(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Hajek mean of each dimension x slice x judge x rubric with error and frame, and its corrected level."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            made = scores_of_week(pipeline, week)
            frames = {
                "weekly_scores": made.scores,
                "daily_series": made.daily,
                "weekly_tuple_shares": made.tuple_shares,
                "weekly_cells": made.cells,
                "weekly_quantiles": made.quantiles,
                "weekly_levels": made.levels,
                "weekly_traffic": made.traffic,
            }
            writer.replace(week, frames, metadata=means_of(made))
            writer.flush()  # the next week is compared with this one


def means_of(made: Weekly) -> dict[str, float]:
    """Return the aggregate means as numbers that plot over weeks; a corrected level only where it leads."""
    rows = made.scores[(made.scores["slice_key"] == "all") & made.scores["mean"].notna()].sort_values("n")
    means = {f"mean_{row['dimension']}": float(row["mean"]) for row in rows.to_dict("records")}
    leads = rows["corrected_mean"].notna() & ~rates_differ(rows["same_rates_p_value"])
    corrected = rows[leads].to_dict("records")
    return means | {f"corrected_{row['dimension']}": float(row["corrected_mean"]) for row in corrected}


@weekly_asset("weekly", kinds={"duckdb"}, deps=["spans"], owner="team:platform")
def latency_spans(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Quantiles of span durations by operation and tool or model, with order-statistic intervals."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = latencies_of_week(pipeline, week)
            writer.replace(week, {"latency_spans": rows}, metadata={})


@weekly_asset("weekly", kinds={"duckdb"}, deps=["traces"], owner="team:platform")
def cost_breakdown(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """Model calls and cost by feature, top users and model; what is unknown is a share, not 0."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = costs_of_week(pipeline, week)
            total = rows.loc[rows["group_key"] == "all", "cost_usd"].sum()
            writer.replace(week, {"cost_breakdown": rows}, metadata={"cost_usd": float(total)})


@weekly_asset("weekly", kinds={"duckdb"}, deps=["weekly_scores"])
def scorecard(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
    """One row a dimension: level, interval, change against last week, gate, owner; and refusals by input."""
    with week_writer(context, pipeline.lake) as writer:
        for week in writer.partitions:
            rows = scorecard_of_week(pipeline, week)
            made = {"scorecard": rows, "refusal_balance": refusals_of_week(pipeline, week)}
            writer.replace(week, made, metadata={"scorecard": markdown_table(rows)})
