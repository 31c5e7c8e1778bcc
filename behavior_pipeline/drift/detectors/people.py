"""People moved: they label the same anchors otherwise than they did, whatever the judge does."""

import pandas as pd

from behavior_pipeline.drift.calibration_rows import anchor_findings
from behavior_pipeline.drift.detector import Detector, Mover
from behavior_pipeline.drift.history import SeriesHistory

NAME = "people"
SUBJECT: Mover = "people"


def detect(history: SeriesHistory) -> pd.DataFrame:
    """Return one finding for each judge and rubric whose anchors people labelled again by then."""
    return anchor_findings(history, NAME, subject=SUBJECT)


PLUGIN = Detector(
    NAME,
    "the same anchors are labelled otherwise (exact McNemar twice, Holm)",
    detect,
    rank=40,
    always=True,
    moved=SUBJECT,
    tells_reason=True,
)
