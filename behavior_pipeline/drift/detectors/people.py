"""People moved: they label the same anchors otherwise than they did, whatever the judge does."""

from behavior_pipeline.drift.detector import Detector, Measured, Mover
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.judges.calibration_rows import anchor_findings
from behavior_pipeline.words import Family

NAME = "people"
SUBJECT: Mover = "people"


def detect(evidence: Evidence) -> Measured:
    """Return one finding for each judge and rubric whose anchors people labelled again by then."""
    return anchor_findings(evidence, NAME, subject=SUBJECT)


PLUGIN = Detector(
    NAME,
    "the same anchors are labelled otherwise (exact McNemar twice, Holm)",
    detect,
    needs=("anchor_changes",),
    families=(Family.CALIBRATION,),
    always=True,
)
