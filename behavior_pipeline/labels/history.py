"""What one annotator said of one item over time: a correction is a row of its own; the last one counts."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from behavior_pipeline.labels.latest import CHAIN, chains
from behavior_pipeline.labels.records import Problem
from behavior_pipeline.labels.validate import YES
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.words import ANCHOR

ORDER = ["labelled_at", "given_at", "imported"]
AGAIN = "the same label again"
STORED = "already imported"
CONTRADICTS = "contradicts an earlier line"
CONTRADICTS_STORED = "contradicts a label that was imported before"
HINT = "; a later labelled_at, or the column corrects, makes it a correction"
OLDER = "is older than the label that it corrects"
OTHER_CHAIN = "corrects names a label of another item, annotator, rubric or dataset"
TWICE = "labelled anew in the week of its label; the two cannot be told apart"
CLOSED = "its calibration set exists and never changes; use a new dataset_version"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
Chain = tuple[str, ...]


@dataclass
class GivenLabel:
    """A label of a chain; `at` is None where only the day is known, `row` where it is stored already."""

    day: date
    at: datetime | None
    answer: str
    row: int | None = None

    @property
    def moment(self) -> tuple[date, datetime]:
        """Return what labels are ordered by; of a day's, those without a time come first."""
        return self.day, self.at or LONG_AGO


def chained(rows: pd.DataFrame) -> pd.DataFrame:
    """Return labels with their place in the history of annotator and item: revision, label_id, corrects.

    `rows` has the columns of content.labels but these. They follow from the rows alone, in whatever order
    the files were imported that hold them, as long as no two say different things of the same moment.
    """
    rows = rows.sort_values(ORDER, kind="stable", na_position="first")
    keys = chains(rows)
    revision = revisions(rows)
    ids = pd.Series(map(chain_id, keys.itertuples(index=False, name=None)), index=rows.index)
    before = ids + "." + (revision - 1).astype(str)
    return rows.assign(
        revision=revision,
        label_id=ids + "." + revision.astype(str),
        corrects=before.where(revision > 0, None),
    ).sort_index()


def revisions(rows: pd.DataFrame) -> "pd.Series[int]":
    """Return how many labels of its chain come before each label."""
    keys = chains(rows.sort_values(ORDER, kind="stable", na_position="first"))
    return keys.groupby(list(keys), sort=False).cumcount()


def chain_id(chain: Iterable[Any]) -> str:
    """Return the part of a label's id that all labels of an annotator for an item share."""
    return short_digest("\x1f".join(map(str, chain)))


