"""What a drift detector is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandas as pd

from behavior_pipeline import plugins
from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.band import Band
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.drift.history import SeriesHistory

PACKAGE = "behavior_pipeline.drift.detectors"
Mover = Literal["judge", "people"]


@dataclass(frozen=True)
class Detector:
    """One way to see a change: SeriesHistory in, DRIFT_FINDINGS rows of its week out, alarm or not.

    `name` is that of its module, `doc` what it does in a line. Where several alarm on one series, or on the
    judges of one dimension, that of the lowest `rank` leads the alert. `band` returns the levels within which
    the series of a finding is quiet: an alert stands until it is back there. `always` detectors watch the
    judges, need no band and run for every dimension; the others run where a dimension's `drift.detectors`
    names their module. `moved` says who moved when it alarms, None: it does not say. `tells_reason` detectors
    have the hint of their findings' reason repeated in the alert's sentence. TypeError without a band.
    """

    name: str
    doc: str
    detect: Callable[[SeriesHistory], pd.DataFrame]
    rank: int
    band: Callable[[Finding, Drift], Band] | None = None
    always: bool = False
    moved: Mover | None = None
    tells_reason: bool = False

    def __post_init__(self) -> None:
        if self.band is None and not self.always:
            raise TypeError(f"detector {self.name} watches scores and must say in which band they are quiet")


@cache
def detectors() -> Mapping[str, Detector]:
    """Return every detector by the name of its module."""
    return plugins.discover(PACKAGE, Detector)


def rank_of(finding: Finding) -> tuple[int, str]:
    """Return the place of a finding among those of other detectors on the same series; the first leads."""
    return detectors()[finding.detector].rank, finding.detector


def band_of(finding: Finding, drift: Drift) -> Band:
    """Return the levels within which the series of a score finding is quiet."""
    band = detectors()[finding.detector].band
    if band is None:
        raise TypeError(f"detector {finding.detector} watches judges, and its findings have no band")
    return band(finding, drift)
