"""What a drift detector is, and how a week's detectors run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import pandas as pd

from behavior_pipeline import plugins
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES
from behavior_pipeline.tables.drift import DRIFT_FINDINGS

PACKAGE = "behavior_pipeline.drift.detectors"
FRAMES = ("weekly", "daily", "agreement", "anchors")


@dataclass(frozen=True)
class Evidence:
    """All that a detector may look at: rows of `week` and of weeks before it.

    `weekly` are weekly_scores, `daily` daily_series, `agreement` calibration_agreement, `anchors`
    anchor_changes rows.
    """

    week: date
    specs: Mapping[str, DimensionSpec]
    weekly: pd.DataFrame
    daily: pd.DataFrame
    agreement: pd.DataFrame
    anchors: pd.DataFrame = field(default_factory=ANCHOR_CHANGES.empty)

    def until_now(self) -> "Evidence":
        """Return the evidence without later weeks: a re-run in a year says what was said at the time."""
        last = pd.Timestamp(self.week)
        cut = {name: getattr(self, name) for name in FRAMES}
        return replace(self, **{name: frame[frame["week"] <= last] for name, frame in cut.items()})

    def of(self, dimensions: Mapping[str, DimensionSpec]) -> "Evidence":
        """Return the evidence on some dimensions."""
        cut = {name: getattr(self, name) for name in FRAMES}
        kept = {name: frame[frame["dimension"].isin(list(dimensions))] for name, frame in cut.items()}
        return replace(self, specs=dimensions, **kept)


@dataclass(frozen=True)
class Detector:
    """One way to see a change: Evidence in, DRIFT_FINDINGS rows of its week out, alarm or not.

    `always` detectors watch the judges and run for every dimension; the others run where a dimension's
    `drift.detectors` names their module.
    """

    name: str
    doc: str
    detect: Callable[[Evidence], pd.DataFrame]
    always: bool = False


@cache
def detectors() -> Mapping[str, Detector]:
    """Return every detector by the name of its module."""
    return plugins.discover(PACKAGE, Detector)


def findings_of_week(evidence: Evidence) -> pd.DataFrame:
    """Return the week's DRIFT_FINDINGS rows of all detectors; ConfigError for one that does not exist."""
    known = detectors()
    _check_names(evidence.specs, known)
    evidence = evidence.until_now()
    found = []
    for name, detector in known.items():
        chosen = {
            key: spec
            for key, spec in evidence.specs.items()
            if detector.always or name in spec.drift.detectors
        }
        found.append(detector.detect(evidence.of(chosen)))
    filled = [frame for frame in found if not frame.empty]
    if not filled:
        return DRIFT_FINDINGS.empty()
    rows = pd.concat(filled)
    return rows.sort_values(["detector", "dimension", "series_id"], ignore_index=True)


def _check_names(specs: Mapping[str, DimensionSpec], known: Mapping[str, Detector]) -> None:
    for spec in specs.values():
        if unknown := sorted(set(spec.drift.detectors) - set(known)):
            raise ConfigError(
                happened=f"dimension {spec.name} asks for detectors that do not exist: {unknown}",
                kept="no finding was written",
                remedy=f"correct drift.detectors; there are {sorted(known)}",
            )
