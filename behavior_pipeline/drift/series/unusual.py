"""Weeks in which something was decided to have moved: nobody's baseline."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Flags
from behavior_pipeline.words import ALL, FindingKind

WEEK = pd.Timedelta(weeks=1)
# Words of a decision that is no alarm, and says that the week of a series is not a usual one.
UNUSUAL = (str(Reason.LOCALISED), str(Reason.JUDGE_MOVED))


def unusual_weeks(
    decisions: pd.DataFrame, series: pd.DataFrame, weeks: pd.DatetimeIndex, *, gaps: npt.NDArray[np.int64]
) -> Flags:
    """Return the weeks, series x weeks, in which a series or the whole of its dimension had moved.

    `series` has a row each with series_id and dimension; `gaps` are how many weeks before such a week are
    left out as well. A judge that moved with its version makes no week unusual: its series are spliced.
    """
    unusual = np.zeros((len(series), len(weeks)), dtype=bool)
    if decisions.empty or not len(weeks):
        return unusual
    spliced = (decisions["kind"] == str(FindingKind.CALIBRATION)) & (decisions["reason"] == str(Reason.MOVED))
    moved = decisions[
        (decisions["alarm"].astype("boolean").fillna(value=False) | decisions["reason"].isin(UNUSUAL))
        & ~spliced
        & (decisions["week"] >= weeks[0])
        & (decisions["week"] <= weeks[-1])
    ]
    if moved.empty:
        return unusual
    own_row = pd.Series(np.arange(len(series)), index=series["series_id"])
    marks = [(own_row.get(name), week) for name, week in zip(moved["series_id"], moved["week"], strict=True)]
    of_all = moved[(moved["slice_key"] == ALL) & (moved["reason"] != str(Reason.LOCALISED))]
    by_dimension = series.groupby("dimension").indices
    for name, week in zip(of_all["dimension"], of_all["week"], strict=True):
        marks += [(row, week) for row in by_dimension.get(name, ())]
    places = {week: place for place, week in enumerate(weeks)}
    for row, week in marks:
        for back in range(0 if row is None else gaps[row] + 1):
            if (place := places.get(week - back * WEEK)) is not None:
                unusual[row, place] = True
    return unusual
