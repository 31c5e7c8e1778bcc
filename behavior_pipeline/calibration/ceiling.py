"""The human ceiling: how well people agree with each other, which no judge can be asked to beat."""

from itertools import combinations

import pandas as pd

from behavior_pipeline.calibration.measurement import point_of
from behavior_pipeline.dimensions.spec import DimensionSpec


def human_ceiling(spec: DimensionSpec, labels: pd.DataFrame) -> float | None:
    """Return the mean pairwise agreement of annotators, weighted by the items that a pair shares.

    `labels` has the columns of the table labels. Diagnostic items, re-labelled anchors and other rubrics stay
    out, and so do pairs whose agreement is not defined; None without any pair.
    """
    own = labels[
        (labels["dimension"] == spec.name)
        & labels["role"].isin(["anchor", "fresh"])
        & (labels["rubric_version"].str.split("+", n=1).str[0] == spec.rubric_version)
        & labels["label"].map(spec.scale.score_of, na_action="ignore").notna()
    ].sort_values("week", kind="stable")
    if own.empty:
        return None
    scored = own.assign(score=own["label"].map(spec.scale.score_of).astype(float))
    by_person = scored.pivot_table(index="item_id", columns="annotator", values="score", aggfunc="last")
    total = weight = 0.0
    for first, second in combinations(by_person.columns, 2):
        shared = by_person[[first, second]].dropna()
        agreement = point_of(spec.gate, shared[first], shared[second]) if len(shared) > 1 else None
        if agreement is not None:
            total, weight = total + agreement * len(shared), weight + len(shared)
    return total / weight if weight else None
