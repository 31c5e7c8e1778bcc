"""What somebody outside gives to be watched, checked and brought into the shape of the lake's tables."""

from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd

from behavior_pipeline.errors import InputError
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR
from behavior_pipeline.values import none_if_missing, plain
from behavior_pipeline.words import ALL, NONE, UNKNOWN

WEEK = pd.Timedelta(weeks=1)
FIRST_MONDAY = pd.Timestamp("2001-01-01")  # of numbered weeks, which have no date
SUMS = ("sum_w", "sum_wy")
SERIES = ["dimension", "slice_key", "slice_value", "judge", "rubric"]


class Calendar(NamedTuple):
    """Which Monday stands for which of the caller's periods."""

    monday: dict[Hashable, pd.Timestamp]

    @property
    def period(self) -> dict[pd.Timestamp, Hashable]:
        """Return the caller's period of each Monday."""
        return {monday: period for period, monday in self.monday.items()}


def refused(happened: str, remedy: str) -> InputError:
    """Return the error of a frame that cannot be used."""
    return InputError(happened=happened, kept="nothing was compared", remedy=remedy)


def needs(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise InputError where a frame lacks columns."""
    if missing := [column for column in columns if column not in frame]:
        raise refused(f"{name} has no columns {missing}", f"give {name} with the columns {list(columns)}")


def calendar_of(periods: Sequence[Any]) -> Calendar:
    """Return consecutive Mondays for weekly periods: dates, timestamps, ISO weeks (2026-W07) or numbers.

    Weeks between two of them stay empty. InputError for anything else, and for two periods in one week.
    """
    if any(none_if_missing(period) is None for period in periods):
        raise refused("some periods are missing", "give each row its week")
    days_of = {period: _day(period) for period in dict.fromkeys(periods)}
    known = sorted(days_of, key=lambda period: days_of[period])
    days = [days_of[period] for period in known]
    first = min(days, default=FIRST_MONDAY)
    first -= pd.Timedelta(days=first.weekday())
    mondays = [first + (day - first) // WEEK * WEEK for day in days]
    if len(set(mondays)) < len(mondays):
        raise refused("two periods lie in one week", "give one period a week")
    return Calendar(dict(zip(known, mondays, strict=True)))


def _day(period: Any) -> pd.Timestamp:
    if isinstance(period, bool):
        raise refused(f"a period is {period}", "give dates, ISO weeks or numbers")
    if isinstance(period, int | np.integer):
        return FIRST_MONDAY + int(period) * WEEK
    if isinstance(period, float) and period.is_integer():
        return FIRST_MONDAY + int(period) * WEEK
    try:
        if isinstance(period, str) and "W" in period:
            year, _, number = period.partition("-W") if "-W" in period else period.partition("W")
            return pd.Timestamp(date.fromisocalendar(int(year), int(number), 1))
        if isinstance(period, pd.Period):
            return period.start_time.normalize()
        if isinstance(period, str | date | datetime | np.datetime64):
            return pd.Timestamp(period).tz_localize(None).normalize()
    except ValueError as broken:
        raise refused(
            f"the period {plain(str(period))} is no week", "give dates, ISO weeks or numbers"
        ) from broken
    raise refused(f"the period {plain(str(period))} is no week", "give dates, ISO weeks or numbers")


def series_rows(
    history: pd.DataFrame, calendar: Calendar, versions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return rows like those of weekly_scores from sums, or from means with their errors and sizes."""
    rows = _named(_versioned(history, versions), "history", ["period", *SERIES[:3]])
    with_sums = all(name in rows for name in SUMS)
    if not with_sums:
        needs(rows, ["mean"], "history")
        if "n_eff" not in rows and "n" not in rows:
            raise refused("history has neither sums nor sizes", "give sums, or mean with n or n_eff, and se")
    rows = rows.assign(week=rows["period"].map(calendar.monday))
    _single(rows, ["week", *SERIES], "history")
    rows = _from_sums(rows) if with_sums else rows
    unnamed = (rows["slice_key"] != ALL) & rows["slice_value"].isna()
    rows = rows.assign(slice_value=rows["slice_value"].where(~unnamed, "absent"))
    for name in ("mean", "se", "n_eff", "n"):
        if name in rows:
            rows[name] = _numbers(rows[name], f"history.{name}")
    _in_range(rows)
    if "n_eff" not in rows:
        spread = rows["mean"] * (1 - rows["mean"])
        rows["n_eff"] = (spread / rows["se"].where(rows["se"] > SMALLEST_ERROR) ** 2).fillna(rows["n"])
    return rows.assign(
        n_floor=rows["n_eff"],
        series_id=ids_of(rows),
        missing_reason=rows.get("missing_reason", pd.Series(None, index=rows.index)),
    )


def cell_rows(cells: pd.DataFrame, calendar: Calendar, versions: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return rows like those of weekly_cells."""
    rows = _named(_versioned(cells, versions), "cells", ["period", "dimension", "cell", *SUMS])
    rows = rows.assign(week=rows["period"].map(calendar.monday), metric=rows.get("metric", "score"))
    rows = rows[rows["week"].notna()]
    for name in (*SUMS, *(name for name in ("sum_w2", "n") if name in rows)):
        rows[name] = _numbers(rows[name], f"cells.{name}").fillna(0.0)
    rows["n"] = rows["n"] if "n" in rows else rows["sum_w"]
    rows["sum_w2"] = rows["sum_w2"] if "sum_w2" in rows else rows["n"]
    rows["cell"] = rows["cell"].map(_canonical)
    _single(rows, ["week", "dimension", "judge", "rubric", "metric", "cell"], "cells")
    return rows


def _canonical(cell: Any) -> str:
    """Return slice keys and values as JSON with sorted keys, of JSON or of a mapping."""
    try:
        values = orjson.loads(cell) if isinstance(cell, str | bytes) else cell
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise refused("a cell is no JSON object of slice keys and values", "give {key: value}")
    return orjson.dumps({str(key): str(value) for key, value in sorted(values.items())}).decode()


def _versioned(rows: pd.DataFrame, versions: pd.DataFrame | None) -> pd.DataFrame:
    """Return rows with the judge and rubric of their week, where they do not name them and `versions` do.

    Versions of model and prompt are not looked at: a change of theirs is what is to be seen.
    """
    if versions is None or versions.empty:
        return rows
    needs(versions, ["period"], "versions")
    key = ["period", *(["dimension"] if "dimension" in versions else [])]
    for name in ("judge", "rubric"):
        if name in versions and name not in rows:
            latest = versions.drop_duplicates(key, keep="last").set_index(key)[name]
            index = pd.MultiIndex.from_frame(rows[key]) if len(key) > 1 else pd.Index(rows["period"])
            rows = rows.assign(**{name: latest.reindex(index).to_numpy()})
    return rows


def _named(frame: pd.DataFrame, name: str, columns: list[str]) -> pd.DataFrame:
    """Return a copy whose versions are texts; InputError without a column or with an unnamed dimension."""
    needs(frame, columns, name)
    if frame["dimension"].isna().any():
        raise refused(f"{name} has rows without a dimension", "name the dimension of each row")
    rows = frame.reset_index(drop=True)
    for version in ("judge", "rubric"):
        values = rows[version] if version in rows else pd.Series(NONE, index=rows.index)
        rows[version] = values.astype(object).where(values.notna(), NONE).astype(str)
    rows["dimension"] = rows["dimension"].astype(str)
    if "slice_key" in rows:
        rows["slice_key"] = rows["slice_key"].astype(object).where(rows["slice_key"].notna(), UNKNOWN)
        rows["slice_key"] = rows["slice_key"].astype(str)
        whole = rows["slice_key"] == ALL
        values = rows["slice_value"].astype(object)
        rows["slice_value"] = values.where(values.isna(), values.astype(str)).where(~whole, ALL)
    return rows


def _single(rows: pd.DataFrame, key: list[str], name: str) -> None:
    repeated = int(rows.duplicated(key).sum())
    if repeated:
        raise refused(
            f"{name} has {repeated} rows of a series and week that it has already", "give one of each"
        )


def _from_sums(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with mean, sizes and error from sums; squares that are not given are those of weight 1."""
    for name in ("sum_w", "sum_wy", "sum_wy2", "sum_w2", "sum_w2y", "sum_w2y2"):
        if name in rows:
            rows[name] = _numbers(rows[name], f"history.{name}")
    weight, total = rows["sum_w"], rows["sum_wy"]
    if (weight < 0).any():
        raise refused("history has negative weights", "give sums of positive weights")
    mean = total / weight.where(weight > 0)
    out = {"mean": mean}
    square = rows.get("sum_w2", rows.get("n", weight))
    out["n_kish"] = weight**2 / square.where(square > 0)
    if "n" not in rows:
        out["n"] = out["n_kish"]
    if "se" not in rows:
        out["se"] = _error(rows, mean, weight)
    return rows.assign(**out)


def _error(rows: pd.DataFrame, mean: pd.Series, weight: pd.Series) -> pd.Series:
    """Return the linearised error, each trace its own cluster; of weight 1 it needs no squared weights."""
    if all(name in rows for name in ("sum_w2", "sum_w2y", "sum_w2y2")):
        squares = rows["sum_w2y2"] - 2 * mean * rows["sum_w2y"] + mean**2 * rows["sum_w2"]
    elif "sum_wy2" in rows:
        squares = rows["sum_wy2"] - weight * mean**2
    else:
        return pd.Series(np.nan, index=rows.index)
    return squares.clip(lower=0) ** 0.5 / weight.where(weight > 0)


def _numbers(values: pd.Series, name: str) -> pd.Series:
    try:
        return pd.to_numeric(values).astype(float)
    except (ValueError, TypeError) as broken:
        raise refused(f"{name} holds what is no number", "give numbers") from broken


def _in_range(rows: pd.DataFrame) -> None:
    outside = (rows["mean"] < -SMALLEST_ERROR) | (rows["mean"] > 1 + SMALLEST_ERROR)
    if np.isinf(rows["mean"]).any() or outside.any():
        raise refused("history has means outside of 0 to 1", "give scores on a scale of 0 to 1")


def ids_of(rows: pd.DataFrame) -> pd.Series:
    """Return the series_id of each row."""
    series = rows[SERIES].drop_duplicates()
    keys = pd.MultiIndex.from_frame(series)
    ids = pd.Series(
        [
            series_id(dimension=one[0], slice_key=one[1], slice_value=one[2], judge=one[3], rubric=one[4])
            for one in series.itertuples(index=False, name=None)
        ],
        index=keys,
    )
    return pd.Series(ids.reindex(pd.MultiIndex.from_frame(rows[SERIES])).to_numpy(), index=rows.index)
