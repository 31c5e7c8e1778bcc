"""Tables of judges' agreement with people: items, gates, anchors and slices."""

from behavior_pipeline.tables.columns import (
    DATASET,
    DAY,
    DIMENSION,
    HOW_DRAWN,
    ITEM_ID,
    JUDGE,
    JUDGE_BUILD,
    LABEL_ROLE,
    RUBRIC,
    SERIES,
    WEEK,
)
from behavior_pipeline.tables.contract import Table, date, integer, json_text, number, one_of, share, text
from behavior_pipeline.words import GateState

METRIC = text(
    "Matthews correlation, Spearman's rho, or `none` for an exempt gate without labels.",
    one_of(["mcc", "spearman", "none"]),
)
GATE = {"week": WEEK, "dimension": DIMENSION, "judge": JUDGE, "rubric": RUBRIC, "dataset": DATASET}
AGREEMENT = {
    "point": number("Agreement with people in the metric, -1 to 1; NULL: not defined.", nullable=True),
    "low": number("Lower end of the agreement's 95 % interval, -1 to 1; NULL: none.", nullable=True),
    "high": number("Upper end of the agreement's 95 % interval, -1 to 1; NULL: none.", nullable=True),
}
ABOVE_GATE = number(
    "Probability that the agreement reaches the gate's minimum, 0 to 1; NULL: not known.",
    *share(),
    nullable=True,
)
AGAINST_GATE = {
    **AGREEMENT,
    "minimum": number(
        "Agreement that the gate asks for, 0 to 1; NULL where metric is `none`.", nullable=True
    ),
    "probability_above_gate": ABOVE_GATE,
}
PREVALENCE = number(
    "Share that people pass, re-weighted to production where that is known, 0 to 1; NULL: not known.",
    *share(),
    nullable=True,
)

CALIBRATION_SCORES = Table(
    "calibration_scores",
    "analysis",
    key=("week", "dimension", "item_id", "judge", "rubric", "dataset", "role"),
    partition=("week",),
    description="A labelled item with what people and the judge of that week said of it.",
    columns={
        "week": WEEK,
        "dimension": DIMENSION,
        "item_id": ITEM_ID,
        "judge": JUDGE,
        "judge_build": JUDGE_BUILD,
        "rubric": RUBRIC,
        "dataset": DATASET,
        "role": LABEL_ROLE,
        "human_label": text("What people say together: adjudicated, or their majority, mean or median."),
        "human_score": number("What they say as a score, 0 to 1.", *share()),
        "annotators": integer("Number of annotators who labelled the item."),
        "judge_label": text("Label of the judge, or of a check that decided; NULL: none.", nullable=True),
        "judge_score": number(
            "What that label is worth, 0 to 1; NULL: see `missing_reason`.", *share(), nullable=True
        ),
        "missing_reason": text(
            "Why there is no score, a word of reasons.md; NULL if there is.", nullable=True
        ),
        "evaluator": text(
            "Who decided: `judge:<judge>`, or `check:<name>`; NULL: nobody, or in older rows.", nullable=True
        ),
        **HOW_DRAWN,
    },
)