def new_rows(
    rows: pd.DataFrame,
    stored: pd.DataFrame,
    *,
    closed: Set[tuple[str, str]],
    before: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the rows that bring something new, in the order of the file, and why the others do not.

    `stored` are the labels of other files; `before` those that this file brought when it was imported before:
    they stay, whatever later files said of them. `closed` are the calibration sets (dimension, dataset) that
    no row may be added to.
    """
    rows = rows.reset_index(drop=True)
    known = _Known(stored.merge(rows[CHAIN].drop_duplicates(), on=CHAIN) if len(stored) else stored)
    sets = zip(rows["dimension"], rows["dataset_version"], strict=True)
    fixed = [role == ANCHOR and name in closed for role, name in zip(rows["role"], sets, strict=True)]
    problems, kept, times = [], [], []
    again = _times(before)
    entries = zip(_chains(rows), rows["week"], _given_labels(rows), rows["named"], fixed, strict=True)
    for number, (chain, week, label, named, is_closed) in enumerate(entries):
        label.row, why = number, None
        if times_before := again.get((chain, label.day, label.answer)):
            label.at = times_before.pop(0)
        else:
            why = known.refusal(chain, week, label, named) or (CLOSED if is_closed else None)
        if why is None:
            known.add(chain, week, label)
            kept.append(number)
            times.append(label.at)
        else:
            problems.append(Problem(str(rows["place"].iat[number]), why))
    new = rows.iloc[kept].drop(columns="named").reset_index(drop=True)
    new["given_at"] = pd.to_datetime(pd.Series(times, dtype=object), utc=True)
    return new, problems


def _times(before: pd.DataFrame | None) -> dict[tuple[Chain, date, str], list[datetime | None]]:
    """Return at which times of a day each label was given that a file brought before."""
    times: dict[tuple[Chain, date, str], list[datetime | None]] = {}
    if before is not None and len(before):
        for chain, label in zip(_chains(before), _given_labels(before), strict=True):
            times.setdefault((chain, label.day, label.answer), []).append(label.at)
    return times


class _Known:
    """What is known of each chain while a file is gone through, and which weeks have labels or relabels."""

    def __init__(self, stored: pd.DataFrame) -> None:
        self._histories: dict[Chain, list[GivenLabel]] = {}
        self._weeks: dict[tuple[Any, ...], bool] = {}
        if len(stored):
            for chain, week, label in zip(
                _chains(stored), stored["week"], _given_labels(stored), strict=True
            ):
                self.add(chain, week, label)

    def refusal(self, chain: Chain, week: Any, label: GivenLabel, named: str) -> str | None:
        """Return why a label adds nothing."""
        why = refusal(self._histories.get(chain, []), label, named, chain=chain)
        is_again = bool(chain[-1])
        return why or (TWICE if self._weeks.get((*chain[:-1], week), is_again) != is_again else None)

    def add(self, chain: Chain, week: Any, label: GivenLabel) -> None:
        """Take a label into its history, by its moment."""
        history = self._histories.setdefault(chain, [])
        history.insert(_place(history, label), label)
        self._weeks[(*chain[:-1], week)] = bool(chain[-1])


def refusal(history: list[GivenLabel], label: GivenLabel, named: str, *, chain: Iterable[Any]) -> str | None:
    """Return why a label adds nothing to its history, or None; what it corrects lends it its time of day."""
    if not history:
        return None
    if named:
        return _no_correction(history, label, named, chain=chain)
    same = [other for other in history if _same_moment(other, label)]
    if same:
        twin = next((other for other in same if other.answer == label.answer), None)
        return _repeated(twin) if twin else _contradicted(same[-1])
    at = _place(history, label)
    near = [other for other in history[max(at - 1, 0) : at + 1] if other.answer == label.answer]
    return _repeated(near[0]) if near else None


def _no_correction(
    history: list[GivenLabel], label: GivenLabel, named: str, *, chain: Iterable[Any]
) -> str | None:
    """Return why a label that says it corrects one does not; only what is stored already can say it, too."""
    last = history[-1]
    stored = [other for other in history if other.row is None and _same_moment(other, label)]
    for other in (last, *stored):
        if other.answer == label.answer:
            return _repeated(other)
    if named.lower() not in YES and named.partition(".")[0] != chain_id(chain):
        return OTHER_CHAIN
    if label.day < last.day or (label.at is not None and label.moment < last.moment):
        return OLDER
    if label.at is None and label.day == last.day:
        label.at = last.at
    return None


def _repeated(other: GivenLabel) -> str:
    return STORED if other.row is None else AGAIN


def _contradicted(other: GivenLabel) -> str:
    return (CONTRADICTS_STORED if other.row is None else CONTRADICTS) + HINT


def _same_moment(one: GivenLabel, other: GivenLabel) -> bool:
    """Return whether nothing says which of two labels came first."""
    return one.day == other.day and (one.at is None or other.at is None or one.at == other.at)


def _place(history: list[GivenLabel], label: GivenLabel) -> int:
    return sum(other.moment <= label.moment for other in history) if history else 0


def _chains(rows: pd.DataFrame) -> Iterable[Chain]:
    return chains(rows).itertuples(index=False, name=None) if len(rows) else ()


def _given_labels(rows: pd.DataFrame) -> Iterable[GivenLabel]:
    days = [day.date() for day in rows["labelled_at"]]
    times = [None if pd.isna(at) else at.to_pydatetime() for at in rows["given_at"]]
    return (GivenLabel(*entry) for entry in zip(days, times, rows["label"], strict=True))
