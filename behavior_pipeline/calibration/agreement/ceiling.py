"""The human ceiling: how well people agree with each other, which no judge can be asked to beat."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from behavior_pipeline.calibration.agreement.measurement import point_of
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.consensus import ADJUDICATED, LEVELS
from behavior_pipeline.labels.latest import ORDER, under_declared_rubric
from behavior_pipeline.reasons import Reason
from behavior_pipeline.statistics.agreement import Weights, cohen_kappa, confusion, mean_of_pairs
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.krippendorff import krippendorff_alpha
from behavior_pipeline.words import ANCHOR, FRESH


@dataclass(frozen=True)
class People:
    """Agreement between annotators; `reason` says why alpha is missing.

    `ceiling` is in the gate's metric and `kappa` Cohen's, both means over pairs of people, weighted by the
    items that a pair shares; `alpha` is Krippendorff's over all people at once. `items` were labelled by two
    people or more, `pairs` of people share an item.
    """

    ceiling: float | None = None
    kappa: float | None = None
    alpha: float | None = None
    items: int = 0
    pairs: int = 0
    reason: Reason | None = Reason.ONE_ANNOTATOR


def human_ceiling(spec: DimensionSpec, labels: pd.DataFrame) -> float | None:
    """Return the mean pairwise agreement of annotators in the gate's metric; None without a pair."""
    return people(spec, labels).ceiling


def people(spec: DimensionSpec, labels: pd.DataFrame) -> People:
    """Return how well the annotators of a dimension agree with each other.

    `labels` has the columns of the table labels. Diagnostic items, re-labelled anchors, adjudicated labels
    (no third opinion) and other rubrics stay out, and so do pairs whose agreement is not defined.
    """
    by_person = _by_person(spec, labels)
    shared = by_person[by_person.notna().sum(axis=1) > 1]
    if shared.empty:
        return People()
    ratings = shared.to_numpy(dtype=float).T
    known = ~np.isnan(ratings)
    classes = sorted(set(ratings[known]))
    alpha = krippendorff_alpha(ratings, level=LEVELS[spec.scale.kind])

    def kappa(one: Vector, other: Vector) -> float | None:
        weights: Weights = None if spec.scale.kind == "binary" else "quadratic"
        return cohen_kappa(confusion(one, other, classes), weights=weights).value

    return People(
        mean_of_pairs(ratings, lambda one, other: point_of(spec.gate, one, other), fewest=2),
        mean_of_pairs(ratings, kappa),
        alpha.value,
        len(shared),
        pairs=int(np.triu(known.astype(int) @ known.T.astype(int), k=1).astype(bool).sum()),
        reason=alpha.reason,
    )


def _by_person(spec: DimensionSpec, labels: pd.DataFrame) -> pd.DataFrame:
    """Return scores by item and annotator, each as it was last given."""
    answers = under_declared_rubric(labels, spec)
    answers = answers[answers["role"].isin([ANCHOR, FRESH]) & (answers["annotator"] != ADJUDICATED)]
    answers = answers.sort_values(["week", *(name for name in ORDER if name in answers)], kind="stable")
    scored = answers.assign(score=answers["label"].map(spec.scale.score_of, na_action="ignore").astype(float))
    return scored.pivot_table(index="item_id", columns="annotator", values="score", aggfunc="last")
