"""Sums over the traces of series, from which means and sizes of any weeks together follow."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.statistics.estimate import Vector


class Sums(NamedTuple):
    """Sums over traces, series x weeks: of weights, weight x score, and squared weights. 0: no trace."""

    weight: Vector
    total: Vector
    square: Vector

    def minus(self, other: "Sums") -> "Sums":
        """Return the sums of what is in these and not in the others; rounding leaves nothing behind."""
        left = (mine - its for mine, its in zip(self, other, strict=True))
        return Sums(
            *(np.where(part > 1e-9 * whole, part, 0.0) for part, whole in zip(left, self, strict=True))
        )

    def at(self, rows: npt.NDArray[np.intp]) -> "Sums":
        """Return the sums of some series."""
        return Sums(*(part[rows] for part in self))

    @property
    def mean(self) -> Vector:
        """Return the means; NaN without a trace."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.total / np.where(self.weight > 0, self.weight, np.nan)

    @property
    def size(self) -> Vector:
        """Return Kish's sizes; 0 without a trace."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return cast(Vector, np.where(self.square > 0, self.weight**2 / self.square, 0.0))


def column(rows: pd.DataFrame, *names: str) -> Vector:
    """Return the first of some columns that knows of a row, as floats."""
    values = np.full(len(rows), np.nan)
    for name in names:
        if name in rows:
            other = rows[name].to_numpy(dtype=float, na_value=np.nan)
            values = np.where(np.isnan(values), other, values)
    return values
