"""Calibration sets: the anchors of one dataset_version of a dimension, known by a digest of their content."""

import pandas as pd

from behavior_pipeline.calibration.standing import CHAIN
from behavior_pipeline.provenance.digests import short_digest

CONTENT = ["dimension", "item_id", "trace_id", "annotator", "label", "rubric_version"]


def anchors(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labels that belong to calibration sets."""
    return labels[(labels["role"] == "anchor") & (labels["dataset_version"] != "")]


def set_digest(labels: pd.DataFrame) -> str:
    """Return the digest of a set's content: who said what of which item under which rubric.

    The same labels have the same digest whichever file, in whichever order, they came from.
    """
    last = labels.drop_duplicates(CHAIN, keep="last")
    return short_digest(sorted([str(value) for value in row] for row in last[CONTENT].to_numpy()))
