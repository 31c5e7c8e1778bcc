"""Sums of series from cells, every week weighted to the traffic of the baseline: a new mix moves no level."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.drift.series.sums import Sums
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.words import ALL

SCORERS = ["dimension", "judge", "rubric"]
Places = npt.NDArray[np.intp]


class Cells(NamedTuple):
    """Sums of cells x weeks, their scorer's number, and their slice values as JSON."""

    sums: Sums
    number: Vector
    scorer: Places
    cell: npt.NDArray[np.object_]


def cells_of(rows: pd.DataFrame, scorers: pd.DataFrame, weeks: pd.DatetimeIndex) -> Cells | None:
    """Return the cells of scorers (rows of SCORERS), of weekly_cells rows of one metric; None without one."""
    rows = rows[(rows["week"] >= weeks[0]) & (rows["week"] <= weeks[-1])]
    known = scorers.assign(scorer=np.arange(len(scorers)))
    rows = rows.merge(known, on=SCORERS)
    if rows.empty:
        return None
    scorer = rows["scorer"].to_numpy()
    texts, names = pd.factorize(rows["cell"].to_numpy(dtype=object))
    codes, cells = pd.factorize(scorer * len(names) + texts)
    place = codes, ((rows["week"] - weeks[0]) // pd.Timedelta(weeks=1)).to_numpy(dtype=np.int64)
    filled = []
    for name in ("sum_w", "sum_wy", "sum_w2", "n"):
        array = np.zeros((len(cells), len(weeks)))
        array[place] = rows[name].to_numpy(dtype=float, na_value=0.0)
        filled.append(array)
    return Cells(
        Sums(*filled[:3]), filled[3], (cells // len(names)).astype(np.intp), names[cells % len(names)]
    )  # fmt: skip


def standardised(cells: Cells, *, history: Places, gap: Places) -> Sums:
    """Return the sums of cells, weighted so that each has its share of the baseline's traffic in every week.

    The baseline is that of the last week: `history` weeks of each scorer that end `gap` weeks before it.
    Shares of few traces are drawn towards the baseline's, as if a trace a cell had been seen more (a
    Dirichlet prior), so that no cell weighs more than it can bear. Cells that are new since the baseline
    stay as they are: what they bring is a change.
    """
    weight = _by_scorer(cells.sums.weight, cells.scorer, len(history))
    number = _by_scorer(cells.number, cells.scorer, len(history))
    base = _baseline(weight > 0, history, gap)[cells.scorer]
    reference = np.where(base, cells.sums.weight, 0.0).sum(axis=1)
    whole = np.bincount(cells.scorer, weights=reference, minlength=len(history))[cells.scorer]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(cells.sums.weight / weight[cells.scorer])
        wanted = np.nan_to_num(reference / whole)[:, None]
        many = np.bincount(cells.scorer[reference > 0], minlength=len(history))
        prior = np.nan_to_num(many[:, None] / number, posinf=0.0)[cells.scorer]
        ratio = wanted * (1 + prior) / (share + prior * wanted)
    ratio = np.where((wanted > 0) & np.isfinite(ratio), ratio, 1.0)
    return Sums(cells.sums.weight * ratio, cells.sums.total * ratio, cells.sums.square * ratio**2)


def _by_scorer(values: Vector, scorer: Places, number: int) -> Vector:
    sums = np.zeros((number, values.shape[1]))
    np.add.at(sums, scorer, values)
    return sums


def _baseline(present: npt.NDArray[np.bool_], history: Places, gap: Places) -> npt.NDArray[np.bool_]:
    weeks = np.arange(present.shape[1])
    early = present & (weeks < present.shape[1] - 1 - gap[:, None])
    early = np.where(early.any(axis=1, keepdims=True), early, present & (weeks < present.shape[1] - 1))
    later = np.cumsum(early[:, ::-1], axis=1)[:, ::-1]
    return cast(npt.NDArray[np.bool_], early & (later <= history[:, None]))


def membership(series: pd.DataFrame, scorer: Places, cells: Cells) -> sparse.csr_matrix:
    """Return which cells are of which series, series x cells: those of its slice, or all of its scorer."""
    places = {
        key: row
        for row, key in enumerate(zip(scorer, series["slice_key"], series["slice_value"], strict=True))
    }
    pairs = [
        (row, number)
        for number, (one, text) in enumerate(zip(cells.scorer, cells.cell, strict=True))
        for key, value in (*values_of(text), (ALL, ALL))
        if (row := places.get((one, key, value))) is not None
    ]
    rows, columns = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(series), len(cells.scorer)))
