"""Asset calibration_agreement: how well each judge agrees with people, and whether its gate is open."""

from datetime import date

import dagster as dg
import pandas as pd

from behavior_pipeline.calibration.agreement import agreement_of_week
from behavior_pipeline.calibration.ceiling import human_ceiling
from behavior_pipeline.defs.partitions import days_of, previous_week, weekly
from behavior_pipeline.defs.resources import Pipeline, dimensions
from behavior_pipeline.defs.step import week_step
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.lake.where import Between
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT

IN_USE = """
SELECT judge, sum(traces) AS traces FROM analysis.tuple_days
WHERE day BETWEEN $first AND $last AND dimension = $dimension AND judge NOT LIKE '%@none' AND rubric = $rubric
GROUP BY judge ORDER BY judge
"""
PASS_SHARE = """
SELECT sum(weight) FILTER (score >= 0.5) / sum(weight) AS share FROM analysis.scores
WHERE day BETWEEN $first AND $last AND dimension = $dimension AND score IS NOT NULL
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
    """Agreement of each judge with people (Matthews, Spearman) with interval, posterior and the state of its gate."""
    with week_step(context, pipeline.lake) as step:
        for week in step.partitions:
            found = [of_dimension(pipeline, spec, week) for spec in pipeline.dimensions.values()]
            filled = [rows for rows in found if len(rows)]
            rows = pd.concat(filled, ignore_index=True) if filled else CALIBRATION_AGREEMENT.empty()
            step.replace(week, {"calibration_agreement": rows}, metadata=gate_metadata(rows))
            step.flush()  # the next week starts from this week's states


def of_dimension(pipeline: Pipeline, spec: DimensionSpec, week: date) -> pd.DataFrame:
    """Return a dimension's agreement rows of a week."""
    days = days_of(week)
    window = {"first": days[0], "last": days[-1], "dimension": spec.name}
    scores = pipeline.lake.read("calibration_scores", {"dimension": spec.name, "week": Between(None, week)})
    if scores.empty and spec.judge is None:
        return CALIBRATION_AGREEMENT.empty()
    share = pipeline.lake.sql(PASS_SHARE, window)["share"].iloc[0]
    labels = pipeline.lake.read("labels", {"dimension": spec.name, "week": Between(None, week)})
    return agreement_of_week(
        spec,
        week=week,
        scores=scores,
        previous=pipeline.lake.read("calibration_agreement", {"dimension": spec.name, "week": Between(None, week)}),
        production_pass_share=None if pd.isna(share) else float(share),
        human_ceiling=human_ceiling(spec, labels),
        judges_in_use=list(pipeline.lake.sql(IN_USE, {**window, "rubric": spec.rubric_id})["judge"]),
    )


def gate_metadata(rows: pd.DataFrame) -> dict[str, object]:
    """Return each gate's point, posterior and state as flat values that plot over weeks."""
    found: dict[str, object] = {}
    for row in rows.itertuples():
        found[f"gate_{row.dimension}"] = f"{row.gate_state} ({row.judge}, {row.reason})"
        if not pd.isna(row.point):
            found[f"agreement_{row.dimension}"] = float(row.point)
        if not pd.isna(row.probability_above_gate):
            found[f"probability_{row.dimension}"] = float(row.probability_above_gate)
    return found