CALIBRATION_AGREEMENT = Table(
    "calibration_agreement",
    "analysis",
    key=("week", "dimension", "judge", "rubric"),
    partition=("week",),
    description="A judge's agreement with people and the state of its gate after the week.",
    columns={
        **GATE,
        "metric": METRIC,
        "n": integer("Number of labelled items that the agreement rests on."),
        "weeks_pooled": integer("Number of weeks that they come from, 0 to 4."),
        **AGAINST_GATE,
        "prevalence": PREVALENCE,
        "sensitivity": number(
            "Share that the judge passes of what people pass, 0 to 1; NULL: not known.",
            *share(),
            nullable=True,
        ),
        "specificity": number(
            "Share that the judge fails of what people fail, 0 to 1; NULL: not known.",
            *share(),
            nullable=True,
        ),
        "kappa": number(
            "Cohen's kappa of judge and people, quadratic on grades, -1 to 1; NULL: not defined.",
            nullable=True,
        ),
        "judged_n": integer(
            "Number of labelled items that no check failed; NULL where none failed any.", nullable=True
        ),
        "judged_point": number("Agreement on those items, -1 to 1; NULL: not defined.", nullable=True),
        "judged_low": number("Lower end of its 95 % interval, -1 to 1; NULL: none.", nullable=True),
        "judged_high": number("Upper end of its 95 % interval, -1 to 1; NULL: none.", nullable=True),
        "judged_probability_above_gate": number(
            "Probability that it reaches the gate's minimum, 0 to 1; NULL: not known.",
            *share(),
            nullable=True,
        ),
        "judged_reason": text(
            "Why it or its interval is missing, a word of reasons.md; NULL: neither is.", nullable=True
        ),
        "human_ceiling": number(
            "Mean agreement of pairs of people in the metric, -1 to 1; NULL: not defined.", nullable=True
        ),
        "human_kappa": number(
            "Mean Cohen's kappa of pairs of people, -1 to 1; NULL: not defined.", nullable=True
        ),
        "human_alpha": number(
            "Krippendorff's alpha of all people, 1 at most; NULL: see `human_reason`.",
            nullable=True,
        ),
        "human_items": integer(
            "Number of items that two people or more labelled; NULL in older rows.", nullable=True
        ),
        "human_pairs": integer(
            "Number of pairs of people who share an item; NULL in older rows.", nullable=True
        ),
        "human_reason": text("Why there is no alpha, a word of reasons.md; NULL if there is.", nullable=True),
        "tau_b": number(
            "Kendall's tau-b beside Spearman's rho, -1 to 1; NULL for another metric.", nullable=True
        ),
        "missing_reason": text(
            "Why `point` or its interval is missing, a word of reasons.md; NULL: neither is.", nullable=True
        ),
        "change": number(
            "Agreement of up to two weeks minus that of up to four before, -2 to 2; NULL: not compared.",
            nullable=True,
        ),
        "probability_of_drop": number(
            "Probability that it fell by more than .05, 0 to 1; NULL: not compared.", *share(), nullable=True
        ),
        "p_value_of_drop": number(
            "Share of a steady judge's weeks with such a fall, 0 to 1; NULL: not compared.",
            *share(),
            nullable=True,
        ),
        "drop_compared": text(
            "Items of that comparison: `all`, those that no check failed (`judged`), or the same `anchors`"
            " twice; NULL: none.",
            one_of(["all", "judged", "anchors"]),
            nullable=True,
        ),
        "drop_prevalence": number(
            "Share of good traces at which both agreements are told, 0 to 1; NULL: as they are.",
            *share(),
            nullable=True,
        ),
        "drop_before": number("Agreement of the earlier pool, -1 to 1; NULL: not compared.", nullable=True),
        "drop_after": number("Agreement of the pool of now, -1 to 1; NULL: not compared.", nullable=True),
        "drop_pools": json_text(
            "JSON object {earlier, now} of {weeks, judges, datasets, n, failures}: whose labels they are;"
            " NULL: none.",
            nullable=True,
        ),
        "drop_reason": text(
            "Why they are not compared, a word of reasons.md; NULL if they are.", nullable=True
        ),
        "previous_judge": text("Judge whose gate goes on here; NULL if none was before.", nullable=True),
        "previous_dataset": text(
            "Calibration set that it was measured on; NULL if none was before.", nullable=True
        ),
        "previous_state": text("State of the gate before the week.", one_of(GateState)),
        "gate_state": text("State of the gate after the week.", one_of(GateState)),
        "low_looks": integer(
            "Number of looks in a row at which the open gate's probability was below .02 (.20 in older rows)."
        ),
        "looks": integer(
            "Number of looks at this judge so far, of weeks with new labels; NULL in older rows.",
            nullable=True,
        ),
        "reason": text("Why the gate moved or stayed, a word of reasons.md."),
    },
)

