"""Tables of what people said: labels, and the calibration sets that some of them make."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.columns import DIMENSION, HOW_DRAWN, ITEM_ID, LABEL_ROLE, WEEK
from behavior_pipeline.tables.contract import (
    Table,
    at_least,
    boolean,
    date,
    instant,
    integer,
    json_text,
    number,
    one_of,
    text,
)

LABELS = Table(
    "labels",
    "content",
    key=("week", "dimension", "item_id", "annotator", "rubric_version", "dataset_version", "revision"),
    partition=("week",),
    description="Human labels by the week in which they were given (the week's Monday). A correction is a row"
    " of its own, in its own week: `corrects` is the `label_id` of what it replaces from then on.",
    columns={
        "week": WEEK,
        "dimension": DIMENSION,
        "item_id": ITEM_ID,
        "trace_id": text("Id of the trace that was labelled, in lower case."),
        "annotator": text("Who said so, as the file has it; `adjudicated` decides over all others."),
        "label": text("Label of the dimension's scale; on a continuous scale a number, 0 to 1."),
        "rubric_version": text("Declared version of the rubric under which it was given."),
        "dataset_version": text("Calibration set that the label belongs to; empty where to none."),
        "role": LABEL_ROLE,
        **HOW_DRAWN,
        "labelled_at": date("Day on which it was given (UTC)."),
        "text": text("The annotator's rationale; NULL if none was written.", nullable=True),
        "file": text("Name of the label file that it was imported from."),
        # Nullable, so that a lake that was written before they came can take them.
        "digest": text("Digest of that file, 12 hex digits; NULL in older rows.", nullable=True),
        "imported": integer("Number of the import, from 1; 0 or NULL in older rows.", nullable=True),
        "place": text("Line, or task and annotation, in the file; NULL in older rows.", nullable=True),
        "task": text("Id of the task in Label Studio; NULL where the file has none.", nullable=True),
        "annotation": text("Id of the annotation there; NULL where the file has none.", nullable=True),
        "given_at": instant("When it was given (UTC); NULL where only the day is known.", nullable=True),
        "revision": integer(
            "Number of earlier labels of the annotator for the item, from 0; NULL in older rows.",
            nullable=True,
        ),
        "label_id": text(
            "Id of the label: digest of its history, and revision; NULL in older rows.", nullable=True
        ),
        "corrects": text("Id of the label whose place it takes; NULL if none.", nullable=True),
    },
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
