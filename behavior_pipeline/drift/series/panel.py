"""Series as arrays, series x weeks: sums that add up, of each and of all other traffic beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.aggregation.cells import LOG_SECONDS, LOG_USD
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.mix import SCORERS, cells_of, membership, standardised
from behavior_pipeline.drift.series.sums import Sums, column
from behavior_pipeline.drift.series.unusual import WEEK, unusual_weeks
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR, Flags, Vector
from behavior_pipeline.words import ALL, SCORE

LOGGED = (LOG_SECONDS, LOG_USD)  # metrics of cells that are no scores

LOOKED_BACK = 26  # weeks: from more nothing is learned of how far levels wander today
IDENTITY = ["series_id", "dimension", "slice_key", "slice_value", "judge", "rubric"]


@dataclass(frozen=True)
class Panel:
    """Weeks of all series; the last week is the one that is looked at.

    `rest` is all other traffic of the series' dimension and judge, without a trace where that is not known
    (and for the whole itself). A trace of `size` is worth 1 / inflation of a simple sample's, clusters and
    grades counted; `shares` are series whose scale is binary, which are compared as logits. `usable` weeks
    have traces and no alarm. `whole` is the place of the dimension's own series, -1 where it has none;
    `scorer` numbers dimensions as one judge and rubric see them, `dimension` dimensions.
    """

    series: pd.DataFrame
    weeks: pd.DatetimeIndex
    inside: Sums
    rest: Sums
    inflation: Vector
    rest_inflation: Vector
    shares: Flags
    usable: Flags
    whole: npt.NDArray[np.intp]
    scorer: npt.NDArray[np.intp]
    dimension: npt.NDArray[np.intp]
    one_cluster: Flags

    @cached_property
    def is_whole(self) -> Flags:
        """Return which series are those of a whole dimension."""
        return cast(Flags, (self.series["slice_key"] == ALL).to_numpy())


def panel_of(evidence: Evidence, *, periods: int = LOOKED_BACK) -> Panel | None:
    """Return the panel of `weekly_scores`, made once for the evidence; None without a row.

    Levels older than `periods` weeks are not looked at, nor series of which there is nothing in them.
    """
    if ("panel", periods) not in evidence.derived:
        evidence.derived["panel", periods] = _panel(evidence, periods)
    return cast(Panel | None, evidence.derived["panel", periods])


def _panel(evidence: Evidence, periods: int) -> Panel | None:
    rows = on_scores(evidence.table("weekly_scores"), evidence)
    weeks = pd.date_range(end=evidence.start, periods=periods, freq=WEEK)
    rows = rows[rows["week"] >= weeks[0]]
    if rows.empty:
        return None
    weeks = weeks[weeks >= rows["week"].min()]
    codes, ids = pd.factorize(rows["series_id"], sort=True)
    series = rows.assign(code=codes).drop_duplicates("code").sort_values("code")[IDENTITY]
    series = series.reset_index(drop=True)
    place = codes, ((rows["week"] - weeks[0]) // WEEK).to_numpy(dtype=int)
    inside = _sums(rows, place, shape=(len(ids), len(weeks)))
    scorer, dimension = (
        pd.factorize(pd.MultiIndex.from_frame(series[SCORERS]))[0], pd.factorize(series["dimension"])[0]
    )  # fmt: skip
    whole = _wholes(series, scorer)
    rest = _rest(inside, whole)
    inflation = _inflation(rows, place, inside)
    one = np.zeros(inside.weight.shape, dtype=bool)
    if "missing_reason" in rows:
        one[place] = (rows["missing_reason"] == str(Reason.ONE_CLUSTER)).to_numpy(dtype=bool, na_value=False)
    inside, rest = _at_one_mix(evidence, series, weeks, inside=inside, rest=rest, scorer=scorer, whole=whole)
    inside, rest = (_as_uncertain(sums, rows, place, series, evidence.specs) for sums in (inside, rest))
    return Panel(
        series, weeks, inside, rest, inflation, inflation[np.where(whole >= 0, whole, 0)],
        _shares(series, evidence.specs), _usable(inside, series, weeks, evidence), whole, scorer, dimension,
        one,
    )  # fmt: skip


def on_scores(rows: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return rows of dimensions that are watched as scores: of latency and cost the clipped score is not."""
    cells = evidence.table("weekly_cells")
    if "metric" not in cells:
        return rows
    return rows[~rows["dimension"].isin(cells.loc[cells["metric"].isin(LOGGED), "dimension"].unique())]


def _sums(
    rows: pd.DataFrame, place: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], *, shape: tuple[int, int]
) -> Sums:
    mean = column(rows, "mean")
    size = column(rows, "n_kish", "n", "n_eff")
    weight = column(rows, "sum_w", "n", "n_eff")
    scored = np.isfinite(mean) & (size > 0) & (weight > 0)
    parts = weight, weight * mean, weight**2 / np.where(scored, size, 1.0)
    filled = [np.zeros(shape) for _ in parts]
    for array, part in zip(filled, parts, strict=True):
        array[place] = np.where(scored, part, 0.0)
    return Sums(*filled)


