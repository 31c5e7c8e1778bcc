"""What a drift detector is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import pandas as pd

from behavior_pipeline import plugins
from behavior_pipeline.drift.evidence import Evidence, Grain
from behavior_pipeline.tables.drift import DRIFT_FINDINGS, DRIFT_STATE
from behavior_pipeline.words import Family

PACKAGE = "behavior_pipeline.drift.detectors"
Mover = Literal["judge", "people"]


class Measured(NamedTuple):
    """What a detector says of a period: DRIFT_FINDINGS rows, and DRIFT_STATE rows that it wants back."""

    findings: pd.DataFrame
    state: pd.DataFrame


@dataclass(frozen=True)
class Detector:
    """One way to see a change: tables up to a period in, effects with their errors out, and no alarm.

    `name` is that of its module, `doc` what it does in a line, `needs` the tables without which it is not
    run, `families` those whose budgets its findings may use, `history` how many periods back it looks (None:
    all). `always` detectors run for every dimension, the others where a dimension's `drift.detectors` names
    their module. A detector fills of each finding what it knows: a `p_value` in the direction that is worse,
    with reason `compared`, is decided on together with all others; one without a p-value goes by a rule of
    its own and says so with a reason of RULES. Score findings need `band_low` and `band_high`: the levels
    within which the series is quiet, to which an alert on it has to return.
    """

    name: str
    doc: str
    detect: Callable[[Evidence], Measured]
    needs: tuple[str, ...]
    families: tuple[Family, ...]
    grain: Grain = "week"
    history: int | None = 8
    always: bool = False


@cache
def detectors() -> Mapping[str, Detector]:
    """Return every detector by the name of its module."""
    return plugins.discover(PACKAGE, Detector)


def no_findings() -> Measured:
    """Return what is measured of nothing."""
    return Measured(DRIFT_FINDINGS.empty(), DRIFT_STATE.empty())
