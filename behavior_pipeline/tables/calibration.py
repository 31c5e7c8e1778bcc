"""Tables of labels and of judges' agreement with people."""

from behavior_pipeline.tables.contract import Table, date, integer, number, one_of, share, text

LABEL_ROLES = ["anchor", "fresh", "diagnostic"]
GATE_STATES = ["unmeasured", "blocked", "open", "suspended", "exempt"]

LABELS = Table(
    "labels",
    "content",
    key=("week", "dimension", "item_id", "annotator", "rubric_version", "dataset_version"),
    partition=("week",),
    description="Human labels by the week in which they were given (the week's Monday).",
    columns={
        "week": date(),
        "dimension": text(),
        "item_id": text(),
        "trace_id": text(),
        "annotator": text(),
        "label": text(),
        "rubric_version": text(),
        "dataset_version": text(),
        "role": text(one_of(LABEL_ROLES)),
        "stratum": text(nullable=True),
        "inclusion_probability": number(*share(), nullable=True),
        "labelled_at": date(),
        "text": text(nullable=True),
        "file": text(),
    },
)

CALIBRATION_SCORES = Table(
    "calibration_scores",
    "analysis",
    key=("week", "dimension", "item_id", "judge", "rubric", "dataset", "role"),
    partition=("week",),
    description="A labelled item with what people and the judge of that week said of it.",
    columns={
        "week": date(),
        "dimension": text(),
        "item_id": text(),
        "judge": text(),
        "judge_build": text(nullable=True),
        "rubric": text(),
        "dataset": text(),
        "role": text(one_of(LABEL_ROLES)),
        "human_label": text(),
        "human_score": number(*share()),
        "annotators": integer(),
        "judge_label": text(nullable=True),
        "judge_score": number(*share(), nullable=True),
        "missing_reason": text(nullable=True),
        "stratum": text(nullable=True),
        "inclusion_probability": number(*share(), nullable=True),
    },
)

CALIBRATION_AGREEMENT = Table(
    "calibration_agreement",
    "analysis",
    key=("week", "dimension", "judge", "rubric"),
    partition=("week",),
    description="A judge's agreement with people and the state of its gate after the week.",
    columns={
        "week": date(),
        "dimension": text(),
        "judge": text(),
        "rubric": text(),
        "dataset": text(),
        "metric": text(one_of(["mcc", "spearman", "none"])),
        "n": integer(),
        "weeks_pooled": integer(),
        "point": number(nullable=True),
        "low": number(nullable=True),
        "high": number(nullable=True),
        "minimum": number(nullable=True),
        "probability_above_gate": number(*share(), nullable=True),
        "prevalence": number(*share(), nullable=True),
        "sensitivity": number(*share(), nullable=True),
        "specificity": number(*share(), nullable=True),
        "kappa": number(nullable=True),
        "human_ceiling": number(nullable=True),
        "change": number(nullable=True),
        "probability_of_drop": number(*share(), nullable=True),
        "previous_judge": text(nullable=True),
        "previous_dataset": text(nullable=True),
        "previous_state": text(one_of(GATE_STATES)),
        "gate_state": text(one_of(GATE_STATES)),
        "low_looks": integer(),
        "reason": text(),
    },
)
