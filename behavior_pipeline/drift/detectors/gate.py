"""A judge's gate closed: its scores may drive no alert until it agrees with people again."""

import pandas as pd

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.drift.calibration_rows import calibration_finding
from behavior_pipeline.drift.detector import Detector
from behavior_pipeline.drift.finding import Finding, difference, findings_frame
from behavior_pipeline.drift.history import SeriesHistory
from behavior_pipeline.values import number_or_none

NAME = "gate"


def detect(history: SeriesHistory) -> pd.DataFrame:
    """Return one finding for each judge and rubric with an agreement row that week.

    `baseline` is the last agreement of the judge before it, `statistic` P(agreement above the gate). Only the
    live rubric alarms.
    """
    known = history.agreement[history.agreement["dimension"].isin(list(history.specs))]
    rows, earlier = known[known["week"] == history.monday], known[known["week"] < history.monday]
    closed = set(closings(rows).index)
    findings = []
    for index, row in rows.iterrows():
        live = row["rubric"] == history.specs[row["dimension"]].rubric_id
        findings.append(_finding(row, earlier, alarm=live and index in closed))
    return findings_frame(findings)


def _finding(row: pd.Series, earlier: pd.DataFrame, *, alarm: bool) -> Finding:
    before = earlier[
        (earlier["dimension"] == row["dimension"])
        & (earlier["judge"] == row["previous_judge"])
        & (earlier["rubric"] == row["rubric"])
    ].sort_values("week")
    baseline = None if before.empty else number_or_none(before["point"].iloc[-1])
    current = number_or_none(row["point"])
    return calibration_finding(
        row, NAME, alarm=alarm, baseline=baseline, current=current, effect=difference(baseline, current),
        statistic=number_or_none(row["probability_above_gate"]), reason=row["reason"],
    )  # fmt: skip


PLUGIN = Detector(NAME, "an open gate closed", detect, rank=10, always=True)
