"""What a detector says of a series in a week: a row of drift_findings as a struct."""

from collections.abc import Sequence

import msgspec
import pandas as pd

from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.values import records


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
    baseline: float | None = None
    current: float | None = None
    effect: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    onset: pd.Timestamp | None = None
    alarm: bool
    reason: str

    @property
    def cell(self) -> tuple[str, str]:
        """Return the slice that the series is of."""
        return self.slice_key, self.slice_value


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return findings as DRIFT_FINDINGS rows."""
    rows = [msgspec.structs.asdict(finding) for finding in findings]
    return DRIFT_FINDINGS.validate(pd.DataFrame(rows, columns=list(DRIFT_FINDINGS.columns)))


def findings_of(frame: pd.DataFrame) -> list[Finding]:
    """Return DRIFT_FINDINGS rows as findings."""
    return [Finding(**row) for row in records(frame)]


def difference(before: float | None, after: float | None) -> float | None:
    """Return by how much a number changed, None where one of both is not known."""
    return None if before is None or after is None else after - before
