"""A judge's agreement with people fell by more than 0.05, very probably, whatever its gate does."""

import pandas as pd

from behavior_pipeline.calibration.agreement.drop import announced
from behavior_pipeline.drift.calibration_rows import calibration_finding
from behavior_pipeline.drift.detector import Detector
from behavior_pipeline.drift.finding import Finding, findings_frame
from behavior_pipeline.drift.history import SeriesHistory
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import number_or_none

NAME = "drop"


def detect(history: SeriesHistory) -> pd.DataFrame:
    """Return one finding for each judge and rubric with an agreement row that week.

    `statistic` is P(drop > 0.05). The rule compares pools, so it has an effect and no single level before.
    Only the live rubric alarms.
    """
    rows = history.agreement[history.agreement["week"] == history.monday]
    rows = rows[rows["dimension"].isin(list(history.specs))]
    return findings_frame(
        [
            _finding(row, live=row["rubric"] == history.specs[row["dimension"]].rubric_id)
            for _, row in rows.iterrows()
        ]
    )


def _finding(row: pd.Series, *, live: bool) -> Finding:
    probability = number_or_none(row["probability_of_drop"])
    p_value = number_or_none(row["p_value_of_drop"])
    alarm = live and announced(probability, p_value)
    quiet = Reason.SHORT_HISTORY if probability is None else Reason.WITHIN_BAND
    return calibration_finding(
        row, NAME, alarm=alarm, current=number_or_none(row["point"]), effect=number_or_none(row["change"]),
        statistic=probability, p_value=p_value, reason=str(Reason.AGREEMENT_DROPPED if alarm else quiet),
    )  # fmt: skip


PLUGIN = Detector(
    NAME,
    "agreement fell by more than 0.05: P >= 0.8 and rare for a steady judge, or P >= 0.9 on the same items",
    detect,
    rank=20,
    always=True,
)
