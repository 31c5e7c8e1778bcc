"""What a detector carries on to the next period: a struct a series, as JSON in rows of drift_state."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
import pandas as pd

from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.tables.drift import DRIFT_STATE

State = TypeVar("State", bound=msgspec.Struct)


def states_of(evidence: Evidence, detector: str, kind: type[State]) -> dict[str, State]:
    """Return what a detector carried on, by series."""
    rows = evidence.table("drift_state")
    known = rows[rows["detector"] == detector].to_dict("records")
    return {str(row["series_id"]): msgspec.json.decode(row["state"], type=kind) for row in known}


def state_rows(states: Mapping[str, msgspec.Struct], evidence: Evidence, detector: str) -> pd.DataFrame:
    """Return DRIFT_STATE rows, in the order of the series."""
    rows = [
        {
            "week": evidence.monday, "detector": detector, "series_id": key,
            "state": msgspec.json.encode(states[key]).decode(),
        }
        for key in sorted(states)
    ]  # fmt: skip
    return shaped(pd.DataFrame(rows), DRIFT_STATE) if rows else DRIFT_STATE.empty()
