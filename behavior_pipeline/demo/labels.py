"""Writes what annotators said, as CSV files by act: calibration sets, fresh labels, relabelled items.

Items are drawn as a team would draw them: a simple random sample of the week's traffic in the frame.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from behavior_pipeline.demo.people import JUDGED, labels_of
from behavior_pipeline.demo.plan import Plan, plan_day
from behavior_pipeline.demo.story import (
    DATASET,
    DEFAULT_CONVERSATIONS,
    DEFAULT_SEED,
    JUDGE_WEEK,
    RELABEL_WEEK,
    RELABELLED_DATASET,
    RELABELLED_ITEMS,
    RUBRIC,
    Story,
)
from behavior_pipeline.words import ANCHOR, FRESH

INBOX = "labels_inbox"
COLUMNS = (
    "trace_id", "dimension", "annotator", "label", "rubric_version", "dataset_version", "role",
    "labelled_at", "text",
)  # fmt: skip
ANCHORS = 160
ANCHOR_DAYS = 4
ANNOTATORS = ("ana", "ben", "chi", "dov", "eli", "fay")
PANEL_SHARE = 0.15  # of items are seen by three people
DISSENT_SHARE = 0.25  # of those, one of the three says otherwise


class Candidate(NamedTuple):
    """A turn that may be labelled: its place in a day's plan and its hidden kind."""

    plan: Plan
    position: int
    kind: int

    @property
    def place(self) -> tuple[date, int]:
        """Return day and position, which no other turn has."""
        return self.plan.day, self.position


@dataclass(frozen=True)
class Batch:
    """Labels given under one reading, for one role and dataset."""

    dimension: str
    role: str
    dataset: str
    read_anew: bool
    labelled_at: date | None = None


Row = tuple[str, ...]


def act_files(root: Path) -> dict[str, Path]:
    """Return the label file of each act, in the order in which they are imported."""
    names = {
        "weeks_1_12": "act1_weeks_01_12",
        "week_13": "act2_week_13",
        "relabelled": "act3_relabelled",
        "rest": "act4_rest",
    }
    return {act: root / INBOX / f"{name}.csv" for act, name in names.items()}


def write_labels(
    root: Path,
    *,
    start: date,
    weeks: int,
    conversations_per_day: int = DEFAULT_CONVERSATIONS,
    seed: int = DEFAULT_SEED,
) -> dict[str, Path]:
    """Write `<root>/labels_inbox/*.csv` and return them by act, without acts the world never reaches."""
    story = Story(start, weeks)
    rows: dict[str, list[Row]] = {act: [] for act in act_files(root)}
    for week in range(1, weeks + 1):
        monday = story.monday(week)
        plans = [
            plan_day(
                story, monday + timedelta(days=n), conversations_per_day=conversations_per_day, seed=seed
            )
            for n in range(7)
        ]
        rows[_act(week)] += _week(story, week, plans, seed=seed)
        if week == 1:
            rows["relabelled"] = _relabelled(story, plans, seed=seed) if weeks >= RELABEL_WEEK else []
    written = {act: path for act, path in act_files(root).items() if rows[act]}
    for act, path in written.items():
        _write(path, rows[act])
    return written


def _act(week: int) -> str:
    return "weeks_1_12" if week < JUDGE_WEEK else "week_13" if week == JUDGE_WEEK else "rest"


def _week(story: Story, week: int, plans: Sequence[Plan], *, seed: int) -> list[Row]:
    rows: list[Row] = []
    for dimension, judged in JUDGED.items():
        rng = np.random.default_rng([seed, week, *dimension.encode()])
        taken: set[tuple[date, int]] = set()
        if week == 1:
            anchors = _anchors(plans, dimension, seed=seed)
            taken = {item.place for item in anchors}
            rows += _labelled(anchors, Batch(dimension, ANCHOR, DATASET, read_anew=False), rng)
        batch = Batch(dimension, FRESH, "", read_anew=story.reads_rubric_anew(week))
        items = [item for item in _candidates(plans, dimension) if item.place not in taken]
        rows += _labelled(_drawn(items, judged.fresh, rng), batch, rng)
    return rows


def _anchors(plans: Sequence[Plan], dimension: str, *, seed: int) -> list[Candidate]:
    rng = np.random.default_rng([seed, 0, *dimension.encode()])
    return _drawn(_candidates(plans[:ANCHOR_DAYS], dimension), ANCHORS, rng)


def _relabelled(story: Story, plans: Sequence[Plan], *, seed: int) -> list[Row]:
    """Return anchors of tone, labelled again by the rubric as it is read now."""
    rng = np.random.default_rng([seed, RELABEL_WEEK])
    items = _drawn(_anchors(plans, "tone", seed=seed), RELABELLED_ITEMS, rng)
    batch = Batch("tone", ANCHOR, RELABELLED_DATASET, read_anew=True, labelled_at=story.monday(RELABEL_WEEK))
    return _labelled(items, batch, rng)


def _candidates(plans: Iterable[Plan], dimension: str) -> list[Candidate]:
    judged = JUDGED[dimension]
    candidates = []
    for plan in plans:
        kinds, inside = getattr(plan, judged.column), judged.frame(plan).tolist()
        candidates += [
            Candidate(plan, position, kind)
            for position, kind in enumerate(kinds.tolist())
            if inside[position]
        ]
    return candidates


def _drawn(items: Sequence[Candidate], size: int, rng: np.random.Generator) -> list[Candidate]:
    """Return a simple random sample, all of them where there are fewer."""
    return [items[position] for position in rng.permutation(len(items))[:size]]


def _labelled(items: Iterable[Candidate], batch: Batch, rng: np.random.Generator) -> list[Row]:
    """Return the rows of a batch; of some items three people's, of whom at most one disagrees."""
    words = labels_of(batch.dimension, read_anew=batch.read_anew)
    rows = []
    for item in items:
        people = list(rng.permutation(ANNOTATORS)[: 3 if rng.random() < PANEL_SHARE else 1])
        dissenter = people[-1] if len(people) > 1 and rng.random() < DISSENT_SHARE else None
        for person in people:
            label = words[item.kind]
            answer = _another(label, words) if person == dissenter else label
            rows.append(_row(item, batch, str(person), answer))
    return rows


def _another(label: str, words: Mapping[int, str]) -> str:
    """Return the label of one who sees it differently: in refusals, of the same answer."""
    turned = {
        "rightly_answered": "under_refused", "under_refused": "rightly_answered",
        "rightly_refused": "over_refused", "over_refused": "rightly_refused",
    }  # fmt: skip
    return turned.get(label) or next(word for word in words.values() if word != label)


def _row(item: Candidate, batch: Batch, annotator: str, label: str) -> Row:
    day = item.plan.day
    sunday = day + timedelta(days=6 - day.weekday())
    labelled_at = batch.labelled_at or min(day + timedelta(days=1), sunday)
    return (
        item.plan.trace_id(item.position), batch.dimension, annotator, label, RUBRIC, batch.dataset,
        batch.role,
        labelled_at.isoformat(), "",
    )  # fmt: skip


def _write(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
