"""Cards of calibration sets: size, balance, strata, slices, annotators and their agreement, age and gaps."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.consensus import ADJUDICATED, LEVELS
from behavior_pipeline.labels.sets import (
    UNDECIDED,
    item_labels,
    set_diff,
    set_digest,
    standing_set,
)
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.statistics.agreement import Weights, cohen_kappa, confusion, mean_of_pairs
from behavior_pipeline.statistics.estimate import Vector
from behavior_pipeline.statistics.krippendorff import krippendorff_alpha
from behavior_pipeline.tables.labels import CALIBRATION_SETS
from behavior_pipeline.words import OTHER


@dataclass(frozen=True)
class Traffic:
    """What production looks like: slices of labelled traces, and which values of each key are watched."""

    slices: Mapping[str, Mapping[str, str]]  # trace id: slice key: value
    watched: Mapping[str, Sequence[str]]


def cards(
    registry: pd.DataFrame,
    labels: pd.DataFrame,
    specs: Mapping[str, DimensionSpec],
    traffic: Traffic,
    *,
    week: date,
    day: date,
) -> pd.DataFrame:
    """Return the rows of calibration_sets of a week, as of a day: one for each set that came into force.

    `registry` has dimension, dataset, since, digest; `labels` are all rows of content.labels.
    """
    known = registry[registry["since"] <= pd.Timestamp(day)].sort_values("since", kind="stable")
    rows = [
        {"week": pd.Timestamp(week), "dimension": name, "age_days": (pd.Timestamp(day) - card["since"]).days}
        | card
        for name, spec in sorted(specs.items())
        for card in _of_dimension(spec, known[known["dimension"] == name], labels, traffic)
    ]
    return CALIBRATION_SETS.validate(pd.DataFrame(rows, columns=list(CALIBRATION_SETS.columns)))


def _of_dimension(
    spec: DimensionSpec, known: pd.DataFrame, labels: pd.DataFrame, traffic: Traffic
) -> Iterator[dict[str, Any]]:
    """Yield the card of each set of a dimension, in the order in which they came into force."""
    before: tuple[str, dict[str, str]] | None = None
    for entry in known.to_dict("records"):
        labels_of_set = standing_set(labels, spec.name, entry["dataset"])
        label_by_item = item_labels(spec, labels_of_set)
        yield {
            "dataset": entry["dataset"],
            "since": entry["since"],
            "in_force": entry["dataset"] == known["dataset"].iloc[-1],
            **_content(spec, labels_of_set, label_by_item, traffic),
            **_identity(labels_of_set, entry["digest"]),
            **_changes(before, label_by_item),
        }
        before = (entry["dataset"], label_by_item)


def _identity(labels_of_set: pd.DataFrame, registered: Any) -> dict[str, Any]:
    """Return the digest of what is stored, and whether it is what was registered, as far as is known."""
    digest = set_digest(labels_of_set)
    return {"digest": digest, "intact": bool(pd.isna(registered) or registered == digest)}


def _content(
    spec: DimensionSpec, labels_of_set: pd.DataFrame, label_by_item: Mapping[str, str], traffic: Traffic
) -> dict[str, Any]:
    decided = [label for label in label_by_item.values() if label != UNDECIDED]
    balance = dict.fromkeys(spec.scale.labels, 0) | Counter(decided if spec.scale.labels else [])
    once = labels_of_set.drop_duplicates("item_id")
    slices = _slices(once["trace_id"], traffic)
    people = labels_of_set[labels_of_set["annotator"] != ADJUDICATED]
    agreed = annotator_agreement(spec, people)
    return {
        "rubrics": _json(sorted(map(str, labels_of_set["rubric_version"].unique()))),
        "items": len(label_by_item),
        "undecided": len(label_by_item) - len(decided),
        "labels": _json(balance),
        "strata": _json(Counter(map(str, once["stratum"].dropna()))),
        "slices": _json(slices),
        "annotators": people["annotator"].nunique(),
        "gaps": _json(_gaps(balance, slices, traffic)),
        **agreed,
    }


def _slices(traces: "pd.Series[str]", traffic: Traffic) -> dict[str, dict[str, int]]:
    """Return the items of each watched value; the others are together, those without a value left out."""
    counts_by_slice: dict[str, dict[str, int]] = {}
    for key, watched in traffic.watched.items():
        values = [traffic.slices.get(trace, {}).get(key) for trace in traces]
        counts = Counter(value if value in watched else OTHER for value in values if value is not None)
        counts_by_slice[key] = {
            value: counts[value] for value in (*watched, OTHER) if value != OTHER or counts[OTHER]
        }
    return counts_by_slice


def _gaps(
    balance: Mapping[str, int], slices: Mapping[str, Mapping[str, int]], traffic: Traffic
) -> list[dict[str, str]]:
    """Return labels of the scale and watched slices of which the set has no item."""
    labels = [{"label": label} for label, items in balance.items() if not items]
    values = [
        {"slice_key": key, "slice_value": value}
        for key, watched in traffic.watched.items()
        for value in watched
        if not slices[key].get(value)
    ]
    return [*labels, *values]


def annotator_agreement(spec: DimensionSpec, people: pd.DataFrame) -> dict[str, Any]:
    """Return kappa (mean over pairs of annotators by shared items) and Krippendorff's alpha of their scores.

    Kappa of graded labels charges by the square of the distance; continuous ones have none.
    """
    scored = people.assign(score=people["label"].map(spec.scale.score_of, na_action="ignore").astype(float))
    table = scored.pivot_table(index="annotator", columns="item_id", values="score", aggfunc="last")
    ratings = table.to_numpy(dtype=float) if len(table) else np.empty((0, 0))
    alpha = krippendorff_alpha(ratings, level=LEVELS[spec.scale.kind])
    return {
        "shared_items": int(((~np.isnan(ratings)).sum(axis=0) > 1).sum()),
        "kappa": None if spec.scale.kind == "continuous" else _kappa(ratings, spec),
        "alpha": alpha.value,
        "alpha_missing": None if alpha.reason is None else str(alpha.reason),
    }


def _kappa(ratings: Vector, spec: DimensionSpec) -> float | None:
    classes = sorted(set(spec.scale.labels.values()))
    weights: Weights = "quadratic" if spec.scale.kind == "graded" else None
    return mean_of_pairs(
        ratings, lambda one, other: cohen_kappa(confusion(one, other, classes), weights=weights).value
    )


def _changes(before: tuple[str, dict[str, str]] | None, after: dict[str, str]) -> dict[str, Any]:
    if before is None:
        return {"previous": None, "added": None, "removed": None, "relabelled": None}
    diff = set_diff(before[1], after)
    return {
        "previous": before[0],
        "added": len(diff.added),
        "removed": len(diff.removed),
        "relabelled": len(diff.relabelled),
    }


def _json(value: Any) -> str:
    return canonical_json(value).decode()