ANCHOR_CHANGES = Table(
    "anchor_changes",
    "analysis",
    key=("week", "dimension", "judge", "rubric", "dataset", "subject"),
    partition=("week",),
    description="The same anchors at two times: did the judge move (`judge`), or people (`people`)? `lower`"
    " and `higher` count items whose score fell and rose (pass to fail, fail to pass), `worse` and `better`"
    " those that went from right to wrong and back; exact tests of each pair of counts, Holm over the two."
    " Counts, tests and levels are NULL where nothing was compared.",
    columns={
        "week": WEEK,
        "dimension": DIMENSION,
        "subject": text("Who is compared with their own earlier verdicts.", one_of(["judge", "people"])),
        "judge": JUDGE,
        "judge_build": JUDGE_BUILD,
        "rubric": RUBRIC,
        "dataset": DATASET,
        "baseline_week": date("Monday of the earlier verdicts; NULL where there are none.", nullable=True),
        "baseline_judge": text("Judge of the earlier verdicts; NULL for people, or none.", nullable=True),
        "baseline_build": text("Its build; NULL where its provider gave none.", nullable=True),
        "changed": text(
            "What was replaced in between; NULL where nothing was compared.",
            one_of(["judge", "build", "labels", "none"]),
            nullable=True,
        ),
        "anchors": integer("Number of anchors that were judged, or labelled again."),
        "annotators": integer("Number of people who labelled again; NULL for judges.", nullable=True),
        "shared_annotators": integer(
            "Number of them who had labelled the set; NULL for judges.", nullable=True
        ),
        "test": text("Exact test that was made.", one_of(["mcnemar", "sign"]), nullable=True),
        "n": integer("Number of anchors with a verdict at both times."),
        "lower": integer("Number of items whose score fell.", nullable=True),
        "higher": integer("Number of items whose score rose.", nullable=True),
        "worse": integer("Number of items that came farther from the other side's score.", nullable=True),
        "better": integer("Number of items that came nearer to the other side's score.", nullable=True),
        "p_level": number("p-value of `lower` against `higher`, 0 to 1.", *share(), nullable=True),
        "p_level_adjusted": number("`p_level` after Holm over both tests, 0 to 1.", *share(), nullable=True),
        "p_correct": number("p-value of `worse` against `better`, 0 to 1.", *share(), nullable=True),
        "p_correct_adjusted": number(
            "`p_correct` after Holm over both tests, 0 to 1.", *share(), nullable=True
        ),
        "level_before": number("Mean score at the earlier time, 0 to 1.", *share(), nullable=True),
        "level_after": number("Mean score now, 0 to 1.", *share(), nullable=True),
        "metric": text("Measure of both agreements.", one_of(["mcc", "spearman"]), nullable=True),
        "agreement_before": number("Agreement of judge and people then, -1 to 1.", nullable=True),
        "agreement_after": number("Agreement of judge and people now, -1 to 1.", nullable=True),
        "missing_reason": text(
            "Why an agreement is missing, a word of reasons.md; NULL: neither is.", nullable=True
        ),
        "reason": text("What the comparison says, or why there is none, a word of reasons.md."),
    },
)

OF_AN_ANCHOR = (
    "dimension", "item_id", "judge", "judge_build", "rubric", "dataset", "human_score", "judge_label",
    "judge_score", "missing_reason", "evaluator",
)  # fmt: skip
ANCHOR_DAYS = Table(
    "anchor_days",
    "analysis",
    key=("day", "dimension", "item_id", "judge", "rubric", "dataset"),
    partition=("day",),
    description="A seventh of the anchors with what the judge in use says of them that day; each anchor has"
    " its weekday. The week's verdicts in `calibration_scores` are the same answers.",
    columns={"day": DAY, **{name: CALIBRATION_SCORES.columns[name] for name in OF_AN_ANCHOR}},
)

