"""Did the judge move? Its verdicts on the same anchors, this week's against those of an earlier week."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from behavior_pipeline.calibration.anchors.paired import Paired, paired
from behavior_pipeline.calibration.items import pool
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.calibration import ANCHOR_CHANGES
from behavior_pipeline.words import ANCHOR, NONE

LOOKS = 2  # weeks in which a new build is held against its predecessor, as long as the drop rule's window


@dataclass(frozen=True)
class Look:
    """What one judge said of the anchors of a set in one week; `said` holds judge and human score by item."""

    week: pd.Timestamp
    judge: str
    builds: frozenset[str]
    said: pd.DataFrame

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
        found = list(references(spec, looks(same)))
        now = found[-1] if found and found[-1][0].week == pd.Timestamp(week) else None
        where = {"week": pd.Timestamp(week), "dimension": spec.name, "rubric": rubric_id, "dataset": dataset}
        rows.append(where | (_unanswered(anchors) if now is None else _row(spec, *now)))
    return ANCHOR_CHANGES.validate(pd.DataFrame(rows, columns=list(ANCHOR_CHANGES.columns)))


def looks(answered: pd.DataFrame) -> list[Look]:
    """Return the weeks of one rubric and set in order, each with the judge that answered most anchors.

    A provider that changes its model within a week leaves some anchors to another judge; they are not mixed.
    """
    found = []
    for week, rows in answered.groupby("week", sort=True):
        judge = max(sorted(set(rows["judge"])), key=list(rows["judge"]).count)
        own = rows[rows["judge"] == judge].drop_duplicates("item_id").set_index("item_id")
        said = own[["judge_score", "human_score"]].astype(float)
        builds = frozenset(own["judge_build"].dropna().astype(str))
        found.append(Look(pd.Timestamp(str(week)), str(judge), builds, said))
    return found


def references(spec: DimensionSpec, weeks: Iterable[Look]) -> Iterator[tuple[Look, Look | None]]:
    """Yield each week with the earlier one that it is compared with.

    In its first weeks (LOOKS) a new judge or build is compared with the last week before it: did the change
    move the judge? After that with its own first week, not with last week's: a judge that creeps has moved
    little since last week. A build that moved against its own first week without saying so counts as a new
    one from there on, so that one change speaks for two weeks and not for ever.
    """
    start = before = last = None
    seen: frozenset[str] = frozenset()
    count = 0
    for look in weeks:
        if start is None:
            start, seen = look, look.builds
            yield look, None
        elif look.judge != start.judge or not look.builds <= seen:
            start, before, seen, count = look, last, look.builds, 1
            yield look, before
        elif before is not None and count < LOOKS:
            count += 1
            yield look, before
        else:
            yield look, start
            if moved(spec, compared(spec, start, look)):
                start, before, count = look, start, 1
        last = look


def compared(spec: DimensionSpec, before: Look, after: Look) -> Paired:
    """Return the comparison of two weeks over the anchors that both judged."""
    said, then = after.said, before.said["judge_score"].reindex(after.said.index)
    items = pd.DataFrame({"before": then, "after": said["judge_score"], "other": said["human_score"]})
    return paired(spec, items[then.notna()])


def moved(spec: DimensionSpec, found: Paired) -> bool:
    """Return whether the judge is another one to its readers: another level, or right less often."""
    return _verdict(spec, found) in (Reason.JUDGE_LESS_RIGHT, Reason.JUDGE_MOVED)


def _verdict(spec: DimensionSpec, found: Paired) -> Reason:
    if found.correctness_moved and found.worse > found.better:
        return Reason.JUDGE_LESS_RIGHT
    if found.level_moved and abs(found.level_change) >= spec.drift.effect_floor:
        return Reason.JUDGE_MOVED
    return Reason.JUDGE_MORE_RIGHT if found.correctness_moved else Reason.JUDGE_STEADY


def _row(spec: DimensionSpec, now: Look, before: Look | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "subject": "judge", "judge": now.judge, "judge_build": now.build, "anchors": len(now.said),
    }  # fmt: skip
    if before is None:
        return {**row, "n": 0, "reason": str(Reason.FIRST_ANCHORS)}
    changed = "judge" if before.judge != now.judge else "build" if before.build != now.build else NONE
    row |= {"baseline_week": before.week, "baseline_judge": before.judge, "baseline_build": before.build}
    found = compared(spec, before, now)
    reason = _verdict(spec, found) if found.n else Reason.NO_LABELS
    return {**row, "changed": changed, **numbers(spec, found), "reason": str(reason)}


def _unanswered(anchors: pd.DataFrame) -> dict[str, Any]:
    """Return what stands for a week in which the judge answered no anchor: why it did not."""
    first = anchors.sort_values(["judge", "item_id"]).iloc[0]
    reasons = sorted(anchors["missing_reason"].dropna())
    why = max(reasons, key=reasons.count, default=str(Reason.JUDGE_FAILED))
    return {"subject": "judge", "judge": first["judge"], "anchors": 0, "n": 0, "reason": why}


def numbers(spec: DimensionSpec, found: Paired) -> dict[str, Any]:
    """Return the columns of anchor_changes that hold counts, tests and levels; without pairs only counts."""
    if not found.n:
        return {"n": 0}
    return {
        "test": "mcnemar" if spec.scale.kind == "binary" else "sign", "n": found.n,
        "lower": found.lower, "higher": found.higher, "worse": found.worse, "better": found.better,
        "p_level": found.p_level, "p_level_adjusted": found.adjusted_level,
        "p_correct": found.p_correct, "p_correct_adjusted": found.adjusted_correct,
        "level_before": found.level_before, "level_after": found.level_after,
        "metric": spec.gate.metric,
        "agreement_before": found.agreement_before, "agreement_after": found.agreement_after,
        "missing_reason": None if found.missing_reason is None else str(found.missing_reason),
    }  # fmt: skip
