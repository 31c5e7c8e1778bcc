"""Table of calibration sets: what each one holds, how its annotators agree, what changed since the last."""

from behavior_pipeline.reasons import Reason
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
        "week": date(),
        "dimension": text(),
        "dataset": text(),
        "digest": text(),  # of items, labels and rubric, whatever file they came in
        "intact": boolean(),  # false where the stored labels are not those that were registered
        "since": date(),
        "in_force": boolean(),
        "age_days": integer(*at_least(0)),
        "rubrics": json_text(),
        "items": integer(*at_least(0)),
        "undecided": integer(*at_least(0)),  # items on which annotators have no majority
        "labels": json_text(),  # label: items, of the whole scale
        "strata": json_text(),
        "slices": json_text(),  # slice key: value: items, watched values and `other`
        "annotators": integer(*at_least(0)),
        "shared_items": integer(*at_least(0)),  # with labels of two annotators or more
        "kappa": number(nullable=True),
        "alpha": number(nullable=True),
        "alpha_missing": text(one_of(Reason), nullable=True),
        "gaps": json_text(),
        "previous": text(nullable=True),
        "added": integer(*at_least(0), nullable=True),
        "removed": integer(*at_least(0), nullable=True),
        "relabelled": integer(*at_least(0), nullable=True),
    },
)
