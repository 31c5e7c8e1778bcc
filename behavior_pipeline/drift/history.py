"""What a drift detector may look at: the weeks of every series, and of the judges that read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES, CALIBRATION_AGREEMENT
from behavior_pipeline.tables.weekly import DAILY_SERIES, WEEKLY_SCORES
from behavior_pipeline.values import Record

REFERENCE_WEEKS = 8  # how far back a week is compared
FRAMES = ("weekly", "daily", "agreement", "anchors")


def floor_size(weekly: Record) -> float | None:
    """Return the size that floors compare, of a row of weekly_scores; older rows have n_eff only."""
    size = weekly.get("n_floor")
    return weekly.get("n_eff") if size is None else size


@dataclass(frozen=True)
class SeriesHistory:
    """Rows of `week` and of the reference weeks before it.

    `weekly` are weekly_scores, `daily` daily_series, `agreement` calibration_agreement, `anchors`
    anchor_changes rows.
    """

    week: date
    specs: Mapping[str, DimensionSpec]
    weekly: pd.DataFrame = field(default_factory=WEEKLY_SCORES.empty)
    daily: pd.DataFrame = field(default_factory=DAILY_SERIES.empty)
    agreement: pd.DataFrame = field(default_factory=CALIBRATION_AGREEMENT.empty)
    anchors: pd.DataFrame = field(default_factory=ANCHOR_CHANGES.empty)

    @property
    def monday(self) -> pd.Timestamp:
        """Return the week's first day as frames hold it."""
        return pd.Timestamp(self.week)

    def until_now(self) -> "SeriesHistory":
        """Return the history without later weeks: a re-run in a year says what was said at the time."""
        cut = {name: getattr(self, name) for name in FRAMES}
        return replace(self, **{name: frame[frame["week"] <= self.monday] for name, frame in cut.items()})

    def of(self, dimensions: Mapping[str, DimensionSpec]) -> "SeriesHistory":
        """Return the history of some dimensions."""
        cut = {name: getattr(self, name) for name in FRAMES}
        kept = {name: frame[frame["dimension"].isin(list(dimensions))] for name, frame in cut.items()}
        return replace(self, specs=dimensions, **kept)
