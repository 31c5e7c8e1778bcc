"""What people have to do for the judges after a week: for whom, why, until when, and by which command."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.gate.transitions import closings
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.calibration.items.strata import PassShares, mean_share
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labelling.labels_needed import labels_missing, pool_in_force
from behavior_pipeline.labelling.queue import DAYS_A_WEEK, DUE, DUE_AT_ONCE, month_start
from behavior_pipeline.labelling.recalibration import command, new_judges
from behavior_pipeline.labels.latest import under_declared_rubric
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.labelling import MAINTENANCE_PLAN
from behavior_pipeline.words import ANCHOR, DIAGNOSTIC, FRESH, NONE, RELABEL, SPEAKING

MONTH = timedelta(weeks=4)
IMPORT = "behavior-pipeline labels import FILE"
Row = dict[str, Any]


@dataclass(frozen=True)
class Upkeep:
    """What the plan of a week looks at; later weeks are never looked at.

    `agreement` and `slices` are the week's rows of calibration_agreement and calibration_slices, `scores`
    those of calibration_scores of four weeks; `labels` all of content.labels, `queue` those of label_queue of
    the week and of the month's first week; `judge_days` as new_judges takes them; `datasets` by dimension,
    `pass_shares` by dimension, rubric, judge and week.
    """

    week: date
    agreement: pd.DataFrame
    scores: pd.DataFrame
    labels: pd.DataFrame
    queue: pd.DataFrame
    judge_days: pd.DataFrame
    slices: pd.DataFrame
    datasets: Mapping[str, str]
    pass_shares: Mapping[str, Mapping[str, PassShares]]

    @property
    def end(self) -> pd.Timestamp:
        """Return the first moment after the week."""
        return pd.Timestamp(self.week + DAYS_A_WEEK)


def plan_of_week(specs: Mapping[str, DimensionSpec], upkeep: Upkeep) -> pd.DataFrame:
    """Return the week's rows of maintenance_plan, what is due first first."""
    plan = [row for spec in specs.values() for row in _of_dimension(spec, upkeep)]
    for row in plan:
        row["week"], row["due"] = pd.Timestamp(upkeep.week), pd.Timestamp(row["due"])
    rows = pd.DataFrame(plan, columns=list(MAINTENANCE_PLAN.columns))
    return MAINTENANCE_PLAN.validate(
        rows.sort_values(["due", "task", "dimension", "subject"], ignore_index=True)
    )


def _of_dimension(spec: DimensionSpec, upkeep: Upkeep) -> Iterator[Row]:
    gates = _gates_in_use(spec, upkeep)
    yield from _gates(spec, upkeep, gates)
    if spec.judge is None:
        return
    labels = upkeep.labels[
        (upkeep.labels["dimension"] == spec.name) & (upkeep.labels["week"] <= pd.Timestamp(upkeep.week))
    ]
    yield from _judges(spec, upkeep, labels, gates)
    yield from _rubric(spec, upkeep, labels)
    yield from _sets(spec, upkeep, labels)
    yield from _slices(spec, upkeep, set(gates["judge"]))


def _gates_in_use(spec: DimensionSpec, upkeep: Upkeep) -> pd.DataFrame:
    """Return the week's gates under the live rubric of the judges that scored, of all where none did."""
    rows = upkeep.agreement
    gates = rows[
        (rows["dimension"] == spec.name)
        & (rows["rubric"] == spec.rubric_id)
        & (rows["week"] == pd.Timestamp(upkeep.week))
    ]
    days = upkeep.judge_days[upkeep.judge_days["dimension"] == spec.name]
    scored = days.loc[(days["day"] >= pd.Timestamp(upkeep.week)) & (days["day"] < upkeep.end), "judge"]
    in_use: pd.DataFrame = gates[gates["judge"].isin(scored)]
    return in_use if len(in_use) else gates


def _gates(spec: DimensionSpec, upkeep: Upkeep, gates: pd.DataFrame) -> Iterator[Row]:
    """Return the gates that are shut, and how many labels more would open them."""
    shut = gates[~gates["gate_state"].isin(SPEAKING)]
    suspended = set(closings(gates)["judge"])
    for row in shut.to_dict("records"):
        judge = row["judge"]
        items = pool_in_force(spec, upkeep.scores, week=upkeep.week, judge=judge)
        by_week = upkeep.pass_shares.get(spec.name, {}).get(spec.rubric_id, {}).get(judge, {})
        looks = 0 if pd.isna(row["looks"]) else int(row["looks"])
        missing = labels_missing(spec.gate, items, mean_share(items, {judge: by_week}), looks=looks)
        at_once = judge in suspended
        reason = missing.reason or (Reason.SUSPENDED if at_once else Reason.AGREEMENT_UNPROVEN)
        options = ["--first", str(ENOUGH)] if at_once else []
        yield _row(
            spec, upkeep, "gate", judge, reason, labels=len(items), missing=missing.labels,
            due=upkeep.week + (DAYS_A_WEEK + DUE_AT_ONCE if at_once else DUE), options=options,
        )  # fmt: skip


