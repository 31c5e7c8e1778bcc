"""What a drift detector is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from behavior_pipeline import plugins
from behavior_pipeline.drift.history import SeriesHistory

PACKAGE = "behavior_pipeline.drift.detectors"


@dataclass(frozen=True)
class Detector:
    """One way to see a change: SeriesHistory in, DRIFT_FINDINGS rows of its week out, alarm or not.

    `always` detectors watch the judges and run for every dimension; the others run where a dimension's
    `drift.detectors` names their module.
    """

    name: str
    doc: str
    detect: Callable[[SeriesHistory], pd.DataFrame]
    always: bool = False


@cache
def detectors() -> Mapping[str, Detector]:
    """Return every detector by the name of its module."""
    return plugins.discover(PACKAGE, Detector)
