"""What people are asked next: a sample of the week's traffic, anchors again, and what is in doubt."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.calibration.items.strata import stratum_of
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.doubtful import diagnostic_items
from behavior_pipeline.labelling.draw import drawn
from behavior_pipeline.labels.latest import latest_labels, under_declared_rubric
from behavior_pipeline.provenance.tuples import declared_judge
from behavior_pipeline.provenance.uniform import hash_u
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.labelling import ASKED, LABEL_QUEUE, RECALIBRATION_QUEUE
from behavior_pipeline.words import ANCHOR, DIAGNOSTIC, FRESH, PASS, RELABEL

DUE = timedelta(days=13)  # the Sunday of the week after the one whose traces are asked about
DUE_AT_ONCE = timedelta(days=2)
DAYS_A_WEEK = timedelta(days=7)
MONTHS_A_YEAR = 12
RESTS = timedelta(days=28)  # since an anchor was labelled last


@dataclass(frozen=True)
class Known:
    """What a week's queue of one dimension may look at, up to that week.

    `scores` are the week's traces with day, trace_id, score, weight, evaluator, judge and rubric; `labels`
    rows of content.labels, `rescored` of calibration_scores, its fresh items of four weeks only, `agreement`
    the week's of calibration_agreement;
    `dataset` is the calibration set in force, `checked` what check_scores says of `worth_checking`.
    """

    week: date
    scores: pd.DataFrame
    labels: pd.DataFrame
    rescored: pd.DataFrame
    agreement: pd.DataFrame
    dataset: str
    checked: pd.DataFrame | None = None


def queue_of_week(spec: DimensionSpec, known: Known, *, salt: str) -> pd.DataFrame:
    """Return the week's rows of label_queue of one dimension; a dimension without a judge has none.

    A trace that was labelled keeps its place in the draw and is not asked about again, so that labels and
    queue together are the sample. Labels given after the week change nothing: the week stays as it was.
    """
    if spec.judge is None:
        return LABEL_QUEUE.empty()
    labels = latest_labels(under_declared_rubric(known.labels, spec), before=known.week + DAYS_A_WEEK)
    population = in_force(known.scores)
    fresh = drawn(
        population, size=spec.labelling.weekly, salt=salt, gate=spec.gate, labelled=_labelled(spec, known)
    )
    anchors = _anchors_due(
        labels, dataset=known.dataset, week=known.week, a_month=spec.labelling.anchors_a_month, salt=salt
    )
    taken = {*fresh["trace_id"], *anchors["trace_id"]}
    doubtful = diagnostic_items(
        population, labels, rescored=_rescored_of(spec, known), checked=known.checked, week=known.week,
        most=spec.labelling.diagnostic, salt=salt, taken=taken,
    )  # fmt: skip
    fresh = _open_items(fresh.assign(role=FRESH, reason=str(Reason.WEEKLY_SAMPLE)), answered_of(labels))
    fresh["due"] = pd.Timestamp(known.week + DUE)
    if _is_suspended(spec, known):
        first = fresh.index < ENOUGH
        fresh.loc[first, "reason"] = str(Reason.SUSPENDED)
        fresh.loc[first, "due"] = pd.Timestamp(known.week + DAYS_A_WEEK + DUE_AT_ONCE)
    others = [part.assign(due=pd.Timestamp(known.week + DUE)) for part in (anchors, doubtful)]
    rubric = spec.rubric_id if population.empty else str(population["rubric"].iloc[0])
    return _rows(
        LABEL_QUEUE, [fresh, *others], week=pd.Timestamp(known.week), dimension=spec.name, rubric=rubric
    )


def _anchors_due(labels: pd.DataFrame, *, dataset: str, week: date, a_month: int, salt: str) -> pd.DataFrame:
    """Return the anchors of the set in force to be labelled again, in the first week of each month.

    The set is gone through in a fixed random order, `a_month` at a time, and then from the beginning. What
    was labelled in the last four weeks rests.
    """
    in_set = labels[(labels["dataset_version"] == dataset) & labels["role"].isin([ANCHOR, RELABEL])]
    anchors = in_set.loc[in_set["role"] == ANCHOR, "item_id"]
    in_set = in_set[in_set["item_id"].isin(anchors)]
    if in_set.empty or not a_month or week != month_start(week):
        return pd.DataFrame(columns=_ANCHOR)
    items = in_set.groupby("item_id", as_index=False).agg(
        trace_id=("trace_id", "first"), last=("labelled_at", "max")
    )
    items["u"] = [hash_u(str(item_id), salt) for item_id in items["item_id"]]
    items = items.sort_values(["u", "item_id"], ignore_index=True)
    parts = -(-len(items) // a_month)
    turn = (week.year * MONTHS_A_YEAR + week.month) % parts
    due = items[(items.index // a_month == turn) & (items["last"] < pd.Timestamp(week - RESTS))]
    return due.assign(role=RELABEL, dataset=dataset, reason=str(Reason.RELABEL))[_ANCHOR]


_ANCHOR = ["item_id", "trace_id", "role", "u", "dataset", "reason"]


def month_start(week: date) -> date:
    """Return the month's first Monday that is not after the week, in whose queue its anchors stand."""
    while week.day > DAYS_A_WEEK.days:
        week -= DAYS_A_WEEK
    return week


