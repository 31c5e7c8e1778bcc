"""The judge moved: it says otherwise of the same anchors than it did under the build before."""

import pandas as pd

from behavior_pipeline.drift.calibration_rows import anchor_findings
from behavior_pipeline.drift.detector import Detector, Mover
from behavior_pipeline.drift.history import SeriesHistory

NAME = "anchors"
SUBJECT: Mover = "judge"


def detect(history: SeriesHistory) -> pd.DataFrame:
    """Return one finding for each judge and rubric whose anchors were judged that week."""
    return anchor_findings(history, NAME, subject=SUBJECT)


PLUGIN = Detector(
    NAME,
    "the same anchors are judged otherwise (exact McNemar twice, Holm)",
    detect,
    rank=30,
    always=True,
    moved=SUBJECT,
    tells_reason=True,
)
