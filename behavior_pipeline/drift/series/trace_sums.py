"""Additive sums of traces, as cells and days of versions hold them, and the levels made of them."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from behavior_pipeline.statistics.differences import Level

COLUMNS = ["n", "sum_w", "sum_wy", "sum_w2", "sum_w2y", "sum_w2y2"]


class Sums(NamedTuple):
    """Traces, and sums of w, w y, w^2, w^2 y and w^2 y^2 over them."""

    n: float = 0.0
    w: float = 0.0
    wy: float = 0.0
    w2: float = 0.0
    w2y: float = 0.0
    w2y2: float = 0.0

    def level(self, dispersion: float = 1.0) -> Level:
        """Return the Hajek mean, with the variance of independent traces times what clusters add to it."""
        mean = self.wy / self.w
        squares = self.w2y2 - 2 * mean * self.w2y + mean**2 * self.w2
        return Level(mean, dispersion * max(squares, 0.0) / self.w**2)


def sums_by(rows: pd.DataFrame, values: "pd.Series[str]") -> Mapping[str, Sums]:
    """Return the sums of rows by a value of each, of values with any weight, in the order of the values."""
    totals = rows[COLUMNS].astype(float).groupby(values.to_numpy(), sort=True).sum()
    pairs = zip(totals.index, totals.itertuples(index=False, name=None), strict=True)
    return {str(value): Sums(*sums) for value, sums in pairs if Sums(*sums).w > 0}


def sums_of(rows: pd.DataFrame) -> Sums:
    """Return the sums of all rows."""
    return Sums(*(float(rows[name].sum()) for name in COLUMNS))