def _judges(spec: DimensionSpec, upkeep: Upkeep, labels: pd.DataFrame, gates: pd.DataFrame) -> Iterator[Row]:
    """Return judges that came this week, and open gates behind which nothing was labelled for a month."""
    seen = upkeep.judge_days[upkeep.judge_days["dimension"] == spec.name]
    new = new_judges(seen[seen["day"] < upkeep.end])
    new = new[new["day"] >= pd.Timestamp(upkeep.week)]
    for row in new.to_dict("records"):
        day = row["day"].date()
        labelled = pool_in_force(spec, upkeep.scores, week=upkeep.week, judge=row["judge"])
        yield _row(
            spec, upkeep, "judge", row["judge"], Reason.NEW_JUDGE, labels=len(labelled),
            missing=max(0, ENOUGH - len(labelled)), due=day + DUE_AT_ONCE,
            options=["--day", str(day), "--judge", row["judge"]],
        )  # fmt: skip
    recent = _recent(under_declared_rubric(labels, spec), upkeep)
    fresh = recent[recent["role"] == FRESH]
    speaking = gates.loc[gates["gate_state"].isin(SPEAKING), "judge"]
    for judge in sorted(set(speaking) - set(new["judge"])):
        if fresh.empty:
            yield _row(spec, upkeep, "judge", judge, Reason.MONTHLY, labels=0, missing=ENOUGH)


def _rubric(spec: DimensionSpec, upkeep: Upkeep, labels: pd.DataFrame) -> Iterator[Row]:
    """Return a rubric under which nothing was labelled yet, or whose doubtful items nobody looked at."""
    current = under_declared_rubric(labels, spec)
    if current.empty and len(labels):
        yield _row(spec, upkeep, "rubric", spec.rubric_id, Reason.RUBRIC_CHANGED, labels=0, missing=ENOUGH)
        return
    recent = _recent(current, upkeep)
    queued = _queued(upkeep, spec.name, DIAGNOSTIC, upkeep.week)
    if queued.empty or (recent["role"] == DIAGNOSTIC).any():
        return
    yield _row(
        spec, upkeep, "rubric", spec.rubric_id, Reason.MONTHLY, labels=0, missing=len(queued),
        options=["--role", DIAGNOSTIC],
    )  # fmt: skip


def _sets(spec: DimensionSpec, upkeep: Upkeep, labels: pd.DataFrame) -> Iterator[Row]:
    """Return a set that is missing or of another rubric, and the part of it that is to be labelled again."""
    name = upkeep.datasets.get(spec.name, NONE)
    anchors = labels[(labels["role"] == ANCHOR) & (labels["dataset_version"] == name)]
    items = anchors["item_id"].nunique()
    if name == NONE or under_declared_rubric(anchors, spec).empty:
        reason = Reason.NO_LABELS if name == NONE else Reason.RUBRIC_CHANGED
        yield _row(spec, upkeep, "set", name, reason, labels=items, missing=None, do=IMPORT)
        return
    first = month_start(upkeep.week)
    asked = _queued(upkeep, spec.name, RELABEL, first)
    again = labels[(labels["role"] == RELABEL) & (labels["labelled_at"] >= pd.Timestamp(first))]
    left = asked[~asked["item_id"].isin(again["item_id"])]
    if len(left):
        yield _row(
            spec, upkeep, "set", name, Reason.RELABEL, labels=items, missing=len(left), due=first + DUE,
            options=["--week", str(first), "--role", RELABEL],
        )  # fmt: skip


def _slices(spec: DimensionSpec, upkeep: Upkeep, judges: AbstractSet[str]) -> Iterator[Row]:
    """Return the slices on which labels do not suffice to measure a judge that scored them this week."""
    rows = upkeep.slices[
        (upkeep.slices["dimension"] == spec.name)
        & (upkeep.slices["week"] == pd.Timestamp(upkeep.week))
        & (upkeep.slices["rubric"] == spec.rubric_id)
        & upkeep.slices["judge"].isin(judges)
    ]
    cells = rows.groupby(["slice_key", "slice_value"], as_index=False).agg(
        labels=("n", "min"), needed=("needed", "max")
    )
    for row in cells[cells["needed"] > 0].to_dict("records"):
        yield _row(
            spec, upkeep, "slice", f"{row['slice_key']}={row['slice_value']}", Reason.FEW_LABELS,
            labels=int(row["labels"]), missing=int(row["needed"]),
        )  # fmt: skip


def _queued(upkeep: Upkeep, dimension: str, role: str, week: date) -> pd.DataFrame:
    rows = upkeep.queue
    return rows[
        (rows["dimension"] == dimension) & (rows["role"] == role) & (rows["week"] == pd.Timestamp(week))
    ]


def _recent(labels: pd.DataFrame, upkeep: Upkeep) -> pd.DataFrame:
    return pool.between(labels, upkeep.week, back=0, weeks=MONTH // DAYS_A_WEEK)


def _row(
    spec: DimensionSpec,
    upkeep: Upkeep,
    task: str,
    subject: str,
    reason: Reason,
    *,
    labels: int,
    missing: int | None,
    due: date | None = None,
    options: list[str] | None = None,
    do: str | None = None,
) -> Row:
    named = options or []
    when = [] if "--day" in named or "--week" in named else ["--week", str(upkeep.week)]
    queue = IMPORT if spec.judge is None else command("FILE", spec.name, *when, *named)
    return {
        "task": task, "dimension": spec.name, "subject": subject, "owner": spec.owner,
        "due": due or upkeep.week + DUE, "reason": str(reason), "labels": labels,
        "labels_missing": missing, "command": do or queue,
    }  # fmt: skip
