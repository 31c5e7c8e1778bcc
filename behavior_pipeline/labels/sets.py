"""Calibration sets: the anchors of one dataset_version of a dimension, known by a digest of their content."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.consensus import together
from behavior_pipeline.labels.latest import CHAIN, as_given
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.words import ANCHOR, NONE

CONTENT = ["dimension", "item_id", "trace_id", "annotator", "label", "rubric_version"]
UNDECIDED = "undecided"
REGISTERED = ("dimension", "dataset", "since", "items", "digest", "file")  # what the registry says of a set


@dataclass(frozen=True)
class SetDiff:
    """What makes one set another: items by id, relabelled ones with the label before and after."""

    added: list[str]
    removed: list[str]
    relabelled: list[tuple[str, str, str]]
    unchanged: int


def anchors(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labels that belong to calibration sets."""
    return labels[(labels["role"] == ANCHOR) & (labels["dataset_version"] != "")]


def standing_set(labels: pd.DataFrame, dimension: str, dataset: str) -> pd.DataFrame:
    """Return the labels of a set as they stand; what was corrected within its own file stays out.

    `labels` are rows of content.labels, or of one import in the order of its file.
    """
    rows = anchors(labels)
    in_set = rows[(rows["dimension"] == dimension) & (rows["dataset_version"] == dataset)]
    last = as_given(in_set).drop_duplicates(CHAIN, keep="last")
    return last.sort_values(["item_id", "annotator"], kind="stable")


def set_digest(standing: pd.DataFrame) -> str:
    """Return the digest of a set's content: who said what of which item under which rubric.

    The same labels have the same digest whichever file, in whichever order, they came from.
    """
    return short_digest(sorted([str(value) for value in row] for row in standing[CONTENT].to_numpy()))


def dataset_in_force(registry: pd.DataFrame, dimension: str, day: date) -> str:
    """Return the calibration set of a dimension on a day: the newest one that is in force, or `none`."""
    known = registry[(registry["dimension"] == dimension) & (registry["since"] <= pd.Timestamp(day))]
    return str(known.sort_values("since", kind="stable")["dataset"].iloc[-1]) if len(known) else NONE


def closed_sets(registry: pd.DataFrame, digest: str) -> set[tuple[str, str]]:
    """Return the sets that a file may not add to: all that another one brought."""
    others = registry[registry["file"] != digest]
    return set(zip(others["dimension"], others["dataset"], strict=True))


def brought_sets(rows: pd.DataFrame, digest: str) -> pd.DataFrame:
    """Return the registry's rows of the calibration sets that a file brings.

    A set is in force from the latest day on which one of its labels was given.
    """
    brought = []
    for name, labels in anchors(rows).groupby(["dimension", "dataset_version"], sort=True):
        dimension, dataset = map(str, name)
        content, since = set_digest(standing_set(labels, dimension, dataset)), labels["labelled_at"].max()
        brought.append((dimension, dataset, since, labels["item_id"].nunique(), content, digest))
    return pd.DataFrame(brought, columns=list(REGISTERED))


def item_labels(spec: DimensionSpec, standing: pd.DataFrame) -> dict[str, str]:
    """Return what the annotators of a set say together of each item, `undecided` where they do not."""
    decided = together(standing, spec, "")
    undecided = dict.fromkeys(map(str, standing["item_id"]), UNDECIDED)
    return undecided | {
        str(item): str(label) for item, label in zip(decided["item_id"], decided["human_label"], strict=True)
    }


def set_diff(before: dict[str, str], after: dict[str, str]) -> SetDiff:
    """Return the difference of two sets, given as item_labels makes them."""
    both = sorted(set(before) & set(after))
    return SetDiff(
        added=sorted(set(after) - set(before)),
        removed=sorted(set(before) - set(after)),
        relabelled=[(item, before[item], after[item]) for item in both if before[item] != after[item]],
        unchanged=sum(before[item] == after[item] for item in both),
    )
