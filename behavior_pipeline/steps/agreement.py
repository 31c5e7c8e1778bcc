"""How well the judges of a week agree with people, and where their gates stand."""

from datetime import date

import pandas as pd

from behavior_pipeline.calibration.agreement.ceiling import people
from behavior_pipeline.calibration.agreement.drop import BASELINE_WEEKS, CURRENT_WEEKS
from behavior_pipeline.calibration.gate.transitions import transitions_of_week as moves_of_gates
from behavior_pipeline.calibration.gate.week import agreement_of_week as agreement_of_dimension
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.where import Between
from behavior_pipeline.steps.pass_share import by_rubric, pass_shares
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weeks import window_of
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT
from behavior_pipeline.words import SPEAKING

IN_USE = """
SELECT dimension, judge, rubric FROM analysis.tuple_days
WHERE day BETWEEN $first AND $last AND judge NOT LIKE '%@none' GROUP BY ALL ORDER BY ALL
"""


def agreement_of_week(pipeline: Pipeline, week: date) -> pd.DataFrame:
    """Return the agreement rows of a week, those of checked dimensions only where there are labels."""
    lake, so_far = pipeline.lake, {"week": Between(None, week)}
    scores, labels, previous = (
        lake.read(name, so_far) for name in ("calibration_scores", "labels", "calibration_agreement")
    )
    in_use = lake.sql(IN_USE, window_of(week))
    shares = by_rubric(pass_shares(lake, week, weeks=CURRENT_WEEKS + BASELINE_WEEKS))
    by_dimension = []
    for name, spec in pipeline.dimensions.items():
        scored = scores[scores["dimension"] == name]
        if spec.judge is None and scored.empty:
            continue
        rows = agreement_of_dimension(
            spec,
            week=week,
            scores=scored,
            previous=previous,
            pass_shares=shares.get(name, {}),
            judges_in_use=list(_judges_of(spec, in_use)),
            people=people(spec, labels),
        )
        by_dimension.append(rows)
    return CALIBRATION_AGREEMENT.joined(by_dimension)


def transitions_of_week(lake: Lake, week: date) -> pd.DataFrame:
    """Return the gates that moved in a week."""
    return moves_of_gates(lake.read("calibration_agreement", {"week": Between(None, week)}), week=week)


def gate_by_week(pipeline: Pipeline, spec: DimensionSpec, *, first: date, last: date) -> pd.DataFrame:
    """Return one row of calibration_agreement a week: the judge in use, of several one whose gate is shut."""
    rows = pipeline.lake.read(
        "calibration_agreement",
        {"week": Between(first, last), "dimension": spec.name, "rubric": spec.rubric_id},
    )
    in_use = pipeline.lake.sql(IN_USE, window_of(last))
    ranked = rows.assign(
        used=rows["judge"].isin(_judges_of(spec, in_use)),
        shut=~rows["gate_state"].isin(SPEAKING),
    ).sort_values(["week", "used", "shut", "n", "judge"])
    return ranked.drop_duplicates("week", keep="last").reset_index(drop=True)


def _judges_of(spec: DimensionSpec, in_use: pd.DataFrame) -> "pd.Series[str]":
    return in_use[(in_use["dimension"] == spec.name) & (in_use["rubric"] == spec.rubric_id)]["judge"]