SERIES_LINKS = Table(
    "series_links",
    "analysis",
    key=("week", "dimension", "from_judge", "from_rubric", "to_judge", "to_rubric"),
    partition=("week",),
    description="By how much a new judge or rubric reads otherwise than the one before it on the same"
    " traffic, as known in the week: what joins a series over the change. Written for ten weeks after it.",
    columns={
        "week": WEEK,
        "dimension": DIMENSION,
        "from_judge": text("Judge before, as in `weekly_scores`."),
        "from_rubric": text("Its rubric."),
        "to_judge": text("Judge that came after it."),
        "to_rubric": text("Its rubric."),
        "since": date("Monday of the first week in which the later one judged labelled items."),
        "method": text(
            "Items that both have judged: the calibration set's `anchors`, or labelled traces (`bridge`).",
            one_of(["anchors", "bridge"]),
        ),
        "n": integer("Number of these items."),
        "shift": number(
            "Mean score by the later one less that by the earlier one, -1 to 1; NULL: not known.",
            nullable=True,
        ),
        "se": number("Standard error of the shift, in score, 0 to 1; NULL: not known.", nullable=True),
        "reason": text("Why the shift is missing, a word of reasons.md; NULL: it is known.", nullable=True),
    },
)

GATE_TRANSITIONS = Table(
    "gate_transitions",
    "analysis",
    key=("week", "dimension", "judge", "rubric"),
    partition=("week",),
    description="Every move of a gate, with its reason. `recalibrated`: it speaks again after it was closed,"
    " `weeks_shut` weeks before; its `previous_*` columns are those of the week that closed it, else those of"
    " the week before. `changed` names what was replaced since: judge, dataset, rubric or none.",
    columns={
        **GATE,
        "event": text(
            "Whether alerts may speak now (`opened`, `recalibrated`), or no longer (`closed`).",
            one_of(["opened", "closed", "recalibrated", "changed"]),
        ),
        "from_state": text("State of the gate before the week.", one_of(GateState)),
        "to_state": text("State of the gate after the week.", one_of(GateState)),
        "reason": text("Why it moved, a word of reasons.md."),
        "metric": METRIC,
        "n": integer("Number of labelled items that the agreement rests on."),
        **AGAINST_GATE,
        "previous_judge": text(
            "Judge of the week that closed it, else of the week before; NULL: no such week.", nullable=True
        ),
        "previous_dataset": text("Calibration set of that week; NULL: no such week.", nullable=True),
        "previous_rubric": text("Rubric of that week; NULL: no such week.", nullable=True),
        "previous_point": number(
            "Agreement in that week, -1 to 1; NULL: none, or not defined.", nullable=True
        ),
        "changed": text("What was replaced since that week, joined by commas; `none` if nothing was."),
        "weeks_shut": integer("Number of weeks since it closed; NULL if not `recalibrated`.", nullable=True),
    },
)

CALIBRATION_SLICES = Table(
    "calibration_slices",
    "analysis",
    key=("week", "dimension", "judge", "rubric", "slice_key", "slice_value"),
    partition=("week",),
    description="A judge's agreement with people on a watched slice, where labels suffice: 40 items, by MCC"
    " 10 that people pass and 10 that they fail. `needed` more would, at least, where they do not.",
    columns={
        **GATE,
        "slice_key": SERIES["slice_key"],
        "slice_value": SERIES["slice_value"],
        "metric": text("Matthews correlation or Spearman's rho.", one_of(["mcc", "spearman"])),
        "n": integer("Number of labelled items of the slice."),
        "passed": integer("Number of them that people pass."),
        "needed": integer("Number of labels that are lacking at least; 0 where they suffice."),
        **AGREEMENT,
        "probability_above_gate": ABOVE_GATE,
        "prevalence": PREVALENCE,
        "reason": text(
            "Why agreement or interval is missing, a word of reasons.md; NULL: neither is.", nullable=True
        ),
    },
)
