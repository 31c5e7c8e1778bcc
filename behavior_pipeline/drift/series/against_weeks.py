"""A week's number of many series against their own weeks before, whose spread all of them tell together.

For numbers that are no mean of scores: quantiles, shares, differences. Each comes with the variance of its
sampling; how much further levels wander between quiet weeks is learned.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import periods_text, shaped
from behavior_pipeline.drift.series.unusual import unusual_weeks
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.statistics.moderated import moderated_variance
from behavior_pipeline.statistics.quantiles import Z95
from behavior_pipeline.tables.drift import DRIFT_FINDINGS
from behavior_pipeline.words import ALL, Family

LEARNED_WEEKS = 26  # as far back as the spread is learned from
HALVINGS = 60
ENOUGH_CHANGES = 20  # from so many past changes on they say how large changes are, before the levels do
WORTH = 0.5  # of a past change in degrees of freedom: neighbours share most of their baselines
POWER = 0.8


class Weeks(NamedTuple):
    """Numbers and their sampling variances, a row a series and a column a week, the last one now; NaN: none.

    `series` has a row each with what names it, `usable` says which weeks may be in a baseline, `known` which
    were measured: one that stands for "less than so much" tells nothing of the spread.
    """

    series: pd.DataFrame
    mondays: pd.DatetimeIndex
    value: Vector
    variance: Vector
    usable: Flags
    known: Flags


class Compared(NamedTuple):
    """What became of each series: NaN where it was not compared, and then `reason` says why."""

    baseline: Vector
    baseline_variance: Vector
    effect: Vector
    se: Vector
    df: Vector
    periods: npt.NDArray[np.object_]
    reason: list[str]

    @property
    def t(self) -> Vector:
        """Return changes in standard errors."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.effect == 0, 0.0, self.effect / self.se)

    def p_value(self, worse: int) -> Vector:
        """Return one-sided p-values for a rise (1) or a fall (-1), two-sided ones of 0."""
        tail = stats.t.sf(np.abs(self.t) if worse == 0 else worse * self.t, self.df)
        return np.asarray(2 * tail if worse == 0 else tail)

    def least_detectable(self, level: Vector) -> Vector:
        """Return the change that is told with power .8, given its families' shares of false alarms."""
        number = max(int(np.isfinite(self.t).sum()), 1)
        reach = stats.t.isf(level / number, self.df) + stats.t.isf(1 - POWER, self.df)
        return np.asarray(reach * self.se)


def weeks_of(
    rows: pd.DataFrame, evidence: Evidence, *, key: Sequence[str], detector: str, metric: str | None = None
) -> Weeks:
    """Return the series of `rows` (week, the columns of `key`, value, variance), also those not there now.

    Weeks in which the detector saw a series move, or its whole dimension, are in no baseline of it. A column
    `known` says which rows were measured (default: all).
    """
    first = evidence.start - LEARNED_WEEKS * pd.Timedelta(weeks=1)
    rows = rows[(rows["week"] >= first) & (rows["week"] <= evidence.start)]
    mondays = (
        pd.date_range(rows["week"].min(), evidence.start, freq="7D") if len(rows) else pd.DatetimeIndex([])
    )
    series = rows[list(key)].drop_duplicates().sort_values(list(key), ignore_index=True)
    place = rows[list(key)].merge(series.reset_index(), on=list(key), how="left")["index"].to_numpy()
    column = mondays.get_indexer(pd.DatetimeIndex(rows["week"]))
    shape = len(series), len(mondays)
    value, variance = np.full(shape, np.nan), np.full(shape, np.nan)
    value[place, column] = rows["value"].to_numpy(dtype=float, na_value=np.nan)
    variance[place, column] = rows["variance"].to_numpy(dtype=float, na_value=np.nan)
    value[~np.isfinite(variance)] = np.nan
    usable, known = np.isfinite(value), np.isfinite(value)
    if "known" in rows:
        known[place, column] &= rows["known"].to_numpy(dtype=bool)
    decisions = evidence.table("drift_decisions")
    decisions = decisions[decisions["detector"] == detector]
    if metric is not None:
        decisions = decisions[decisions["metric"] == metric]
    if "series_id" in series:
        usable &= ~unusual_weeks(decisions, series, mondays, gaps=np.zeros(len(series), dtype=np.int64))
    return Weeks(series, mondays, value, variance, usable, known)


