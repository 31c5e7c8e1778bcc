"""A second detector of scores: its statistic counts in halves of a score, and it is quiet from week 12 on."""

from datetime import date
from typing import Any

import msgspec

from behavior_pipeline.drift.detector import Detector, Measured
from behavior_pipeline.drift.detectors import two_sigma
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, findings_of
from behavior_pipeline.drift.judges.calibration_rows import measured
from behavior_pipeline.words import Family

QUIET_FROM = date(2026, 3, 23)
QUIET = {"onset": None, "reason": "within_band"}


def detect(evidence: Evidence) -> Measured:
    later = QUIET if evidence.period >= QUIET_FROM else {}
    findings = findings_of(two_sigma.detect(evidence).findings)
    return measured([_rescaled(finding, later) for finding in findings])


def _rescaled(finding: Finding, later: dict[str, Any]) -> Finding:
    level = finding.baseline
    ends = {} if level is None else {"band_low": level - 0.03, "band_high": level + 0.03}
    statistic = None if finding.effect is None else finding.effect / 0.5
    return msgspec.structs.replace(finding, detector="half_scale", statistic=statistic, **ends, **later)


PLUGIN = Detector(
    "half_scale", "what two_sigma says, on another scale", detect, needs=("weekly_scores",),
    families=(Family.AGGREGATE, Family.SLICE),
)  # fmt: skip
