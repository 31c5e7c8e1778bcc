"""Tables of what people are asked: the weekly queue, a judge's first queue, and what is due."""

from behavior_pipeline.reasons import Reason
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
from behavior_pipeline.words import LABEL_ROLES

JUDGE_PASS, JUDGE_FAIL = "judge_pass", "judge_fail"
VERDICT_STRATA = (JUDGE_PASS, JUDGE_FAIL)

ASKED = {
    "position": integer(*at_least(1)),
    "item_id": text(),
    "trace_id": text(),
    "role": text(one_of(LABEL_ROLES)),
    "stratum": text(one_of([*VERDICT_STRATA]), nullable=True),
    "inclusion_probability": number(*above(0), *share(), nullable=True),
    "u": number(*share()),
    "dataset": text(nullable=True),
    "rubric": text(),
    "reason": text(one_of(Reason)),
    "due": date(),
}

LABEL_QUEUE = Table(
    "label_queue",
    "analysis",
    key=("week", "dimension", "position"),
    partition=("week",),
    description="Whom to label next, from the traces of the week: `fresh` items in an order of which any"
    " beginning is a probability sample of each stratum; anchors to be"
    " labelled again and diagnostic items apart, by role.",
    columns={"week": date(), "dimension": text(), **ASKED},
)

RECALIBRATION_QUEUE = Table(
    "recalibration_queue",
    "analysis",
    key=("day", "dimension", "judge", "position"),
    partition=("day",),
    description="The items that would show soonest whether a judge agrees with people, for each judge of the"
    " day. A new judge's queue is the one of the first day on which it scored.",
    columns={"day": date(), "dimension": text(), "judge": text(), **ASKED},
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
        "week": date(),
        "task": text(one_of(TASKS)),
        "dimension": text(),
        "subject": text(),
        "owner": text(),
        "due": date(),
        "reason": text(one_of(Reason)),
        "labels": integer(*at_least(0)),
        "labels_missing": integer(*at_least(0), nullable=True),
        "command": text(),
    },
)
