"""Asset calibration_agreement: how well each judge agrees with people, and whether its gate is open."""

from datetime import date, timedelta

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.agreement.ceiling import people
from behavior_pipeline.calibration.agreement.drop import BASELINE_WEEKS, CURRENT_WEEKS
from behavior_pipeline.calibration.gate.sentence import gate_text
from behavior_pipeline.calibration.gate.week import agreement_of_week
from behavior_pipeline.defs.partition_writer import week_step
from behavior_pipeline.defs.partitions import days_of, previous_week, weekly
from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.where import Between
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT

IN_USE = """
SELECT dimension, judge, rubric FROM analysis.tuple_days
WHERE day BETWEEN $first AND $last AND judge NOT LIKE '%@none' GROUP BY ALL ORDER BY ALL
"""
PLOTTED = {
    "agreement": "point", "agreement_low": "low", "agreement_high": "high", "labels": "n",
    "probability": "probability_above_gate", "tau_b": "tau_b", "human_ceiling": "human_ceiling",
    "human_alpha": "human_alpha",
}  # fmt: skip
SHARES_BY_WEEK = """
SELECT dimension, CAST(date_trunc('week', day) AS DATE) AS week,
    sum(weight) FILTER (score >= 0.5) / sum(weight) AS share FROM analysis.scores
WHERE day BETWEEN $first AND $last AND score IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


@dg.asset(
    partitions_def=weekly,
    deps=[
        "calibration_scores",
        *(f"scores_{name}" for name, spec in dimensions().items() if spec.judge),
        dg.AssetDep("calibration_agreement", partition_mapping=previous_week),
    ],
    group_name="calibration",
    kinds={"python", "duckdb"},
    owners=["team:behavior"],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def calibration_agreement(context: dg.AssetExecutionContext, pipeline: Pipeline) -> None:
    """Agreement of each judge with people (Matthews, Spearman): interval, posterior and its gate's state."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            rows = of_week(pipeline, week)
            step.replace(week, {"calibration_agreement": rows}, metadata=gate_metadata(rows))
            step.flush()  # the next week starts from this week's states


def of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the agreement rows of a week, those of checked dimensions only where there are labels."""
    lake, so_far = pipeline.lake, {"week": Between(None, week)}
    window = {"first": week, "last": days_of(week)[-1]}
    scores, labels, previous = (
        lake.read(name, so_far) for name in ("calibration_scores", "labels", "calibration_agreement")
    )
    in_use = lake.sql(IN_USE, window)
    shares = pass_shares(lake, week, weeks=CURRENT_WEEKS + BASELINE_WEEKS)
    found = []
    for name, spec in pipeline.dimensions.items():
        own = scores[scores["dimension"] == name]
        if spec.judge is None and own.empty:
            continue
        judges = in_use[(in_use["dimension"] == name) & (in_use["rubric"] == spec.rubric_id)]["judge"]
        by_week = shares.get(name, {})
        rows = agreement_of_week(
            spec,
            week=week,
            scores=own,
            previous=previous,
            production_pass_share=by_week.get(week),
            judges_in_use=list(judges),
            people=people(spec, labels),
            earlier_pass_shares=by_week,
        )
        found.append(rows)
    return CALIBRATION_AGREEMENT.joined(found)


def pass_shares(lake: Lake, week: date, *, weeks: int = 1) -> dict[str, dict[date, float]]:
    """Return the share of judged traffic that passed, by dimension and Monday, of a week and those before."""
    window = {"first": week - timedelta(weeks=weeks - 1), "last": days_of(week)[-1]}
    found: dict[str, dict[date, float]] = {}
    for row in lake.records(SHARES_BY_WEEK, window):
        if row["share"] is not None:  # NULL: none passed
            found.setdefault(row["dimension"], {})[row["week"]] = row["share"]
    return found


def gate_metadata(rows: pd.DataFrame) -> dict[str, object]:
    """Return each gate's state and its numbers as flat values that plot over weeks."""
    found: dict[str, object] = {}
    for row in rows.to_dict("records"):
        name = row["dimension"]
        found[f"gate_{name}"] = f"{row['gate_state']} ({row['judge']}, {row['reason']})"
        found[f"why_{name}"] = gate_text(row)
        found |= {
            f"{shown}_{name}": float(row[column])
            for shown, column in PLOTTED.items()
            if not pd.isna(row[column])
        }
    return found
