"""Series that nothing could be measured of: a row without a mean that says why, instead of no row."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.sampling.frames import ELIGIBLE
from behavior_pipeline.words import ABSENT, ALL, NONE, OTHER, PRODUCTION

CELL = ["dimension", "slice_key", "slice_value"]
Reasons = Mapping[tuple[Any, ...], str]


def reasons_outside(excluded: pd.DataFrame) -> Reasons:
    """Return by cell without any trace in the frame the reason of most traces.

    A cell that the dimension is not about (outside_slices alone) has none.
    """
    reasons = {}
    for cell, rows in excluded[excluded["weight"].notna()].groupby(CELL, sort=True):
        counts = rows.groupby("reason")["traces"].sum().drop(str(Reason.OUTSIDE_SLICES), errors="ignore")
        if len(counts) and ELIGIBLE not in counts.index:
            reasons[tuple(cell)] = str(counts.idxmax())  # of equals the first by name
    return reasons


def reasons_gone(
    earlier: pd.DataFrame, facts: pd.DataFrame, traffic: pd.DataFrame, *, keys: Sequence[str]
) -> Reasons:
    """Return NO_TRAFFIC by cell that had scores in the weeks before and has no trace now.

    `earlier` are rows of weekly_scores, `facts` the week's trace_facts, `traffic` [slice_key, slice_value] of
    the week. A value that is not watched any more is in `other`, not gone.
    """
    scored = earlier[(earlier["n"] > 0) & earlier["slice_key"].isin([ALL, *keys])]
    cells = scored[CELL].drop_duplicates().itertuples(index=False, name=None)
    seen = set(traffic[["slice_key", "slice_value"]].itertuples(index=False, name=None))
    empty = not (facts["role"] == PRODUCTION).any()
    return {
        tuple(cell): str(Reason.NO_TRAFFIC)
        for cell in cells
        if empty or (cell[1] != ALL and cell[2] not in (OTHER, ABSENT) and cell[1:] not in seen)
    }


def without_scores(
    estimates: pd.DataFrame,
    why: Reasons,
    *,
    specs: Mapping[str, DimensionSpec],
    gate_states: pd.DataFrame,
    earlier: pd.DataFrame,
) -> pd.DataFrame:
    """Return `estimates` with a row without scores for each cell of `why` that has none.

    Without content a judge is asked nothing, and no score row tells that the dimension was there. Its series
    is that of the judge who scores the dimension's other slices that week, else who did so last, else whose
    agreement is measured, else who is declared.
    """
    last = earlier[earlier["n"] > 0].sort_values(["week", "n"], kind="stable")
    known = [estimates.sort_values("n", kind="stable"), last, gate_states]
    there = set(estimates[CELL].itertuples(index=False, name=None))
    rows = [
        (*cell, *_scorer(specs[cell[0]], known), "[]", 0, 0, 0.0)
        for cell in why
        if cell not in there and cell[0] in specs
    ]
    columns = [*CELL, "judge", "rubric", "tuple_ids", "n", "clusters", "sum_w"]
    if not rows:
        return estimates
    added = pd.DataFrame(rows, columns=columns).reindex(columns=estimates.columns)
    return pd.concat([estimates, added.astype(estimates.dtypes.to_dict())], ignore_index=True)


def with_reasons(rows: pd.DataFrame, why: Reasons) -> "pd.Series[Any]":
    """Return missing_reason; where no trace of the cell is in the frame, the reason of `why`."""
    cells = rows[CELL].itertuples(index=False, name=None)
    reasons = pd.Series([why.get(cell) for cell in cells], index=rows.index, dtype="string")
    missing: pd.Series[Any] = rows["missing_reason"]
    return missing.mask(rows["mean"].isna() & reasons.notna(), reasons)


def _scorer(spec: DimensionSpec, known: Sequence[pd.DataFrame]) -> tuple[str, str]:
    if spec.judge is None:
        return NONE, spec.rubric_id
    for rows in known:
        of_dimension = rows[rows["dimension"] == spec.name]
        if len(of_dimension):
            return str(of_dimension["judge"].iloc[-1]), str(of_dimension["rubric"].iloc[-1])
    return spec.judge.version, spec.rubric_id
