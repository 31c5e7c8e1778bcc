"""Table of calibration sets: what each one holds, how its annotators agree, what changed since the last."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.columns import DIMENSION, WEEK
from behavior_pipeline.tables.contract import (
    Table,
    at_least,
    boolean,
    date,
    integer,
    json_text,
    number,
    one_of,
    text,
)

CALIBRATION_SETS = Table(
    "calibration_sets",
    "analysis",
    key=("week", "dimension", "dataset"),
    partition=("week",),
    description="The calibration sets in force until the end of a week: card, age, gaps, changes.",
    columns={
        "week": WEEK,
        "dimension": DIMENSION,
        "dataset": text("Name of the set, the `dataset_version` of its labels."),
        "digest": text("Digest of items, labels and rubric, 12 hex digits, whatever file they came in."),
        "intact": boolean("Whether the stored labels are those that were registered."),
        "since": date("Day from which it was in force: the latest on which one of its labels was given."),
        "in_force": boolean("Whether it is in force at the week's end, and not an older one."),
        "age_days": integer("Age at the week's end, in days.", *at_least(0)),
        "rubrics": json_text("JSON list of the rubric versions under which it was labelled."),
        "items": integer("Number of items.", *at_least(0)),
        "undecided": integer("Number of items on which annotators have no majority.", *at_least(0)),
        "labels": json_text("JSON object of items by label: {label of the scale: count}."),
        "strata": json_text("JSON object of items by stratum: {stratum: count}."),
        "slices": json_text("JSON object of items by slice: {slice key: {watched value or `other`: count}}."),
        "annotators": integer("Number of annotators, without `adjudicated`.", *at_least(0)),
        "shared_items": integer("Number of items that two annotators or more labelled.", *at_least(0)),
        "kappa": number("Mean Cohen's kappa of pairs, -1 to 1; NULL: not defined.", nullable=True),
        "alpha": number("Krippendorff's alpha, 1 at most; NULL: see `alpha_missing`.", nullable=True),
        "alpha_missing": text("Why there is no alpha; NULL if there is.", one_of(Reason), nullable=True),
        "gaps": json_text("JSON list of what has no item: {label}, or {slice_key, slice_value}."),
        "previous": text("The set before; NULL for the first.", nullable=True),
        "added": integer("Number of items that it lacked; NULL for the first.", *at_least(0), nullable=True),
        "removed": integer("Number of its items left out; NULL for the first.", *at_least(0), nullable=True),
        "relabelled": integer(
            "Number of items labelled otherwise; NULL: first.", *at_least(0), nullable=True
        ),
    },
)