def _labelled(spec: DimensionSpec, known: Known) -> pd.DataFrame:
    """Return the last month's fresh items by who failed them, as the judge that scored them did."""
    rows = _rescored_of(spec, known)
    rows = pool.once(pool.between(rows[rows["role"] == FRESH], known.week, back=0, weeks=pool.POOLED_WEEKS))
    rows = rows[rows["judge_score"].notna()]
    return rows.assign(stratum=stratum_of(rows["judge_score"] >= PASS, rows["evaluator"]))


def queue_of_day(spec: DimensionSpec, scores: pd.DataFrame, *, day: date, salt: str) -> pd.DataFrame:
    """Return the day's rows of recalibration_queue: 40 items for each judge that scored on the day.

    They follow from the day alone, whatever days are stored beside it. The random numbers are those of the
    weekly queue, so these items come early in it, too.
    """
    parts = []
    for (judge, rubric), rows in scores.groupby(["judge", "rubric"], sort=True):
        items = drawn(rows, size=ENOUGH, salt=salt, gate=spec.gate).assign(
            role=FRESH, reason=str(Reason.NEW_JUDGE), due=pd.Timestamp(day + DUE_AT_ONCE)
        )
        where = {"day": pd.Timestamp(day), "dimension": spec.name, "judge": judge, "rubric": rubric}
        parts.append(_rows(RECALIBRATION_QUEUE, [items], **where))
    return RECALIBRATION_QUEUE.joined(parts)


def in_force(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the declared judge and rubric of the last day; those of others are stale."""
    known = scores[scores["score"].notna()]
    if known.empty:
        return known
    declared = known["judge"].map(declared_judge) + "/" + known["rubric"]
    last = declared[known["day"] == known["day"].max()].value_counts()
    usual = min(last[last == last.max()].index)
    kept: pd.DataFrame = known[declared == usual]
    return kept


def answered_of(labels: pd.DataFrame) -> set[str]:
    """Return the traces whose labels count: those of fresh items and anchors."""
    return {str(trace_id) for trace_id in labels.loc[labels["role"] != DIAGNOSTIC, "trace_id"]}


def _rescored_of(spec: DimensionSpec, known: Known) -> pd.DataFrame:
    rows = known.rescored
    of_dimension = (rows["dimension"] == spec.name) & (rows["week"] <= pd.Timestamp(known.week))
    return rows[of_dimension & (rows["rubric"] == spec.rubric_id)]


def _is_suspended(spec: DimensionSpec, known: Known) -> bool:
    rows = closings(known.agreement)
    of_dimension = (rows["dimension"] == spec.name) & (rows["rubric"] == spec.rubric_id)
    return bool((of_dimension & (rows["week"] == pd.Timestamp(known.week))).any())


def _open_items(rows: pd.DataFrame, answered: AbstractSet[str]) -> pd.DataFrame:
    return rows[~rows["trace_id"].isin(answered)].reset_index(drop=True)


def _rows(table: Table, parts: list[pd.DataFrame], **where: Any) -> pd.DataFrame:
    filled = [part.reindex(columns=list(ASKED)).astype(_TYPES) for part in parts if len(part)]
    if not filled:
        return table.empty()
    rows = pd.concat(filled, ignore_index=True)
    rows["item_id"] = rows["item_id"].fillna(rows["trace_id"])
    rows["position"] = range(1, len(rows) + 1)
    return table.validate(rows.assign(**where))


_TYPES = {
    "item_id": "string",
    "stratum": "string",
    "dataset": "string",
    "rubric": "string",
    "inclusion_probability": "Float64",
}
