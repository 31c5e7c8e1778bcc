"""Every aggregate and watched slice day by day, out of cells: daily_series before its week is there."""

from datetime import timedelta
from typing import cast

import pandas as pd

from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.series.slices import sliced
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.words import OTHER, SCORE

HISTORY = timedelta(days=70)
SERIES = ["dimension", "judge", "rubric", "slice_key", "slice_value"]
SUMS = ["n", "clusters", "sum_w", "sum_wy", "sum_w2"]


def series_days(evidence: Evidence) -> pd.DataFrame:
    """Return mean and sums of the scores of each aggregate and watched slice, a row a day, HISTORY back."""
    if "series_days" not in evidence.derived:
        evidence.derived["series_days"] = _series_days(evidence)
    return cast(pd.DataFrame, evidence.derived["series_days"])


def _series_days(evidence: Evidence) -> pd.DataFrame:
    cells = evidence.table("daily_cells")
    first = evidence.start - HISTORY
    rows = cells[(cells["metric"] == SCORE) & (cells["day"] >= first) & (cells["n"] > 0)]
    rows = rows[rows["dimension"].isin(list(evidence.specs))]
    if rows.empty:
        return pd.DataFrame(columns=["day", *SERIES, *SUMS, "mean", "series_id"])
    sums = sliced(rows, ["day", "dimension", "judge", "rubric"], sums=SUMS)
    sums = sums.astype(dict.fromkeys(SUMS, float))
    sums = sums[(sums["slice_value"] != OTHER) & (sums["sum_w"] > 0)].reset_index(drop=True)
    sums["mean"] = sums["sum_wy"] / sums["sum_w"]
    named = sums[SERIES].drop_duplicates()
    ids = [
        series_id(**{str(key): str(value) for key, value in row.items()}) for row in named.to_dict("records")
    ]
    return sums.merge(named.assign(series_id=ids), on=SERIES)
