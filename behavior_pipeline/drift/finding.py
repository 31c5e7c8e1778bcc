"""What a detector measured of a series, and what was decided: rows of two tables as structs."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from behavior_pipeline.aggregation.cells import LOG_SECONDS, LOG_USD
from behavior_pipeline.statistics.estimate import Flags
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.drift import DECISION_KEY, DRIFT_DECISIONS, DRIFT_FINDINGS, DRIFT_STATE
from behavior_pipeline.values import records

# Units whose changes are logarithms of ratios, and the metric of cells that has them.
LOGARITHMS = {"seconds": LOG_SECONDS, "usd": LOG_USD}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One row of drift_findings; the table says what its columns mean."""

    week: pd.Timestamp
    detector: str
    kind: str
    series_id: str
    dimension: str
    slice_key: str
    slice_value: str
    judge: str
    rubric: str
    family: str
    metric: str = "mean"
    unit: str = "score"
    worse: int = -1
    window: int = 1
    baseline: float | None = None
    baseline_low: float | None = None
    baseline_high: float | None = None
    baseline_periods: str | None = None
    current: float | None = None
    effect: float | None = None
    effect_se: float | None = None
    contrast: str | None = None
    rest_effect: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    log_e: float | None = None
    n_eff: float | None = None
    least_detectable_effect: float | None = None
    band_low: float | None = None
    band_high: float | None = None
    onset: pd.Timestamp | None = None
    onset_low: pd.Timestamp | None = None
    onset_high: pd.Timestamp | None = None
    moved: str | None = None
    reason: str

    @property
    def cell(self) -> tuple[str, str]:
        """Return the slice that the series is of."""
        return self.slice_key, self.slice_value

    @property
    def compared_with(self) -> list[pd.Timestamp]:
        """Return the first days of the periods that the baseline is of."""
        return periods_in(self.baseline_periods)

    @property
    def falls(self) -> bool:
        """Return whether the change is for the worse, either way where both are."""
        effect = self.effect or 0.0
        return effect != 0 and (self.worse == 0 or (effect > 0) == (self.worse > 0))


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One row of drift_decisions; the table says what its columns mean."""

    week: pd.Timestamp
    detector: str
    kind: str
    series_id: str
    metric: str
    dimension: str
    slice_key: str
    slice_value: str
    family: str
    p_value: float | None = None
    q_value: float | None = None
    threshold: float | None = None
    alarm: bool
    below_floor: bool = False
    localised_to: str | None = None
    reason: str

    @property
    def within(self) -> dict[str, str] | None:
        """Return the slice values that hold all of an alarm; None where it is all of its series."""
        return orjson.loads(self.localised_to) if self.alarm and self.localised_to else None


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return findings as DRIFT_FINDINGS rows."""
    rows = [msgspec.structs.asdict(finding) for finding in findings]
    return DRIFT_FINDINGS.validate(pd.DataFrame(rows, columns=list(DRIFT_FINDINGS.columns)))


def findings_of(frame: pd.DataFrame) -> list[Finding]:
    """Return DRIFT_FINDINGS rows as findings; numbers that older rows lack are the usual ones."""
    return [
        Finding(**{name: value for name, value in row.items() if value is not None}) for row in records(frame)
    ]


def periods_in(text: str | None) -> list[pd.Timestamp]:
    """Return the first days of the periods that `baseline_periods` names, none of NULL."""
    return [pd.Timestamp(day) for day in orjson.loads(text or "[]")]


def periods_text(weeks: pd.DatetimeIndex, used: Flags) -> npt.NDArray[np.object_]:
    """Return the weeks of each series' baseline as JSON lists of days; None without one."""
    days = np.array([str(week.date()) for week in weeks])
    patterns, which = np.unique(used, axis=0, return_inverse=True)
    texts = [orjson.dumps(days[pattern].tolist()).decode() if pattern.any() else None for pattern in patterns]
    return np.array(texts, dtype=object)[which.ravel()]


def alarms_of(findings: pd.DataFrame, decisions: pd.DataFrame) -> list[Finding]:
    """Return the findings that were decided to be alarms."""
    keys = decisions.loc[decisions["alarm"].astype(bool), list(DECISION_KEY)]
    return findings_of(findings.merge(keys, on=list(DECISION_KEY)))


def decisions_of(frame: pd.DataFrame) -> list[Decision]:
    """Return DRIFT_DECISIONS rows as decisions."""
    return [Decision(**row) for row in records(frame)]


def decisions_frame(decisions: Sequence[Decision]) -> pd.DataFrame:
    """Return decisions as DRIFT_DECISIONS rows."""
    rows = [msgspec.structs.asdict(decision) for decision in decisions]
    return DRIFT_DECISIONS.validate(pd.DataFrame(rows, columns=list(DRIFT_DECISIONS.columns)))


def shaped(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return rows with a table's columns and types; what is not there is missing.

    The contract itself is checked where rows are written: here it would take longer than all tests.
    """
    nothing = [None] * len(frame)
    columns = {
        name: frame[name].astype(dtype).array if name in frame else pd.array(nothing, dtype=dtype)
        for name, dtype in _types(table.name)
    }
    return pd.DataFrame(columns, copy=False)


@cache
def _types(name: str) -> list[tuple[str, Any]]:
    tables = {table.name: table for table in (DRIFT_FINDINGS, DRIFT_DECISIONS, DRIFT_STATE)}
    return [(column, _type(str(one.dtype))) for column, one in tables[name].columns.items()]


def _type(name: str) -> Any:
    """Return a type as validation leaves it: a missing text is NaN."""
    dtype = pd.api.types.pandas_dtype(name)
    return pd.StringDtype(dtype.storage, na_value=np.nan) if isinstance(dtype, pd.StringDtype) else dtype


def difference(before: float | None, after: float | None) -> float | None:
    """Return by how much a number changed, None where one of both is not known."""
    return None if before is None or after is None else after - before
