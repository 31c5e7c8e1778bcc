"""A judge's agreement with people fell by more than 0.05, very probably, whatever its gate does."""

import pandas as pd

from behavior_pipeline.calibration.findings import DROP, calibration_findings
from behavior_pipeline.drift.detector import Detector, Evidence


def detect(evidence: Evidence) -> pd.DataFrame:
    """Return one finding for each judge and rubric with an agreement row that week."""
    found = calibration_findings(evidence.week, evidence.agreement, evidence.specs)
    return found[found["detector"] == DROP].reset_index(drop=True)


PLUGIN = Detector(DROP, "P(agreement fell by more than 0.05) >= 0.9", detect, always=True)
