"""A week's numbers: means of every series, durations, costs and the scorecard."""

from datetime import date

import pandas as pd

from behavior_pipeline.aggregation.corrected import Labels
from behavior_pipeline.aggregation.cost import cost_breakdown
from behavior_pipeline.aggregation.detectable import BASELINE_WEEKS
from behavior_pipeline.aggregation.latency import latency_spans
from behavior_pipeline.aggregation.refusals import refusal_balance
from behavior_pipeline.aggregation.scorecard import scorecard
from behavior_pipeline.aggregation.weekly import Weekly, weekly_scores
from behavior_pipeline.calibration.anchors.judge import moved_since
from behavior_pipeline.calibration.items.for_correction import labelled_items
from behavior_pipeline.calibration.items.pool import POOLED_WEEKS
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pass_share import pass_shares_of_judges
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.traffic import traffic_until
from behavior_pipeline.steps.weeks import ONE_WEEK, sunday_of, window_of
from behavior_pipeline.words import INPUT

SCORES = """
SELECT day, dimension, trace_id, score, missing_reason, weight, tuple_id, input, evaluator
FROM analysis.scores WHERE day BETWEEN $first AND $last
"""
LABELLED_SLICES = """
SELECT label.dimension, label.item_id, date_trunc('week', min(fact.day)) AS traced,
    min(json_merge_patch(fact.slices, json_object('input', score.input))::VARCHAR) AS slices
FROM content.labels AS label JOIN analysis.trace_facts AS fact USING (trace_id)
LEFT JOIN analysis.scores AS score USING (dimension, trace_id)
WHERE label.role = 'fresh' AND label.week BETWEEN $first AND $last GROUP BY ALL
"""
REFUSAL_LABELS = """
WITH labelled AS (
    SELECT dimension, item_id, human_label, inclusion_probability FROM analysis.calibration_scores
    WHERE role = 'fresh' AND week BETWEEN $first AND $last
    QUALIFY row_number() OVER (PARTITION BY dimension, item_id ORDER BY week DESC, judge, rubric) = 1
),
places AS (
    SELECT DISTINCT dimension, item_id, trace_id FROM content.labels WHERE week BETWEEN $first AND $last
)
SELECT labelled.*, score.input, score.refused
FROM labelled JOIN places USING (dimension, item_id) JOIN analysis.scores AS score USING (dimension, trace_id)
WHERE score.input IS NOT NULL ORDER BY dimension, item_id
"""
SPANS = """
SELECT operation, tool_name, model, requested_model, start_ns, end_ns, role
FROM content.spans WHERE day BETWEEN $first AND $last
"""


def scores_of_week(pipeline: Pipeline, week: date) -> Weekly:
    """Return the series of a week."""
    lake, in_week = pipeline.lake, {"day": Between(week, sunday_of(week))}
    earlier = Between(week - BASELINE_WEEKS * ONE_WEEK, week - ONE_WEEK)
    return weekly_scores(
        week=week,
        specs=pipeline.dimensions,
        scores=lake.sql(SCORES, window_of(week)),
        facts=lake.read("trace_facts", in_week),
        frames=lake.read("sampling_frames", in_week),
        tuples=lake.read("tuple_days", in_week),
        traffic=traffic_until(lake, week),
        gate_states=lake.read("calibration_agreement", {"week": week}),
        keys=pipeline.settings.slices,
        top=pipeline.settings.aggregation.top_slices,
        cell_keys=pipeline.settings.aggregation.cell_keys,
        top_users=pipeline.settings.aggregation.top_users,
        labels=labels_of(pipeline, week),
        earlier=lake.read("weekly_scores", {"week": earlier}),
        budget=pipeline.settings.drift.budget,
    )


def labels_of(pipeline: Pipeline, week: date) -> Labels:
    """Return the labelled items of four weeks with slices and week of their traces, and what judges passed.

    A label says how good the week of its trace was, which may be one before it was given.
    """
    lake, window = pipeline.lake, window_of(week, weeks=POOLED_WEEKS)
    scores = lake.read("calibration_scores", {"week": Between(window["first"], week)})
    pools = [labelled_items(spec, scores, week=week) for spec in pipeline.dimensions.values()]
    items = pd.concat([pool for pool in pools if len(pool)] or pools[:1], ignore_index=True)
    slices = lake.sql(LABELLED_SLICES, window)
    drawn = sorted(set(items.loc[items["by_verdict"].astype(bool), "dimension"]))
    shares = pass_shares_of_judges(lake, week, dimensions=drawn, weeks=POOLED_WEEKS)
    placed = items.merge(slices, on=["dimension", "item_id"], how="left")
    traced = pd.to_datetime(placed.pop("traced")).astype(placed["week"].dtype)
    anchors = lake.read("anchor_changes", {"week": Between(window["first"], week)})
    return Labels(placed.assign(week=traced.fillna(placed["week"])), shares, moved_since(anchors))


def latencies_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the rows of latency_spans of a week."""
    return latency_spans(pipeline.lake.sql(SPANS, window_of(week)), week=week)


def costs_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the rows of cost_breakdown of a week."""
    facts = pipeline.lake.read("trace_facts", {"day": Between(week, sunday_of(week))})
    return cost_breakdown(facts, week=week, top_users=pipeline.settings.aggregation.top_users)


def refusals_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the rows of refusal_balance of a week."""
    lake = pipeline.lake
    return refusal_balance(
        lake.read("weekly_scores", {"week": week}),
        lake.read("sampling_frames", {"day": Between(week, sunday_of(week)), "slice_key": INPUT}),
        lake.sql(REFUSAL_LABELS, window_of(week, weeks=POOLED_WEEKS)),
        week=week,
    )


def scorecard_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the rows of scorecard of a week, changes against the one before it in them."""
    rows = pipeline.lake.read("weekly_scores", {"week": Between(week - ONE_WEEK, week)})
    return scorecard(rows, week=week, specs=pipeline.dimensions)
