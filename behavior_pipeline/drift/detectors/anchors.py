"""The judge moved: it says otherwise of the same anchors than it did under the build before."""

from behavior_pipeline.drift.detector import Detector, Measured, Mover
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.judges.calibration_rows import anchor_findings
from behavior_pipeline.words import Family

NAME = "anchors"
SUBJECT: Mover = "judge"


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each judge and rubric whose anchors were judged that week."""
    return anchor_findings(evidence, NAME, subject=SUBJECT)


PLUGIN = Detector(
    NAME,
    "the same anchors are judged otherwise (exact McNemar twice, Holm)",
    detect,
    needs=("anchor_changes",),
    families=(Family.CALIBRATION,),
    always=True,
)
