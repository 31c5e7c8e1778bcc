"""The shares of scored production traffic that pass, which re-weight labels that were drawn by verdict.

They are a judge's own: what one judge passes says nothing of what another's verdicts stand for. Where nothing
passed the share is 0; a judge that scored nothing in a week has none.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.steps.weeks import window_of
from behavior_pipeline.values import sql_beside

DIGITS = 12  # a week made twice is the same to the last digit
SERIES = ["dimension", "judge", "rubric"]


def pass_shares(
    lake: Lake, week: date, *, weeks: int = 1, dimensions: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the shares of weeks that end with one, by dimension, judge, rubric and week, with weights."""
    parameters = {"dimensions": None if dimensions is None else list(dimensions), "digits": DIGITS}
    return lake.sql(sql_beside(__file__, "pass_share"), {**window_of(week, weeks=weeks), **parameters})


def by_rubric(shares: pd.DataFrame) -> dict[str, dict[str, dict[str, dict[date, Shares]]]]:
    """Return the shares by dimension, rubric, judge and Monday."""
    nested: dict[str, dict[str, dict[str, dict[date, Shares]]]] = {}
    for row in shares.to_dict("records"):
        of_judges = nested.setdefault(row["dimension"], {}).setdefault(row["rubric"], {})
        week = pd.Timestamp(row["week"]).date()
        of_judges.setdefault(row["judge"], {})[week] = Shares(row["passed"], row["failed_by_check"])
    return nested


def pass_shares_of_judges(lake: Lake, week: date, *, weeks: int, dimensions: Sequence[str]) -> pd.DataFrame:
    """Return dimension, judge, rubric and pass_share over weeks that end with one."""
    if not dimensions:
        return pd.DataFrame(columns=[*SERIES, "pass_share"])
    rows = pass_shares(lake, week, weeks=weeks, dimensions=dimensions)
    sums = rows.assign(total=rows["passed"] * rows["weight"]).groupby(SERIES, as_index=False, sort=True)
    together = sums[["total", "weight"]].sum()
    return together.assign(pass_share=together["total"] / together["weight"])[[*SERIES, "pass_share"]]
