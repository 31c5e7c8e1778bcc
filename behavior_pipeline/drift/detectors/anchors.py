"""The judge moved: it says otherwise of the same anchors than it did under the build before."""

import pandas as pd

from behavior_pipeline.calibration.findings import ANCHORS, anchor_findings
from behavior_pipeline.drift.detector import Detector, Evidence


def detect(evidence: Evidence) -> pd.DataFrame:
    """Return one finding for each judge and rubric whose anchors were judged that week."""
    return anchor_findings(evidence.week, evidence.anchors, evidence.specs, detector=ANCHORS)


PLUGIN = Detector(
    ANCHORS, "the same anchors are judged otherwise (exact McNemar twice, Holm)", detect, always=True
)
