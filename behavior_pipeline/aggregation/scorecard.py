"""The scorecard: one row a dimension for a week, as a person reads it first."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.weekly import SCORECARD
from behavior_pipeline.words import ALL


def scorecard(weekly: pd.DataFrame, *, week: date, specs: Mapping[str, DimensionSpec]) -> pd.DataFrame:
    """Return SCORECARD rows of every declared dimension from weekly_scores of this and last week.

    Where several judges or rubrics scored a dimension that week, the one with the most scores speaks. The
    change is against the same judge and rubric last week, else NULL: two judges' levels are not compared.
    """
    aggregate = weekly[weekly["slice_key"] == ALL]
    now = aggregate[aggregate["week"] == pd.Timestamp(week)].sort_values(
        ["n", "series_id"], ascending=[False, True]
    )
    last = aggregate[aggregate["week"] == pd.Timestamp(week) - timedelta(weeks=1)].set_index("series_id")[
        "mean"
    ]
    chosen = {row["dimension"]: row for row in now.drop_duplicates("dimension").to_dict("records")}
    rows = [
        _row(spec, chosen.get(name), last=last) | {"week": pd.Timestamp(week)} for name, spec in specs.items()
    ]
    return SCORECARD.validate(pd.DataFrame(rows, columns=list(SCORECARD.columns)))


def _row(spec: DimensionSpec, measured: Mapping[Any, Any] | None, *, last: pd.Series) -> dict[str, Any]:
    row: dict[str, Any] = {
        "dimension": spec.name,
        "owner": spec.owner,
        "n": 0,
        "gate_state": str(spec.gate.declared_state),
        "missing_reason": str(Reason.NO_SCORED_TRACE),
    }
    if measured is None:
        return row
    kept = (
        "series_id",
        "judge",
        "rubric",
        "n",
        "n_eff",
        "mean",
        "low",
        "high",
        "missing_reason",
        "scored_share",
        "bound_low",
        "bound_high",
        "eligible_share",
    )
    row |= {name: measured[name] for name in (*kept, "gate_state")}
    before = last.get(measured["series_id"])
    if pd.notna(measured["mean"]) and pd.notna(before):
        row["change"] = measured["mean"] - before
    return row
