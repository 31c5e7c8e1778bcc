"""A fifth detector that watches judges: it alarms on every judge with an agreement row."""

from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.judges.calibration_rows import calibration_finding, measured
from behavior_pipeline.words import Family


def detect(evidence: Evidence) -> Measured:
    rows = evidence.now("calibration_agreement")
    return measured(
        [
            calibration_finding(row, "wording_probe", reason="judge_moved", moved="judge")
            for _, row in rows.iterrows()
        ]
    )


PLUGIN = Detector(
    "wording_probe", "the judge obeys orders in a text", detect, needs=("calibration_agreement",),
    families=(Family.CALIBRATION,), always=True,
)  # fmt: skip
