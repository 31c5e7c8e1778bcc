"""Differences in differences: traces that carry a new value against those that do not, before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

import pandas as pd

from behavior_pipeline.drift.series.trace_sums import Sums, sums_by, sums_of
from behavior_pipeline.statistics.differences import DoubleDifference, Level, difference_in_differences

SLICE, INSIDE = "slice", "inside"  # a component of its own: the traffic in question, and the rest
LEAST_TRACES = 5  # of a value on one side of the change, to be a control
LEAST_SHARE = 0.02  # of the traffic after its first day, to be a suspect
MOSTLY = 0.5
BEFORE_DAYS = timedelta(weeks=8)


@dataclass(frozen=True)
class NewValue:
    """A value of a component that was new, and what it did.

    `share` is of the weight of the last week, `mean_before` that of the value that it replaced, `controls`
    how many traces of other values stood beside it; without any the contrast is a plain before and after.
    """

    component: str
    value: str
    first_day: pd.Timestamp
    replaced: str | None
    share: float
    mean_before: float | None
    mean_after: float
    controls: int
    contrast: DoubleDifference | None


def new_values(
    days: pd.DataFrame, *, first: pd.Timestamp, last: pd.Timestamp, end: pd.Timestamp, dispersion: float = 1.0
) -> Iterator[NewValue]:
    """Yield each value that first came between two days, and was no blip, with its contrast.

    `days` are [day, component, value] with sums of y up to `end`, one row of each day, component and value of
    the traffic in question. Treated are the traces with the new value, before its first day those with the
    value that it replaced; controls are the others, each value compared with itself on the days since the
    first one: a rollout on part of the traffic is compared with the rest of the same days. `dispersion` is
    what clusters do to variances.
    """
    rows = days[days["day"] < end]
    begins = rows["day"].min()
    firsts = rows[rows["n"] > 0].groupby(["component", "value"], sort=True, as_index=False)["day"].min()
    for component, value, day in firsts[["component", "value", "day"]].itertuples(index=False, name=None):
        if component != SLICE and max(first, begins + timedelta(days=1)) <= day <= last:
            known = _new_value(rows[rows["component"] == component], value, day, end=end, by=dispersion)
            if known is not None:
                yield known


def _new_value(
    rows: pd.DataFrame, value: str, day: pd.Timestamp, *, end: pd.Timestamp, by: float
) -> NewValue | None:
    before = rows[(rows["day"] < day) & (rows["day"] >= day - BEFORE_DAYS)]
    after = rows[rows["day"] >= day]
    was, now, week = (
        sums_by(part, part["value"])
        for part in (before, after, rows[rows["day"] >= end - timedelta(weeks=1)])
    )
    total = sum(sums.w for sums in week.values())
    share = week[value].w / total if value in week else 0.0
    if share < LEAST_SHARE:
        return None
    replaced = _replaced(was, now, value)
    control_before, control_after, traces = _controls(was, now, value, by=by)
    treated, earlier = now[value].level(by), None if replaced is None else was[replaced].level(by)
    contrast = None
    if earlier is not None:
        contrast = difference_in_differences(
            earlier, treated, control_before=control_before, control_after=control_after
        )
    return NewValue(
        component=str(rows["component"].iloc[0]), value=value, first_day=day, replaced=replaced, share=share,
        mean_before=None if earlier is None else earlier.mean, mean_after=treated.mean, controls=traces,
        contrast=contrast,
    )  # fmt: skip


def _replaced(was: Mapping[str, Sums], now: Mapping[str, Sums], value: str) -> str | None:
    """Return the value that lost the most share when this one came, if it lost half of what this one has."""
    before, after = (sum(sums.w for sums in side.values()) for side in (was, now))
    if not was:
        return None
    lost = {name: was[name].w / before - now.get(name, Sums()).w / after for name in was}
    most = max(sorted(lost), key=lambda name: lost[name])
    return most if lost[most] >= MOSTLY * now[value].w / after else None


def _controls(
    was: Mapping[str, Sums], now: Mapping[str, Sums], treated: str, *, by: float
) -> tuple[Level, Level, int]:
    """Return the levels of all other values, those of before at the shares of after, and the traces after."""
    both = [
        name for name in was if name != treated and name in now
        and min(was[name].n, now[name].n) >= LEAST_TRACES
    ]  # fmt: skip
    if not both:
        return Level(0.0, 0.0), Level(0.0, 0.0), 0
    total = sum(now[name].w for name in both)
    share = {name: now[name].w / total for name in both}
    before, after = (
        Level(
            sum(share[name] * side[name].level().mean for name in both),
            sum(share[name] ** 2 * side[name].level(by).variance for name in both),
        )
        for side in (was, now)
    )
    return before, after, int(sum(now[name].n for name in both))


def before_and_after(
    days: pd.DataFrame, *, day: pd.Timestamp, end: pd.Timestamp, dispersion: float = 1.0
) -> DoubleDifference | None:
    """Return the change of the traffic in question from a day on, beyond that of all other traffic.

    `days` have the component `slice` with the values `inside` and `outside`, none of the latter for an
    aggregate. None where one of both sides of the day has no traces inside.
    """
    rows = days[(days["component"] == SLICE) & (days["day"] < end) & (days["day"] >= day - BEFORE_DAYS)]
    was, now = (sums_by(part, part["value"]) for part in (rows[rows["day"] < day], rows[rows["day"] >= day]))
    if INSIDE not in was or INSIDE not in now:
        return None
    control_before, control_after, _ = _controls(was, now, INSIDE, by=dispersion)
    return difference_in_differences(
        was[INSIDE].level(dispersion), now[INSIDE].level(dispersion),
        control_before=control_before, control_after=control_after,
    )  # fmt: skip


def explained(value: NewValue) -> float | None:
    """Return what of the week's change a new value accounts for: its contrast at its share of the traffic."""
    return None if value.contrast is None else value.share * value.contrast.estimate


def week_variance(days: pd.DataFrame, week: pd.Timestamp) -> float:
    """Return the variance of a week's mean of the traffic in question, of independent traces; 0: none."""
    inside = (days["component"] == SLICE) & (days["value"] == INSIDE)
    sums = sums_of(days[inside & (days["day"] >= week) & (days["day"] < week + timedelta(weeks=1))])
    return sums.level().variance if sums.w > 0 else 0.0


def dispersion_of(se: float | None, variance: float) -> float:
    """Return by how much an error with clusters exceeds one without, 1 at least."""
    return 1.0 if se is None or not variance > 0 else max(se / sqrt(variance), 1.0) ** 2