def compared(weeks: Weeks, specs: Mapping[str, DimensionSpec]) -> Compared:
    """Return each series' change against the weeks before, a gap between, with all that it may vary by.

    The spread between weeks is one for all series (Paule and Mandel 1982, pooled); by what a series' past
    changes were larger than that explains is squeezed to what all series show (Smyth 2004). No error is
    smaller than that of sampling.
    """
    drifts = [specs[name].drift for name in weeks.series["dimension"]]
    gap, history, least = (
        np.array([getattr(drift, name) for drift in drifts], dtype=int)
        for name in ("gap_weeks", "history_weeks", "minimum_history_weeks")
    )
    last = weeks.value.shape[1] - 1
    # weeks of the gap may have changed already: from them quiet weeks' spread is not learned
    quiet = weeks.usable & (np.arange(last + 1) < (last - gap)[:, None])
    before = weeks._replace(usable=quiet)
    spread = _spread(before)
    changes = [_change(weeks, at, gap, history, least, spread=spread) for at in range(last + 1)]
    effect, variance, sampling, level, level_variance = changes[-1]
    past = [_squares(change, (quiet & weeks.known)[:, at]) for at, change in enumerate(changes[:-1])]
    ratio, df = _ratio(before, np.array(past).reshape(last, len(effect)).T, spread=spread)
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.maximum(variance * ratio, sampling))
    used = _used(weeks.usable, last, gap, history)
    there = np.isfinite(weeks.value[:, last])
    enough = used.sum(axis=1) >= least
    reason = np.where(
        ~there, str(Reason.NO_TRAFFIC), np.where(enough, str(Reason.COMPARED), str(Reason.SHORT_HISTORY))
    )
    return Compared(
        level, level_variance, effect, error, df, periods_text(weeks.mondays, used), reason.tolist()
    )


def _used(usable: Flags, at: int, gap: npt.NDArray[np.int_], history: npt.NDArray[np.int_]) -> Flags:
    column = np.arange(usable.shape[1])
    end = (at - gap)[:, None]
    return usable & (column < end) & (column >= end - history[:, None])


def _change(
    weeks: Weeks, at: int, gap: npt.NDArray[np.int_], history: npt.NDArray[np.int_],
    least: npt.NDArray[np.int_], *, spread: float,
) -> tuple[Vector, Vector, Vector, Vector, Vector]:  # fmt: skip
    """Return change, its variance, that of sampling alone, and the baseline with its variance."""
    used = _used(weeks.usable, at, gap, history)
    used &= (used.sum(axis=1) >= least)[:, None]
    weight = np.where(used, 1 / (np.where(used, weeks.variance, 1.0) + spread + TINY), 0.0)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(used, weeks.value * weight, 0.0).sum(axis=1) / total
        sampled = (np.where(used, weeks.variance, 0.0) * weight**2).sum(axis=1) / total**2
        estimated = 1 / total
    change = weeks.value[:, at] - level
    return (
        change,
        weeks.variance[:, at] + spread + estimated,
        weeks.variance[:, at] + sampled,
        level,
        estimated,
    )


TINY = 1e-12  # the variance of weeks that are all alike


def _squares(change: tuple[Vector, ...], usable: Flags) -> Vector:
    """Return past changes in squared standard errors, NaN where the week may not be counted."""
    return np.where(usable, change[0] ** 2 / (change[1] + TINY), np.nan)


def _deviations(weeks: Weeks, spread: float) -> tuple[Vector, Vector]:
    """Return each series' sum of squares about its weighted mean, in variances, and its df."""
    usable = weeks.usable & weeks.known
    weight = np.where(usable, 1 / (np.where(usable, weeks.variance, 1.0) + spread + TINY), 0.0)
    value = np.where(usable, weeks.value, 0.0)
    total = weight.sum(axis=1)
    mean = (weight * value).sum(axis=1) / np.where(total > 0, total, 1.0)
    squares = (weight * (value - mean[:, None]) ** 2).sum(axis=1)
    return squares, np.maximum(usable.sum(axis=1) - 1.0, 0.0)


def _spread(weeks: Weeks) -> float:
    """Return the variance between weeks beyond sampling for which the weeks vary as much as expected."""
    squares, df = _deviations(weeks, 0.0)
    if not df.sum() or squares.sum() <= df.sum():
        return 0.0
    low, high = 0.0, float(np.nanmax(np.where(weeks.usable, weeks.value, np.nan)) - np.nanmin(
        np.where(weeks.usable, weeks.value, np.nan)
    )) ** 2 + TINY  # fmt: skip
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _deviations(weeks, middle)[0].sum() > df.sum() else (low, middle)
    return high


def _ratio(weeks: Weeks, past: Vector, *, spread: float) -> tuple[Vector, Vector]:
    """Return by what each series' changes vary more than expected, with the degrees of freedom of a t."""
    number = np.isfinite(past).sum(axis=1)
    if number.sum() >= ENOUGH_CHANGES:
        squares, df = np.nansum(past, axis=1) * WORTH, number * WORTH
    else:
        squares, df = _deviations(weeks, spread)
    known = df > 0
    if not known.any():
        return np.ones(len(df)), np.ones(len(df))
    moderated = moderated_variance(squares[known] / df[known], df[known])
    ratio = np.full(len(df), moderated.prior_variance)
    degrees = np.full(len(df), min(moderated.prior_df, float(df[known].sum())))
    ratio[known], degrees[known] = moderated.posterior, moderated.df
    return ratio, np.maximum(degrees, 1.0)