def _wholes(series: pd.DataFrame, scorer: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the place of the whole of each series' dimension, judge and rubric; -1 where there is none."""
    wholes = np.full(scorer.max() + 1, -1)
    rows = np.flatnonzero((series["slice_key"] == ALL).to_numpy())
    wholes[scorer[rows]] = rows
    return cast(npt.NDArray[np.intp], wholes[scorer])


def _rest(inside: Sums, whole: npt.NDArray[np.intp]) -> Sums:
    """Return the sums of all other traffic, none where there is no whole and of the whole itself.

    Where sizes of two series do not add up, the rest has as much of the whole's squares as of its weight.
    """
    everything = inside.at(np.where(whole >= 0, whole, 0))
    rest = everything.minus(inside)
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.nan_to_num(rest.weight * everything.square / everything.weight)
    square = np.where((rest.weight > 0) & ~(rest.square > 0), usual, rest.square)
    alone = ((whole < 0) | (whole == np.arange(len(whole))))[:, None]
    return Sums(*(np.where(alone, 0.0, part) for part in (rest.weight, rest.total, square)))


def _as_uncertain(
    sums: Sums, rows: pd.DataFrame, place: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    series: pd.DataFrame, specs: Mapping[str, DimensionSpec],
) -> Sums:  # fmt: skip
    """Return the sums with smaller sizes in weeks that were moved over a change of judge, by `shift_se`.

    Those weeks share one error. So that a whole baseline has it once, each week has it as its own, and as
    many times larger.
    """
    if "shift_se" not in rows:
        return sums
    error = np.zeros(sums.weight.shape)
    error[place] = np.nan_to_num(column(rows, "shift_se")) ** 2
    weeks = series["dimension"].map({name: spec.drift.history_weeks for name, spec in specs.items()})
    mean = np.nan_to_num(sums.mean, nan=0.5)
    spread = np.maximum(mean * (1 - mean), 0.25 / (sums.size + 1))
    larger = 1 + weeks.to_numpy(dtype=float)[:, None] * error * sums.size / spread
    return sums._replace(square=sums.square * larger)


def _at_one_mix(
    evidence: Evidence, series: pd.DataFrame, weeks: pd.DatetimeIndex, *, inside: Sums, rest: Sums,
    scorer: npt.NDArray[np.intp], whole: npt.NDArray[np.intp],
) -> tuple[Sums, Sums]:  # fmt: skip
    """Return own sums and those of the rest with the baseline's mix of cells, where cells are known."""
    rows = evidence.table("weekly_cells")
    rows = rows[rows["metric"] == SCORE] if len(rows) else rows
    scorers = series.assign(scorer=scorer).drop_duplicates("scorer").sort_values("scorer")[SCORERS]
    cells = cells_of(rows, scorers, weeks) if len(rows) else None
    if cells is None:
        return inside, rest
    drifts = [evidence.specs[name].drift for name in scorers["dimension"]]
    history, gap = (
        np.array([getattr(one, name) for one in drifts]) for name in ("history_weeks", "gap_weeks")
    )
    of = membership(series, scorer, cells)
    mixed = Sums(*(of @ part for part in standardised(cells, history=history, gap=gap)))
    known = np.any(mixed.weight > 0, axis=1)[:, None]
    beside = known & known[np.where(whole >= 0, whole, 0)]
    mixed_rest = _rest(mixed, whole)
    return (
        Sums(*(np.where(known & (raw > 0), new, raw) for new, raw in zip(mixed, inside, strict=True))),
        Sums(*(np.where(beside & (raw > 0), new, raw) for new, raw in zip(mixed_rest, rest, strict=True))),
    )  # fmt: skip


def _inflation(
    rows: pd.DataFrame, place: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], inside: Sums
) -> Vector:
    """Return how many traces are worth one of a simple sample, beyond weights, of all weeks of a series.

    Of all of them: the week's own figure is noise, and is worst where the level is.
    """
    mean, size = inside.mean[place], inside.size[place]
    error = column(rows, "se") ** 2
    if "n_eff" in rows:
        with np.errstate(invalid="ignore", divide="ignore"):
            from_size = mean * (1 - mean) / column(rows, "n_eff")
        error = np.where(np.isnan(error), from_size, error)
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = mean * (1 - mean) / size
    known = np.isfinite(error) & np.isfinite(simple) & (simple > 0) & (error > SMALLEST_ERROR**2)
    length = len(inside.weight)
    seen, expected = (
        np.bincount(place[0][known], weights=values[known], minlength=length) for values in (error, simple)
    )
    return np.where(expected > 0, seen / np.where(expected > 0, expected, 1.0), 1.0)


def _shares(series: pd.DataFrame, specs: Mapping[str, DimensionSpec]) -> Flags:
    binary = {name: spec.scale.kind == "binary" for name, spec in specs.items()}
    return series["dimension"].map(binary).to_numpy(dtype=bool)


def _usable(inside: Sums, series: pd.DataFrame, weeks: pd.DatetimeIndex, evidence: Evidence) -> Flags:
    """Return weeks with traces in which nothing of the series, nor of its whole dimension, had moved.

    The gap before an alarm is left out as well: what is told by two weeks has moved in the first of them.
    """
    gaps = {name: spec.drift.gap_weeks for name, spec in evidence.specs.items()}
    gap = np.array([gaps[name] for name in series["dimension"].tolist()], dtype=np.int64)
    unusual = unusual_weeks(evidence.table("drift_decisions"), series, weeks, gaps=gap)
    return (inside.weight > 0) & ~unusual
