"""A judge's gate closed: its scores may drive no alert until it agrees with people again."""

import pandas as pd

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.drift.calibration_rows import calibration_finding, measured
from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, difference
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import Family

NAME = "gate"


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each judge and rubric with an agreement row that week.

    `baseline` is the last agreement of the judge before it, `statistic` P(agreement above the gate). Only the
    live rubric may alarm.
    """
    known = evidence.table("calibration_agreement")
    known = known[known["dimension"].isin(list(evidence.specs))]
    rows, earlier = known[known["week"] == evidence.start], known[known["week"] < evidence.start]
    closed = set(closings(rows).index)
    findings = []
    for index, row in rows.iterrows():
        live = row["rubric"] == evidence.specs[row["dimension"]].rubric_id
        findings.append(_finding(row, earlier, closed=live and index in closed))
    return measured(findings)


def _finding(row: pd.Series, earlier: pd.DataFrame, *, closed: bool) -> Finding:
    before = earlier[
        (earlier["dimension"] == row["dimension"])
        & (earlier["judge"] == row["previous_judge"])
        & (earlier["rubric"] == row["rubric"])
    ].sort_values("week")
    baseline = None if before.empty else number_or_none(before["point"].iloc[-1])
    current = number_or_none(row["point"])
    return calibration_finding(
        row, NAME, baseline=baseline, current=current, effect=difference(baseline, current),
        statistic=number_or_none(row["probability_above_gate"]),
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
