"""Did the judge move? Its verdicts on the same anchors, this week's against those of an earlier week."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.anchors.paired import Paired, comparison_columns, paired
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES
from behavior_pipeline.words import ANCHOR, NONE

MOVES = (Reason.JUDGE_LESS_RIGHT, Reason.JUDGE_MOVED)
NEW_BUILD_WEEKS = 2  # in which a new build is held against its predecessor, as long as the drop rule's window


@dataclass(frozen=True)
class AnchorWeek:
    """What one judge said of the anchors of a set in a week; `scores`: judge_score, human_score by item."""

    week: pd.Timestamp
    judge: str
    builds: frozenset[str]
    scores: pd.DataFrame

    @property
    def build(self) -> str | None:
        """Return the builds that answered, as one text; None where the provider names none."""
        return ", ".join(sorted(self.builds)) or None


def judge_changes(spec: DimensionSpec, *, week: date, scores: pd.DataFrame) -> pd.DataFrame:
    """Return rows of anchor_changes, subject `judge`: one for each rubric and set judged in the week.

    `scores` are rows of calibration_scores up to the week, best all of them.
    """
    anchored = scores[scores["role"] == ANCHOR]
    asked = anchored[(anchored["dimension"] == spec.name) & (anchored["week"] == pd.Timestamp(week))]
    answered = pool.usable(spec, anchored, week=week)
    rows = []
    for (rubric, dataset), anchors in asked.groupby(["rubric", "dataset"], sort=True):
        rubric_id = pool.rubric_of(spec, str(rubric))
        same = answered[(answered["rubric"] == rubric_id) & (answered["dataset"] == dataset)]
        pairs = list(with_references(spec, anchor_weeks(same)))
        now = pairs[-1] if pairs and pairs[-1][0].week == pd.Timestamp(week) else None
        where = {"week": pd.Timestamp(week), "dimension": spec.name, "rubric": rubric_id, "dataset": dataset}
        rows.append(where | (_unanswered(anchors) if now is None else _row(spec, *now)))
    return ANCHOR_CHANGES.validate(pd.DataFrame(rows, columns=list(ANCHOR_CHANGES.columns)))


def anchor_weeks(answered: pd.DataFrame) -> list[AnchorWeek]:
    """Return the weeks of one rubric and set in order, each with the judge that answered most anchors.

    A provider that changes its model within a week leaves some anchors to another judge; they are not mixed.
    """
    weeks = []
    for week, rows in answered.groupby("week", sort=True):
        judge = max(sorted(set(rows["judge"])), key=list(rows["judge"]).count)
        verdicts = rows[rows["judge"] == judge].drop_duplicates("item_id").set_index("item_id")
        scores = verdicts[["judge_score", "human_score"]].astype(float)
        builds = frozenset(verdicts["judge_build"].dropna().astype(str))
        weeks.append(AnchorWeek(pd.Timestamp(str(week)), str(judge), builds, scores))
    return weeks


def with_references(
    spec: DimensionSpec, weeks: Iterable[AnchorWeek]
) -> Iterator[tuple[AnchorWeek, AnchorWeek | None]]:
    """Yield each week with the earlier one that it is compared with.

    In its first weeks (NEW_BUILD_WEEKS) a new judge or build is compared with the last week before it: did
    the change move the judge? After that with its own first week, not with last week's: a judge that creeps
    has moved little since last week. A build that moved against its own first week without saying so counts
    as a new one from there on, so that one change speaks for two weeks and not for ever.
    """
    start = before = last = None
    seen: frozenset[str] = frozenset()
    count = 0
    for now in weeks:
        if start is None:
            start, seen = now, now.builds
            yield now, None
        elif now.judge != start.judge or not now.builds <= seen:
            start, before, seen, count = now, last, now.builds, 1
            yield now, before
        elif before is not None and count < NEW_BUILD_WEEKS:
            count += 1
            yield now, before
        else:
            yield now, start
            if moved(spec, compared(spec, start, now)):
                start, before, count = now, start, 1
        last = now


def compared(spec: DimensionSpec, before: AnchorWeek, after: AnchorWeek) -> Paired:
    """Return the comparison of two weeks over the anchors that both judged."""
    scores, then = after.scores, before.scores["judge_score"].reindex(after.scores.index)
    items = pd.DataFrame({"before": then, "after": scores["judge_score"], "other": scores["human_score"]})
    return paired(spec, items[then.notna()])


def moved_since(changes: pd.DataFrame) -> dict[tuple[str, ...], pd.Timestamp]:
    """Return since which week each dimension, judge and rubric reads otherwise, by the latest move seen.

    `changes` are rows of anchor_changes up to a week. One move is seen in several weeks, against the same
    earlier one; what it was seen in first is its week.
    """
    rows = changes[
        (changes["subject"] == "judge") & changes["reason"].isin([str(reason) for reason in MOVES])
    ]
    since: dict[tuple[str, ...], pd.Timestamp] = {}
    for (dimension, judge, rubric), of_judge in rows.groupby(["dimension", "judge", "rubric"], sort=True):
        last = of_judge[of_judge["week"] == of_judge["week"].max()]
        same = of_judge[of_judge["baseline_week"].isin(last["baseline_week"])]
        since[str(dimension), str(judge), str(rubric)] = same["week"].min()
    return since


def moved(spec: DimensionSpec, changes: Paired) -> bool:
    """Return whether the judge is another one to its readers: another level, or right less often."""
    return _verdict(spec, changes) in MOVES


def _verdict(spec: DimensionSpec, changes: Paired) -> Reason:
    if changes.correctness_moved and changes.worse > changes.better:
        return Reason.JUDGE_LESS_RIGHT
    if changes.level_moved(spec.drift.effect_floor):
        return Reason.JUDGE_MOVED
    return Reason.JUDGE_MORE_RIGHT if changes.correctness_moved else Reason.JUDGE_STEADY


def _row(spec: DimensionSpec, now: AnchorWeek, before: AnchorWeek | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "subject": "judge", "judge": now.judge, "judge_build": now.build, "anchors": len(now.scores),
    }  # fmt: skip
    if before is None:
        return {**row, "n": 0, "reason": str(Reason.FIRST_ANCHORS)}
    changed = "judge" if before.judge != now.judge else "build" if before.build != now.build else NONE
    row |= {"baseline_week": before.week, "baseline_judge": before.judge, "baseline_build": before.build}
    changes = compared(spec, before, now)
    reason = _verdict(spec, changes) if changes.n else Reason.NO_LABELS
    return {**row, "changed": changed, **comparison_columns(spec, changes), "reason": str(reason)}


def _unanswered(anchors: pd.DataFrame) -> dict[str, Any]:
    """Return what stands for a week in which the judge answered no anchor: why it did not."""
    first = anchors.sort_values(["judge", "item_id"]).iloc[0]
    reasons = sorted(anchors["missing_reason"].dropna())
    why = max(reasons, key=reasons.count, default=str(Reason.JUDGE_FAILED))
    return {"subject": "judge", "judge": first["judge"], "anchors": 0, "n": 0, "reason": why}
