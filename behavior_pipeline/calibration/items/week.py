"""The labelled items that a judge is measured on: whose rubric counts, and which set is in force."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.consensus import together
from behavior_pipeline.labels.latest import latest_labels, under_declared_rubric
from behavior_pipeline.words import ANCHOR, FRESH


def items_of_week(labels: pd.DataFrame, spec: DimensionSpec, *, week: date, dataset: str) -> pd.DataFrame:
    """Return the items that a judge is measured on in a week: its fresh labels and the anchors in force.

    Columns item_id, trace_id, role, dataset, human_label, human_score, annotators, stratum and
    inclusion_probability. Labels of another rubric stay out: they answer another question. An item that is
    corrected in a week is one of its fresh items again, with what everyone said of it until then.
    """
    latest = latest_labels(under_declared_rubric(labels, spec), before=week + timedelta(days=7))
    fresh = latest[latest["role"] == FRESH]
    fresh = fresh[fresh["item_id"].isin(fresh.loc[fresh["week"] == pd.Timestamp(week), "item_id"])]
    anchors = latest[(latest["role"] == ANCHOR) & (latest["dataset_version"] == dataset)]
    return together(pd.concat([fresh, anchors], ignore_index=True), spec, dataset)


def items_so_far(labels: pd.DataFrame, spec: DimensionSpec, *, dataset: str) -> pd.DataFrame:
    """Return every item that judges can be compared on: all fresh ones and a set's anchors, each once."""
    answers = under_declared_rubric(labels, spec)
    latest = latest_labels(answers, before=answers["labelled_at"].max() + timedelta(days=1))
    in_set = (latest["role"] == ANCHOR) & (latest["dataset_version"] == dataset)
    items = together(latest[(latest["role"] == FRESH) | in_set], spec, dataset)
    items = items.sort_values(["item_id", "role"], kind="stable")
    return items.drop_duplicates("item_id", keep="last", ignore_index=True)
