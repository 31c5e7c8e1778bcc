"""A judge's gate closed: its scores may drive no alert until it agrees with people again."""

import pandas as pd

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, difference
from behavior_pipeline.drift.judges.calibration_rows import calibration_finding, measured
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import SPEAKING, Family

NAME = "gate"


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each judge and rubric with an agreement row that week.

    `baseline` is the last agreement of the judge before it, `statistic` P(agreement above the gate). Only the
    live rubric may alarm. A closing goes by the gate's own rule, whatever else is looked at. Under the rule
    `posterior` it uses the budget all the same: a gate that could have closed and did not hands in that
    probability as its p-value, among which those of the others are adjusted. Closings by `point` are outside
    of the budget.
    """
    known = evidence.table("calibration_agreement")
    known = known[known["dimension"].isin(list(evidence.specs))]
    rows, earlier = known[known["week"] == evidence.start], known[known["week"] < evidence.start]
    closed = set(closings(rows).index)
    findings = []
    for index, row in rows.iterrows():
        spec = evidence.specs[row["dimension"]]
        live = row["rubric"] == spec.rubric_id
        counts = live and spec.gate.rule != "point" and row["previous_state"] in SPEAKING
        findings.append(_finding(row, earlier, closed=live and index in closed, counts=counts))
    return measured(findings)


def _finding(row: pd.Series, earlier: pd.DataFrame, *, closed: bool, counts: bool) -> Finding:
    before = earlier[
        (earlier["dimension"] == row["dimension"])
        & (earlier["judge"] == row["previous_judge"])
        & (earlier["rubric"] == row["rubric"])
    ].sort_values("week")
    baseline = None if before.empty else number_or_none(before["point"].iloc[-1])
    current = number_or_none(row["point"])
    above = number_or_none(row[["probability_above_gate", "judged_probability_above_gate"]].min())
    return calibration_finding(
        row, NAME, baseline=baseline, current=current, effect=difference(baseline, current),
        statistic=above, p_value=above if counts and not closed else None,
        reason=str(Reason.GATE_CLOSED) if closed else row["reason"], onset=row["week"] if closed else None,
    )  # fmt: skip


PLUGIN = Detector(
    NAME,
    "an open gate closed",
    detect,
    needs=("calibration_agreement",),
    families=(Family.CALIBRATION,),
    always=True,
)
