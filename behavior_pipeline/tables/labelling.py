"""Tables of what people are asked: the weekly queue, a judge's first queue, and what is due."""

from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.columns import DIMENSION, ITEM_ID, JUDGE, LABEL_ROLE, RUBRIC, WEEK
from behavior_pipeline.tables.contract import (
    Table,
    above,
    at_least,
    date,
    integer,
    number,
    one_of,
    share,
    text,
)

JUDGE_PASS, JUDGE_FAIL, CHECK_FAIL = "judge_pass", "judge_fail", "check_fail"
VERDICT_STRATA = (JUDGE_PASS, JUDGE_FAIL, CHECK_FAIL)

ASKED = {
    "position": integer("Place in the queue, from 1: label from the top.", *at_least(1)),
    "item_id": ITEM_ID,
    "trace_id": text("Id of the trace to be labelled."),
    "role": LABEL_ROLE,
    "stratum": text(
        "Verdict of the judge, or of a check that failed, on a `fresh` item; NULL for other roles.",
        one_of([*VERDICT_STRATA]),
        nullable=True,
    ),
    "inclusion_probability": number(
        "Probability of a `fresh` item to be in the whole queue, 0 to 1; NULL for other roles.",
        *above(0),
        *share(),
        nullable=True,
    ),
    "u": number("Permanent random number of the item, 0 to 1.", *share()),
    "dataset": text("Calibration set of an anchor to be labelled again; NULL for others.", nullable=True),
    "rubric": RUBRIC,
    "reason": text("Why people are asked.", one_of(Reason)),
    "due": date("Day by which the label is wanted."),
}

LABEL_QUEUE = Table(
    "label_queue",
    "analysis",
    key=("week", "dimension", "position"),
    partition=("week",),
    description="Whom to label next, from the traces of the week: `fresh` items in an order of which any"
    " beginning is a probability sample of each stratum; anchors to be"
    " labelled again and diagnostic items apart, by role.",
    columns={"week": WEEK, "dimension": DIMENSION, **ASKED},
)

RECALIBRATION_QUEUE = Table(
    "recalibration_queue",
    "analysis",
    key=("day", "dimension", "judge", "position"),
    partition=("day",),
    description="The items that would show soonest whether a judge agrees with people, for each judge of the"
    " day. A new judge's queue is the one of the first day on which it scored.",
    columns={
        "day": date("Day of the traces that the judge scored."),
        "dimension": DIMENSION,
        "judge": JUDGE,
        **ASKED,
    },
)

TASKS = ["gate", "judge", "rubric", "set", "slice"]

MAINTENANCE_PLAN = Table(
    "maintenance_plan",
    "analysis",
    key=("week", "task", "dimension", "subject"),
    partition=("week",),
    description="What people have to do after the week: gates to open, judges, rubrics and sets to look at,"
    " slices to label. `labels_missing` is NULL where no number of labels is known to help, by the `reason`.",
    columns={
        "week": WEEK,
        "task": text("What is to be looked after.", one_of(TASKS)),
        "dimension": DIMENSION,
        "subject": text("Which one: a judge, a rubric, a calibration set, or `slice key=value`."),
        "owner": text("Who owns the dimension."),
        "due": date("Day by which it should be done."),
        "reason": text("Why it is due, or why no number of labels helps.", one_of(Reason)),
        "labels": integer("Number of labelled items that there are for it.", *at_least(0)),
        "labels_missing": integer(
            "Number of labels lacking; NULL: see `reason`.", *at_least(0), nullable=True
        ),
        "command": text("Command that writes what is to be labelled, or imports labels."),
    },
)
