"""The findings of a week: what every detector says of every series."""

from collections.abc import Mapping

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.detector import Detector, detectors
from behavior_pipeline.drift.history import SeriesHistory
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.tables.drift import DRIFT_FINDINGS


def findings_of_week(history: SeriesHistory) -> pd.DataFrame:
    """Return the week's DRIFT_FINDINGS rows of all detectors; ConfigError for one that does not exist."""
    known = detectors()
    _check_names(history.specs, known)
    history = history.until_now()
    frames = []
    for name, detector in known.items():
        chosen = {
            key: spec
            for key, spec in history.specs.items()
            if detector.always or name in spec.drift.detectors
        }
        frames.append(detector.detect(history.of(chosen)))
    filled = [frame for frame in frames if not frame.empty]
    if not filled:
        return DRIFT_FINDINGS.empty()
    return pd.concat(filled).sort_values(["detector", "dimension", "series_id"], ignore_index=True)


def _check_names(specs: Mapping[str, DimensionSpec], known: Mapping[str, Detector]) -> None:
    for spec in specs.values():
        if unknown := sorted(set(spec.drift.detectors) - set(known)):
            raise ConfigError(
                happened=f"dimension {spec.name} asks for detectors that do not exist: {unknown}",
                kept="no finding was written",
                remedy=f"correct drift.detectors; there are {sorted(known)}",
            )
