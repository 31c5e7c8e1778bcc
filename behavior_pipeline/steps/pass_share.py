"""The share of scored traffic that passes, which re-weights labels that were drawn by verdict.

Three callers mean three things by it, and each keeps its own here until one is chosen for all:

* the gate's agreement: by dimension and week, all judges and calibration traces mixed. A week in which
  nothing passed has no share, so agreement is not re-weighted with it;
* the corrected level: by judge and rubric of some weeks together, production only. Where nothing passed it
  is 0;
* two judges compared by hand: one share of all history. Where nothing passed there is none.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.weeks import window_of
from behavior_pipeline.values import Record, number_or_none, sql_beside

DIGITS = 12  # a sum of doubles depends on its order, and a week made twice is the same to the last digit
ALWAYS = {"first": date(1, 1, 1), "last": date(9999, 12, 31)}


def pass_shares_by_week(lake: Lake, week: date, *, weeks: int = 1) -> dict[str, dict[date, float]]:
    """Return the share that passed by dimension and Monday, of a week and those before; 0 is left out."""
    by_dimension: dict[str, dict[date, float]] = {}
    for row in _shares(lake, window_of(week, weeks=weeks), by_week=True, none_passed=None):
        if row["pass_share"] is not None:
            by_dimension.setdefault(row["dimension"], {})[row["week"]] = row["pass_share"]
    return by_dimension


def pass_shares_of_judges(lake: Lake, week: date, *, weeks: int, dimensions: Sequence[str]) -> pd.DataFrame:
    """Return dimension, judge, rubric and pass_share of production over weeks that end with one; 0 is 0."""
    rows = []
    if dimensions:
        window = window_of(week, weeks=weeks)
        rows = _shares(lake, window, dimensions=dimensions, by_judge=True, none_passed=0.0, digits=DIGITS)
    return pd.DataFrame(rows, columns=["dimension", "judge", "rubric", "pass_share"])


def pass_share_so_far(lake: Lake, dimension: str) -> float | None:
    """Return the share that passed of all that was ever scored; None where nothing is scored or passed."""
    shares = _shares(lake, ALWAYS, dimensions=[dimension], none_passed=None)
    return number_or_none(shares[0]["pass_share"]) if shares else None


def _shares(
    lake: Lake, window: dict[str, date], *, dimensions: Sequence[str] | None = None, by_week: bool = False,
    by_judge: bool = False, none_passed: float | None, digits: int | None = None,
) -> list[Record]:  # fmt: skip
    """Return rows of dimension, week, judge, rubric (None where not asked for) and pass_share."""
    asked = {"dimensions": None if dimensions is None else list(dimensions), "by_week": by_week}
    given = {"by_judge": by_judge, "none_passed": none_passed, "digits": digits}
    return lake.records(sql_beside(__file__, "pass_share"), {**window, **asked, **given})
