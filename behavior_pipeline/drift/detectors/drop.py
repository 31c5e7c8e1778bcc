"""A judge's agreement with people fell by more than 0.05, very probably, whatever its gate does."""

import pandas as pd

from behavior_pipeline.calibration.agreement.drop import announced
from behavior_pipeline.drift.calibration_rows import calibration_finding, measured
from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.reasons import Reason
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import Family

NAME = "drop"


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each judge and rubric with an agreement row that week.

    `statistic` is P(drop > 0.05). The rule compares pools, so it has an effect and no single level before.
    Only the live rubric may alarm.
    """
    rows = evidence.now("calibration_agreement")
    rows = rows[rows["dimension"].isin(list(evidence.specs))]
    return measured(
        [
            _finding(row, live=row["rubric"] == evidence.specs[row["dimension"]].rubric_id)
            for _, row in rows.iterrows()
        ]
    )


def _finding(row: pd.Series, *, live: bool) -> Finding:
    probability = number_or_none(row["probability_of_drop"])
    p_value = number_or_none(row["p_value_of_drop"])
    dropped = announced(probability, p_value)
    quiet = Reason.SHORT_HISTORY if probability is None else Reason.WITHIN_BAND
    reason = quiet if not dropped else Reason.AGREEMENT_DROPPED if live else Reason.NOT_IN_USE
    return calibration_finding(
        row, NAME, current=number_or_none(row["point"]), effect=number_or_none(row["change"]),
        statistic=probability, reason=str(reason), onset=row["week"] if dropped and live else None,
    )  # fmt: skip


PLUGIN = Detector(
    NAME,
    "agreement fell by more than 0.05: P >= 0.8 and rare for a steady judge, or P >= 0.9 on the same items",
    detect,
    needs=("calibration_agreement",),
    families=(Family.CALIBRATION,),
    always=True,
)
