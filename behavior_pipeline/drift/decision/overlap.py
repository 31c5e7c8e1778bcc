"""How much of one slice's traffic lies in another, from the cells of a dimension."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.slices import values_of
from behavior_pipeline.drift.series.sums import column
from behavior_pipeline.words import ALL, CHECKS, SCORE

Slice = tuple[str, str]
WHOLE = (ALL, ALL)


@dataclass(frozen=True)
class Overlap:
    """Weights of the last week's cells, with their slice values, and of its series.

    Without cells, slices of one key share nothing, and others what they would if keys were independent.
    """

    cells: dict[str, float]
    series: dict[Slice, float] = field(default_factory=dict)

    @property
    def slices(self) -> int:
        """Return how many slices of the dimension's traffic there are, one at least."""
        return max(1, len(self.series.keys() - {WHOLE}))

    def share(self, cell: Slice) -> float:
        """Return a slice's share of the dimension's traffic."""
        if cell == WHOLE:
            return 1.0
        if self.cells:
            return self.weight(cell) / max(self.weight(), 1e-300)
        whole = self.series.get(WHOLE, 0.0)
        return self.series.get(cell, 0.0) / whole if whole > 0 else 1.0

    def of(self, cell: Slice, *, inside: Slice) -> float:
        """Return which share of a slice's traffic lies inside of another."""
        if inside in (WHOLE, cell):
            return 1.0
        if cell == WHOLE:
            return self.share(inside)
        if self.cells:
            return self.weight(cell, inside) / max(self.weight(cell), 1e-300)
        return 0.0 if cell[0] == inside[0] else self.share(inside)

    def weight(self, *slices: Slice) -> float:
        """Return the weight of the traffic that is in all of these slices."""
        return sum(
            weight
            for text, weight in self.cells.items()
            if all(one == WHOLE or one in values_of(text) for one in slices)
        )


def overlap_of(evidence: Evidence, row: pd.Series) -> Overlap:
    """Return the overlap of the slices of a row's dimension, judge and rubric in the week."""
    cells, series = evidence.now("weekly_cells"), of_scorer(evidence.now("weekly_scores"), row)
    if row["metric"] == CHECKS:
        cells = of_metric(cells, row, CHECKS).groupby("cell", as_index=False, sort=True)[["sum_w"]].sum()
    elif len(cells):
        cells = of_metric(cells, row, SCORE)
    weights = np.nan_to_num(column(series, "sum_w", "n", "n_eff"))
    return Overlap(
        dict(zip(cells["cell"], cells["sum_w"].astype(float), strict=True)) if len(cells) else {},
        dict(zip(zip(series["slice_key"], series["slice_value"], strict=True), weights, strict=True)),
    )  # fmt: skip


def of_metric(cells: pd.DataFrame, row: pd.Series, metric: str) -> pd.DataFrame:
    """Return a metric's cells of the dimension, judge and rubric of a row; of checks those of any judge."""
    rows = cells[cells["metric"] == metric]
    return rows[rows["dimension"] == str(row["dimension"])] if metric == CHECKS else of_scorer(rows, row)


def of_scorer(rows: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Return the rows of the dimension, judge and rubric that a row is of."""
    same = np.ones(len(rows), dtype=bool)
    for name in ("dimension", "judge", "rubric"):
        same &= (rows[name] == row[name]).to_numpy(dtype=bool)
    return rows[same]
