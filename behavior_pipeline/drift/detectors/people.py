"""People moved: they label the same anchors otherwise than they did, whatever the judge does."""

import pandas as pd

from behavior_pipeline.calibration.findings import PEOPLE, anchor_findings
from behavior_pipeline.drift.detector import Detector, Evidence


def detect(evidence: Evidence) -> pd.DataFrame:
    """Return one finding for each judge and rubric whose anchors people labelled again by then."""
    return anchor_findings(evidence.week, evidence.anchors, evidence.specs, detector=PEOPLE)


PLUGIN = Detector(
    PEOPLE, "the same anchors are labelled otherwise (exact McNemar twice, Holm)", detect, always=True
)
