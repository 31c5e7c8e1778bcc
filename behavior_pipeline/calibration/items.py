"""Labelled items: what people together say of each, whose rubric counts, and which set is in force."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.calibration.standing import standing
from behavior_pipeline.dimensions.spec import DimensionSpec

ADJUDICATED = "adjudicated"
ITEM = ["item_id", "trace_id", "role", "dataset_version"]


def items_of_week(labels: pd.DataFrame, spec: DimensionSpec, *, week: date, dataset: str) -> pd.DataFrame:
    """Return the items that a judge is measured on in a week: its fresh labels and the anchors in force.

    Columns item_id, trace_id, role, dataset, human_label, human_score, annotators, stratum and
    inclusion_probability. Labels of another rubric stay out: they answer another question. An item that is
    corrected in a week is one of its fresh items again, with what everyone said of it until then.
    """
    own = labels[
        (labels["dimension"] == spec.name)
        & (labels["rubric_version"].str.split("+", n=1).str[0] == spec.rubric_version)
    ]
    own = standing(own, before=week + timedelta(days=7))
    fresh = own[own["role"] == "fresh"]
    fresh = fresh[fresh["item_id"].isin(fresh.loc[fresh["week"] == pd.Timestamp(week), "item_id"])]
    anchors = own[(own["role"] == "anchor") & (own["dataset_version"] == dataset)]
    return together(pd.concat([fresh, anchors], ignore_index=True), spec, dataset)


def items_so_far(labels: pd.DataFrame, spec: DimensionSpec, *, dataset: str) -> pd.DataFrame:
    """Return every item that judges can be compared on: all fresh ones and a set's anchors, each once."""
    own = labels[
        (labels["dimension"] == spec.name)
        & (labels["rubric_version"].str.split("+", n=1).str[0] == spec.rubric_version)
    ]
    own = standing(own, before=own["labelled_at"].max() + timedelta(days=1))
    counted = (own["role"] == "fresh") | ((own["role"] == "anchor") & (own["dataset_version"] == dataset))
    items = together(own[counted], spec, dataset).sort_values(["item_id", "role"], kind="stable")
    return items.drop_duplicates("item_id", keep="last", ignore_index=True)


def together(labels: pd.DataFrame, spec: DimensionSpec, dataset: str) -> pd.DataFrame:
    """Take the adjudicated label, else what the annotators say together; without that an item stays out."""
    worth = labels["label"].map(spec.scale.score_of, na_action="ignore").astype(float)
    scored = labels.assign(score=worth)[worth.notna()]
    rows = []
    for (item_id, trace_id, role, _), group in scored.groupby(ITEM, sort=True):
        decided = group[group["annotator"] == ADJUDICATED]
        said = _said(decided if len(decided) else group, spec)
        if said is None:
            continue
        label, score = said
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


def _said(voters: pd.DataFrame, spec: DimensionSpec) -> tuple[str, float] | None:
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
