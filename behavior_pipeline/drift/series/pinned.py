"""A moving average of a series beside its first quiet weeks, carried on from week to week."""

from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from behavior_pipeline.drift.finding import shaped
from behavior_pipeline.drift.series.panel import Panel
from behavior_pipeline.drift.series.sums import Sums
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.tables.drift import DRIFT_STATE

SHARE = 0.25  # of the newest week in the average
TOLERATED = 0.25  # of the effect floor: so far levels go and come within a year by themselves
LEAST_AVERAGED = 6  # weeks of a short history that are kept for the average: about as far as it reaches back
Whole = npt.NDArray[np.int64]


class Chart(NamedTuple):
    """Pinned means and sizes, and averages since, with inverse sizes and the mass of the weeks in them."""

    pin: Vector
    pin_size: Vector
    average: Vector
    inverse: Vector
    mass: Vector

    def after(self, mean: Vector, size: Vector) -> "Chart":
        """Return the chart after one more week; a series without traces in it stays as it is.

        The average starts at the pinned mean (Roberts 1959). What is kept is the average of the weeks
        themselves, over their mass 1 - (1 - share)^weeks: a change that lasts is its effect from the first.
        """
        kept = (1 - SHARE) * self.mass
        mass = kept + SHARE
        with np.errstate(invalid="ignore", divide="ignore"):
            average = (kept * np.nan_to_num(self.average) + SHARE * mean) / mass
            inverse = (kept**2 * np.nan_to_num(self.inverse) + SHARE**2 / size) / mass**2
        seen = size > 0
        return self._replace(
            average=np.where(seen, average, self.average), inverse=np.where(seen, inverse, self.inverse),
            mass=np.where(seen, mass, self.mass),
        )  # fmt: skip

    def where(self, chosen: Flags, other: "Chart") -> "Chart":
        """Return this chart's series where chosen, else the other's."""
        return Chart(*(np.where(chosen, mine, its) for mine, its in zip(self, other, strict=True)))

    @property
    def size(self) -> Vector:
        """Return effective sizes of the averages, 0 without one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return cast(Vector, np.nan_to_num(1 / self.inverse))


class Charts(NamedTuple):
    """Charts of all series and of all other traffic beside each, and which weeks are pinned."""

    inside: Chart
    rest: Chart
    weeks: Whole
    pinned: Whole
    texts: npt.NDArray[np.object_]
    final: Flags


def charts_of(panel: Panel, *, pinned_weeks: Whole, minimum: Whole, state: pd.DataFrame) -> Charts:
    """Return the charts of the last week: from the state of the week before, else from all weeks.

    Until a series has its pinned weeks and some more, they are provisional: as many as leave
    LEAST_AVERAGED weeks for the average, `minimum` at least.
    """
    present = panel.inside.weight > 0
    number = np.cumsum(panel.usable, axis=1)
    spare = present.sum(axis=1) - LEAST_AVERAGED
    wanted = np.minimum(pinned_weeks, np.maximum(spare, minimum))
    pins = panel.usable & (number <= wanted[:, None])
    pins[:, -1] = False
    count = pins.sum(axis=1)
    last = np.where(count > 0, pins.shape[1] - 1 - np.argmax(pins[:, ::-1], axis=1), pins.shape[1])
    since = np.arange(pins.shape[1]) > last[:, None]
    fresh = Charts(
        _from_weeks(panel.inside, panel.inflation, pins, since),
        _from_weeks(panel.rest, panel.rest_inflation, pins, since),
        (since & present).sum(axis=1), count, _texts(panel.weeks, pins), count >= pinned_weeks,
    )  # fmt: skip
    return _carried(fresh, panel, state)


def _from_weeks(sums: Sums, inflation: Vector, pins: Flags, since: Flags) -> Chart:
    base = Sums(*(np.where(pins, part, 0.0).sum(axis=1) for part in sums))
    nothing = np.full(len(pins), np.nan)
    chart = Chart(base.mean, base.size / inflation, nothing, nothing, np.zeros(len(pins)))
    mean, size = sums.mean, sums.size / inflation[:, None]
    for week in range(pins.shape[1]):
        chart = chart.after(mean[:, week], np.where(since[:, week], size[:, week], 0.0))
    return chart


def _texts(weeks: pd.DatetimeIndex, used: Flags) -> npt.NDArray[np.object_]:
    """Return the weeks of each series as JSON lists of days."""
    days = np.array([str(week.date()) for week in weeks])
    patterns, which = np.unique(used, axis=0, return_inverse=True)
    texts = [orjson.dumps(days[pattern].tolist()).decode() for pattern in patterns]
    return np.array(texts, dtype=object)[which.ravel()]


def _carried(fresh: Charts, panel: Panel, state: pd.DataFrame) -> Charts:
    """Return the charts with those of final pins taken from the week before, and one week more."""
    if state.empty:
        return fresh
    known = dict(zip(state["series_id"], state["state"], strict=True))
    before = [orjson.loads(known[name]) if name in known else None for name in panel.series["series_id"]]
    carried = np.array([one is not None for one in before])
    if not carried.any():
        return fresh
    inside, rest = (
        _read(before, side).after(sums.mean[:, -1], sums.size[:, -1] / inflation)
        for side, sums, inflation in (
            ("inside", panel.inside, panel.inflation), ("rest", panel.rest, panel.rest_inflation))
    )  # fmt: skip
    weeks = np.array([one["weeks"] if one else 0 for one in before]) + (panel.inside.weight[:, -1] > 0)
    texts = np.array([orjson.dumps(one["pinned"]).decode() if one else "" for one in before], dtype=object)
    pinned = np.array([len(one["pinned"]) if one else 0 for one in before])
    return Charts(
        inside.where(carried, fresh.inside), rest.where(carried, fresh.rest),
        np.where(carried, weeks, fresh.weeks),
        np.where(carried, pinned, fresh.pinned), np.where(carried, texts, fresh.texts), fresh.final | carried,
    )  # fmt: skip


def _read(before: list[Any], side: str) -> Chart:
    rows = [
        [np.nan if number is None else number for number in one[side]]
        if one
        else [np.nan, np.nan, np.nan, np.nan, 0.0]
        for one in before
    ]
    return Chart(*np.array(rows, dtype=float).T)


def state_rows(charts: Charts, panel: Panel, *, detector: str) -> pd.DataFrame:
    """Return DRIFT_STATE rows of the series whose pins are final; others are pinned anew each week."""
    inside, rest = (np.column_stack(side) for side in (charts.inside, charts.rest))
    names = panel.series["series_id"].tolist()
    rows = [
        {
            "week": panel.weeks[-1], "detector": detector, "series_id": names[row],
            "state": orjson.dumps(
                {
                    "pinned": orjson.loads(charts.texts[row]), "weeks": int(charts.weeks[row]),
                    "inside": [None if np.isnan(value) else float(value) for value in inside[row]],
                    "rest": [None if np.isnan(value) else float(value) for value in rest[row]],
                }
            ).decode(),
        }
        for row in np.flatnonzero(charts.final)
    ]  # fmt: skip
    return shaped(pd.DataFrame(rows), DRIFT_STATE) if rows else DRIFT_STATE.empty()
