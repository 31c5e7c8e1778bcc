"""A fifth detector that watches judges: it alarms on every judge with an agreement row."""

import pandas as pd

from behavior_pipeline.drift.calibration_rows import calibration_finding
from behavior_pipeline.drift.detector import Detector
from behavior_pipeline.drift.finding import findings_frame
from behavior_pipeline.drift.history import SeriesHistory


def detect(history: SeriesHistory) -> pd.DataFrame:
    rows = history.agreement[history.agreement["week"] == history.monday]
    return findings_frame(
        [
            calibration_finding(row, "wording_probe", alarm=True, reason="judge_moved")
            for _, row in rows.iterrows()
        ]
    )


PLUGIN = Detector(
    "wording_probe", "the judge obeys orders in a text", detect, rank=50, always=True, moved="judge",
    tells_reason=True,
)  # fmt: skip
