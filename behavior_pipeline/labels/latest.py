"""Which labels count: those under the declared rubric, of one annotator's of one item the last."""

from datetime import date

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import declared_rubric
from behavior_pipeline.words import RELABEL

CHAIN = ["dimension", "item_id", "annotator", "rubric_version", "dataset_version"]
ORDER = ("labelled_at", "given_at", "revision")


def under_declared_rubric(labels: pd.DataFrame, spec: DimensionSpec) -> pd.DataFrame:
    """Return the labels of a dimension that answer its declared rubric; others answer another question."""
    declared = labels["rubric_version"].map(declared_rubric)
    return labels[(labels["dimension"] == spec.name) & (declared == spec.rubric_version)]


def latest_labels(labels: pd.DataFrame, *, before: date) -> pd.DataFrame:
    """Return the labels that count for whoever looks on a day: of each chain the last one given before it.

    A correction leaves earlier weeks as they are: for them, what it corrects is still the last one.
    """
    ordered = as_given(labels[labels["labelled_at"] < pd.Timestamp(before)])
    return ordered[~chains(ordered).duplicated(keep="last")].sort_index()


def as_given(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labels in the order in which they were given, as far as their columns say."""
    return labels.sort_values([name for name in ORDER if name in labels], kind="stable", na_position="first")


def chains(labels: pd.DataFrame) -> pd.DataFrame:
    """Return what each label shares with those that it may correct; an anchor labelled again corrects none.

    Who labels an anchor again does so once a week, beside the label that the set was made from.
    """
    again = labels["week"].where(labels["role"] == RELABEL)
    return labels[CHAIN].assign(again=pd.to_datetime(again).dt.strftime("%Y-%m-%d").fillna(""))
