"""What people together say of an item: the adjudicated label, else majority, mean or median."""

from collections.abc import Mapping

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.statistics.krippendorff import Level

ADJUDICATED = "adjudicated"  # the annotator's name of a label that was settled
# What the distance of two labels means, by the kind of scale.
LEVELS: Mapping[str, Level] = {"binary": "nominal", "graded": "ordinal", "continuous": "interval"}
ITEM = ["item_id", "trace_id", "role", "dataset_version"]


def together(labels: pd.DataFrame, spec: DimensionSpec, dataset: str) -> pd.DataFrame:
    """Take the adjudicated label, else what the annotators say together; without that an item stays out."""
    worth = labels["label"].map(spec.scale.score_of, na_action="ignore").astype(float)
    scored = labels.assign(score=worth)[worth.notna()]
    rows = []
    for (item_id, trace_id, role, _), group in scored.groupby(ITEM, sort=True):
        decided = group[group["annotator"] == ADJUDICATED]
        verdict = _verdict(decided if len(decided) else group, spec)
        if verdict is None:
            continue
        label, score = verdict
        rows.append(
            {
                "item_id": item_id, "trace_id": trace_id, "role": role, "dataset": dataset,
                "human_label": label, "human_score": score,
                "annotators": group["annotator"].nunique(), "stratum": group["stratum"].iloc[0],
                "inclusion_probability": group["inclusion_probability"].iloc[0],
            }
        )  # fmt: skip
    columns = [
        "item_id",
        "trace_id",
        "role",
        "dataset",
        "human_label",
        "human_score",
        "annotators",
        "stratum",
    ]
    return pd.DataFrame(rows, columns=[*columns, "inclusion_probability"])


def _verdict(voters: pd.DataFrame, spec: DimensionSpec) -> tuple[str, float] | None:
    if spec.scale.kind == "continuous":
        return _median(voters)
    return _mean(voters["label"], spec) if spec.scale.kind == "graded" else _majority(voters)


def _majority(voters: pd.DataFrame) -> tuple[str, float] | None:
    votes = voters["label"].value_counts()
    if len(votes) > 1 and votes.iloc[0] == votes.iloc[1]:
        return None
    first = voters[voters["label"] == votes.index[0]].iloc[0]
    return str(first["label"]), float(first["score"])


def _mean(given: "pd.Series[str]", spec: DimensionSpec) -> tuple[str, float]:
    """Return the mean score, and the label whose score is nearest to it, the lower of two.

    A majority would throw away the items on which annotators differ by a grade, which are most, and what the
    rest says between two grades; a rank correlation reads both.
    """
    scores = spec.scale.labels
    mean = sum(sorted(scores[label] for label in given)) / len(given)
    nearest = min(
        sorted(scores, key=lambda label: scores[label]), key=lambda label: abs(scores[label] - mean)
    )
    return nearest, mean


def _median(voters: pd.DataFrame) -> tuple[str, float]:
    """Return the middle score: of numbers that people give, hardly two are the same."""
    middle = float(voters["score"].median())
    return f"{middle:g}", middle