IDENTITY = ["series_id", "dimension", "slice_key", "slice_value", "judge", "rubric"]
Scale = Literal["plain", "log", "logit"]


@dataclass(frozen=True)
class Measure:
    """What is compared, and on which scale: levels are told as they are, and changes of a `log` as its own.

    `reasons` say by series why there is no number this week, where something says it.
    """

    detector: str
    metric: str
    unit: str
    worse: int
    scale: Scale = "plain"
    reasons: Mapping[str, str] = field(default_factory=dict)


def findings_of_weeks(weeks: Weeks, evidence: Evidence, measure: Measure, **more: Any) -> pd.DataFrame:
    """Return DRIFT_FINDINGS rows of series named by IDENTITY; `more` are columns beside or instead.

    The quiet levels are those within two errors of the baseline, or less than the floor of the metric away.
    """
    if not len(weeks.series) or not len(weeks.mondays):
        return DRIFT_FINDINGS.empty()
    result = compared(weeks, evidence.specs)
    tested = np.array([reason == Reason.COMPARED for reason in result.reason])
    now = weeks.value[:, -1]
    reasons = [
        measure.reasons.get(name, reason) if np.isnan(value) else reason
        for name, reason, value in zip(weeks.series["series_id"], result.reason, now, strict=True)
    ]
    drifts = [evidence.specs[name].drift for name in weeks.series["dimension"]]
    floor = np.array([drift.floor_of(measure.metric, measure.unit) for drift in drifts])
    whole = weeks.series["slice_key"] == ALL
    family = np.where(whole, str(Family.AGGREGATE), str(Family.SLICE))
    family = np.broadcast_to(more.pop("family", family), len(whole))
    smallest = result.least_detectable(np.array([evidence.budget.of(name) for name in family]))
    levels = _levels(result, now, floor, smallest, scale=measure.scale)
    columns = {
        "week": evidence.start, "detector": measure.detector, "metric": measure.metric, "unit": measure.unit,
        "worse": measure.worse, "window": 1, "contrast": "own",
        "family": family, "baseline_periods": result.periods, "statistic": result.t, "df": result.df,
        "p_value": result.p_value(measure.worse), **levels, **more, "reason": reasons,
    }  # fmt: skip
    rows = weeks.series[IDENTITY].assign(**columns)
    rows[["band_low", "band_high"]] = _open_ended(rows, measure.worse)
    rows.loc[~tested, [name for name in TESTED if name in rows]] = np.nan
    return shaped(rows, DRIFT_FINDINGS)


TESTED = ("contrast", "statistic", "df", "p_value", "effect", "effect_se", "least_detectable_effect")


def _open_ended(rows: pd.DataFrame, worse: int) -> pd.DataFrame:
    """Leave out the end of the band on which a change is no harm."""
    low = rows["band_low"] if worse <= 0 else np.nan
    high = rows["band_high"] if worse >= 0 else np.nan
    return pd.DataFrame({"band_low": low, "band_high": high}, index=rows.index)


BACK: dict[Scale, Callable[[Vector], Vector]] = {
    "plain": lambda level: level, "log": np.exp, "logit": special.expit,
}  # fmt: skip


def _levels(
    result: Compared, now: Vector, floor: Vector, smallest: Vector, *, scale: Scale
) -> dict[str, Vector]:
    """Return levels in the metric's unit and changes: of logits in shares, of logarithms as they are."""
    back = BACK[scale]
    reach = Z95 * np.sqrt(result.baseline_variance)
    centre, level = back(result.baseline), back(now)
    middle = back((result.baseline + now) / 2)
    slope = middle * (1 - middle) if scale == "logit" else np.ones(len(now))
    effect = level - centre if scale == "logit" else result.effect
    quiet = np.maximum(2 * result.se * slope, floor)
    low, high = (
        (np.exp(result.baseline - quiet), np.exp(result.baseline + quiet))
        if scale == "log"
        else (centre - quiet, centre + quiet)
    )
    if scale == "logit":
        low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    return {
        "baseline": centre, "current": level, "effect": effect, "effect_se": result.se * slope,
        "baseline_low": back(result.baseline - reach), "baseline_high": back(result.baseline + reach),
        "band_low": low, "band_high": high, "least_detectable_effect": smallest * slope,
    }  # fmt: skip
