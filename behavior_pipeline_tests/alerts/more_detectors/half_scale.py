"""A second detector of scores: its statistic counts in halves of a score, and it is quiet from week 12 on."""

from datetime import date
from typing import Any

import msgspec
import pandas as pd

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.band import Band
from behavior_pipeline.drift.detector import Detector
from behavior_pipeline.drift.detectors import two_sigma
from behavior_pipeline.drift.finding import Finding, findings_frame, findings_of
from behavior_pipeline.drift.history import SeriesHistory

QUIET_FROM = date(2026, 3, 23)
QUIET = {"alarm": False, "onset": None, "reason": "within_band"}


def detect(history: SeriesHistory) -> pd.DataFrame:
    later = QUIET if history.week >= QUIET_FROM else {}
    return findings_frame([_rescaled(finding, later) for finding in findings_of(two_sigma.detect(history))])


def _rescaled(finding: Finding, later: dict[str, Any]) -> Finding:
    statistic = None if finding.effect is None else finding.effect / 0.5
    return msgspec.structs.replace(finding, detector="half_scale", statistic=statistic, **later)


def band(finding: Finding, drift: Drift) -> Band:
    level = finding.baseline or 0.0
    return Band(level - 0.03, level + 0.03)


PLUGIN = Detector("half_scale", "what two_sigma says, on another scale", detect, rank=20, band=band)
