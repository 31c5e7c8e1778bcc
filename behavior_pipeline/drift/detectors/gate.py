"""A judge's gate closed: its scores may drive no alert until it agrees with people again."""

import pandas as pd

from behavior_pipeline.calibration.findings import GATE, calibration_findings
from behavior_pipeline.drift.detector import Detector, Evidence


def detect(evidence: Evidence) -> pd.DataFrame:
    """Return one finding for each judge and rubric with an agreement row that week."""
    found = calibration_findings(evidence.week, evidence.agreement, evidence.specs)
    return found[found["detector"] == GATE].reset_index(drop=True)


PLUGIN = Detector(GATE, "an open gate closed", detect, always=True)
