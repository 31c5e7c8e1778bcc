"""Did people move? New labels of the same anchors against the labels that the set was made from."""

from datetime import date, timedelta

import pandas as pd

from behavior_pipeline.calibration.anchors.judge import AnchorWeek, anchor_weeks
from behavior_pipeline.calibration.anchors.paired import Paired, comparison_columns, paired
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.consensus import together
from behavior_pipeline.labels.latest import latest_labels, under_declared_rubric
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES
from behavior_pipeline.words import ANCHOR, NONE, RELABEL


def people_changes(
    spec: DimensionSpec, *, week: date, dataset: str, labels: pd.DataFrame, scores: pd.DataFrame
) -> pd.DataFrame:
    """Return the row of anchor_changes, subject `people`, once anchors of the set in force were re-labelled.

    `labels` are rows of content.labels and `scores` of calibration_scores up to the week. The level is
    people's own: old labels against new ones. Correctness holds this week's verdicts of the judge against
    both: where they stayed as they were, a loss of agreement is of people's making. The row comes back each
    week for as long as the set is in force, since a new set is what remedies it.
    """
    in_set = _set_labels(spec, labels, week=week, dataset=dataset)
    again = in_set[in_set["role"] == RELABEL]
    if again.empty:
        return ANCHOR_CHANGES.empty()
    newest = again[again["week"] == again.groupby("item_id")["week"].transform("max")]
    first = in_set[(in_set["role"] == ANCHOR) & in_set["item_id"].isin(newest["item_id"])]
    judged = _judged(spec, scores, week=week, dataset=dataset)
    old, new = (together(rows, spec, dataset).set_index("item_id")["human_score"] for rows in (first, newest))
    pairs = pd.DataFrame({"before": old, "after": new}).dropna().astype(float)
    other = judged.scores["judge_score"] if judged else pd.Series(dtype=float)
    changes = paired(spec, pairs.assign(other=other.reindex(pairs.index)))
    row = {
        "week": pd.Timestamp(week), "dimension": spec.name, "subject": "people",
        "judge": judged.judge if judged else NONE, "judge_build": judged.build if judged else None,
        "rubric": spec.rubric_id, "dataset": dataset, "anchors": first["item_id"].nunique(),
        "baseline_week": first["week"].max(), "changed": "labels",
        "annotators": newest["annotator"].nunique(),
        "shared_annotators": len({*newest["annotator"]} & {*first["annotator"]}),
        **comparison_columns(spec, changes), "reason": str(_verdict(spec, changes)),
    }  # fmt: skip
    return ANCHOR_CHANGES.validate(pd.DataFrame([row], columns=list(ANCHOR_CHANGES.columns)))


def _set_labels(spec: DimensionSpec, labels: pd.DataFrame, *, week: date, dataset: str) -> pd.DataFrame:
    """Return a dimension's labels of a set up to the week's end, given under the spec's rubric."""
    answers = under_declared_rubric(labels, spec)
    return latest_labels(answers[answers["dataset_version"] == dataset], before=week + timedelta(days=7))


def _judged(spec: DimensionSpec, scores: pd.DataFrame, *, week: date, dataset: str) -> AnchorWeek | None:
    rows = pool.usable(spec, scores[scores["role"] == ANCHOR], week=week)
    now = rows[(rows["week"] == pd.Timestamp(week)) & (rows["dataset"] == dataset)]
    weeks = anchor_weeks(now[now["rubric"] == spec.rubric_id])
    return weeks[-1] if weeks else None


def _verdict(spec: DimensionSpec, changes: Paired) -> Reason:
    if not changes.n:
        return Reason.NO_LABELS
    moved = changes.level_moved(spec.drift.effect_floor) or changes.correctness_moved
    return Reason.PEOPLE_MOVED if moved else Reason.PEOPLE_STEADY
