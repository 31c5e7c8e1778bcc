"""Assets of a week's numbers: weekly_scores with daily series and tuple shares, latency, cost, scorecard."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.aggregation.corrected import Labels
from behavior_pipeline.aggregation.cost import cost_breakdown as costs_of_week
from behavior_pipeline.aggregation.latency import latency_spans as latencies_of_week
from behavior_pipeline.aggregation.scorecard import scorecard as scorecard_of_week
from behavior_pipeline.aggregation.slices import first_deciding_day
from behavior_pipeline.aggregation.weekly import Weekly
from behavior_pipeline.aggregation.weekly import weekly_scores as scores_of_week
from behavior_pipeline.calibration.items.for_correction import labelled_items
from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.defs.markdown import markdown_table
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import days_of, weekly
from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.lake.where import Between

SCORES = """
SELECT day, dimension, trace_id, score, missing_reason, weight, tuple_id
FROM analysis.scores WHERE day BETWEEN $first AND $last
"""
TRAFFIC = """
SELECT date_trunc('week', day) AS week, key AS slice_key, slices ->> ('$."' || key || '"') AS slice_value,
       count(*) AS traces
FROM analysis.trace_facts, unnest(json_keys(slices)) AS keys(key)
WHERE role = 'production' AND day BETWEEN $first AND $last
GROUP BY ALL
"""
LABELLED_SLICES = """
SELECT label.dimension, label.item_id, min(fact.slices) AS slices
FROM content.labels AS label JOIN analysis.trace_facts AS fact USING (trace_id)
WHERE label.role = 'fresh' AND label.week BETWEEN $first AND $last GROUP BY ALL
"""
# Rounded, since a sum of doubles depends on its order and a week made twice is the same to the last digit.
SHARES_OF_POOL = """
SELECT score.dimension, version.judge, version.rubric,
       round(coalesce(sum(weight) FILTER (score.score >= 0.5), 0) / sum(weight), 12) AS pass_share
FROM analysis.scores AS score
JOIN (SELECT DISTINCT dimension, tuple_id, judge, rubric FROM analysis.tuple_days) AS version
    USING (dimension, tuple_id)
JOIN analysis.trace_facts AS fact ON fact.day = score.day AND fact.trace_id = score.trace_id
WHERE score.day BETWEEN $first AND $last AND fact.day BETWEEN $first AND $last AND fact.role = 'production'
    AND score.score IS NOT NULL AND list_contains($dimensions, score.dimension)
GROUP BY ALL
HAVING sum(weight) > 0
"""
SPANS = """
SELECT operation, tool_name, model, requested_model, start_ns, end_ns, role
FROM content.spans WHERE day BETWEEN $first AND $last
"""

NO_SHARES = pd.DataFrame(columns=["dimension", "judge", "rubric", "pass_share"])


@dg.asset(
    partitions_def=weekly,
    deps=[
        "calibration_agreement",
        "calibration_scores",
        "sampled_traces",
        *(f"scores_{name}" for name in dimensions()),
    ],
    group_name="weekly",
    kinds={"duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def weekly_scores(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Hajek mean of each dimension x slice x judge x rubric with error and frame, and its corrected level."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            made = of_week(pipeline, week)
            frames = {
                "weekly_scores": made.scores,
                "daily_series": made.daily,
                "weekly_tuple_shares": made.tuple_shares,
            }
            step.replace(week, frames, metadata=means_of(made))


def of_week(pipeline: Pipeline, week: date) -> Weekly:
    """Return the series of a week."""
    lake, days = pipeline.lake, days_of(week)
    window = {"first": days[0], "last": days[-1]}
    in_week = {"day": Between(days[0], days[-1])}
    history = {"first": first_deciding_day(week), "last": days[-1]}
    return scores_of_week(
        week=week,
        specs=pipeline.dimensions,
        scores=lake.sql(SCORES, window),
        facts=lake.read("trace_facts", in_week),
        frames=lake.read("sampling_frames", in_week),
        tuples=lake.read("tuple_days", in_week),
        traffic=lake.sql(TRAFFIC, history),
        gate_states=lake.read("calibration_agreement", {"week": week}),
        keys=pipeline.settings.slices,
        top=pipeline.settings.aggregation.top_slices,
        labels=labels_of(pipeline, week),
    )


def labels_of(pipeline: Pipeline, week: date) -> Labels:
    """Return the labelled items of four weeks with their slices, and what the judges passed then."""
    lake = pipeline.lake
    window = {"first": week - timedelta(weeks=POOLED_WEEKS - 1), "last": days_of(week)[-1]}
    scores = lake.read("calibration_scores", {"week": Between(window["first"], week)})
    pools = [labelled_items(spec, scores, week=week) for spec in pipeline.dimensions.values()]
    items = pd.concat([held for held in pools if len(held)] or pools[:1], ignore_index=True)
    slices = lake.sql(LABELLED_SLICES, window)
    drawn = sorted(set(items.loc[items["by_verdict"].astype(bool), "dimension"]))
    shares = lake.sql(SHARES_OF_POOL, {**window, "dimensions": drawn}) if drawn else NO_SHARES
    return Labels(items.merge(slices, on=["dimension", "item_id"], how="left"), shares)


def means_of(made: Weekly) -> dict[str, float]:
    """Return the aggregate means as numbers that plot over weeks."""
    rows = made.scores[(made.scores["slice_key"] == "all") & made.scores["mean"].notna()].sort_values("n")
    means = {f"mean_{row['dimension']}": float(row["mean"]) for row in rows.to_dict("records")}
    corrected = rows[rows["corrected_mean"].notna()].to_dict("records")
    return means | {f"corrected_{row['dimension']}": float(row["corrected_mean"]) for row in corrected}


@dg.asset(
    partitions_def=weekly,
    deps=["spans"],
    group_name="weekly",
    kinds={"duckdb"},
    owners=["team:platform"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def latency_spans(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Quantiles of span durations by operation and tool or model, with order-statistic intervals."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = latencies_of_week(
                step.lake.sql(SPANS, {"first": week, "last": days_of(week)[-1]}), week=week
            )
            step.replace(week, {"latency_spans": rows}, metadata={})


@dg.asset(
    partitions_def=weekly,
    deps=["traces"],
    group_name="weekly",
    kinds={"duckdb"},
    owners=["team:platform"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def cost_breakdown(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Model calls and cost by feature, top users and model; what is unknown is a share, not 0."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            facts = step.lake.read("trace_facts", {"day": Between(week, days_of(week)[-1])})
            rows = costs_of_week(facts, week=week, top_users=pipeline.settings.aggregation.top_users)
            total = rows.loc[rows["group_key"] == "all", "cost_usd"].sum()
            step.replace(week, {"cost_breakdown": rows}, metadata={"cost_usd": float(total)})


@dg.asset(
    partitions_def=weekly,
    deps=["weekly_scores"],
    group_name="weekly",
    kinds={"duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def scorecard(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """One row a dimension: level, interval, change against last week, gate and owner."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            held = step.lake.read("weekly_scores", {"week": Between(week - timedelta(weeks=1), week)})
            rows = scorecard_of_week(held, week=week, specs=pipeline.dimensions)
            step.replace(week, {"scorecard": rows}, metadata={"scorecard": markdown_table(rows)})
