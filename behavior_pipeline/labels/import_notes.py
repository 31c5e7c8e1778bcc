"""What whoever imports labels should know of them, beyond rows that cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.dumps.ids import TRACE_DIGITS, foreign_id, hex_id
from behavior_pipeline.labels.consensus import ADJUDICATED
from behavior_pipeline.labels.records import Note, Problem
from behavior_pipeline.labels.sets import anchors
from behavior_pipeline.provenance.tuples import declared_rubric
from behavior_pipeline.reasons import Reason

SAME_ANSWERS = 20  # items of one answer, from which on an annotator is named
ITEM = ["dimension", "item_id"]


def notes_on_rows(
    rows: pd.DataFrame,
    everything: pd.DataFrame,
    *,
    specs: Mapping[str, DimensionSpec],
    known_traces: set[str],
    start_day: date | None = None,
) -> list[Note]:
    """Return the notes on the kept rows of a file; `everything` are all labels, these among them.

    Both have the columns of content.labels.
    """
    return [
        *_corrections(rows),
        *_rubrics(rows, specs),
        *_same_answers(rows, everything),
        *_early(rows, start_day),
        *_waiting(rows, known_traces),
    ]


def notes_on_empty_file(read: int, problems: Sequence[Problem]) -> list[Note]:
    """Return the note on a file without records."""
    empty = not read and not problems
    return [Note("empty", "the file holds no labels", warning=True)] if empty else []


def notes_on_empty_sets(brought: pd.DataFrame, registered: set[tuple[str, str]]) -> list[Note]:
    """Return the notes on calibration sets that a file names and of which no label can be used."""
    counts = anchors(brought).value_counts(["dimension", "dataset_version"], sort=False).reset_index()
    return [
        Note(
            "empty_set",
            f"calibration set {dataset} of {dimension} would be empty and is not registered:"
            f" none of its {count} labels can be used",
            int(count),
            warning=True,
        )
        for dimension, dataset, count in counts.itertuples(index=False, name=None)
        if (dimension, dataset) not in registered
    ]


def _corrections(rows: pd.DataFrame) -> Iterator[Note]:
    corrected = rows[rows["revision"] > 0]
    for dimension, corrections in corrected.groupby("dimension", sort=True):
        count, first = len(corrections), corrections["labelled_at"].min()
        yield Note(
            "corrections",
            f"{count} labels of {dimension} correct earlier ones and count from their own weeks on,"
            f" the first from that of {first:%Y-%m-%d}",
            count,
        )


def _rubrics(rows: pd.DataFrame, specs: Mapping[str, DimensionSpec]) -> Iterator[Note]:
    """Say which rubrics a dimension's labels answer, where that is not just its own."""
    for dimension, labels in rows.groupby("dimension", sort=True):
        current = specs[str(dimension)].rubric_version
        counts = labels["rubric_version"].value_counts().sort_index()
        counting = {rubric: declared_rubric(str(rubric)) == current for rubric in counts.index}
        if all(counting.values()):
            continue
        counted = ", ".join(
            f"{count} of {rubric} ({'these count' if counting[rubric] else 'kept, do not count'})"
            for rubric, count in counts.items()
        )
        other = sum(int(count) for rubric, count in counts.items() if not counting[rubric])
        mixed = "mix rubrics" if len(counts) > 1 else "answer another rubric"
        yield Note(
            "rubrics",
            f"labels of {dimension} {mixed}: {counted}; its rubric is {current}",
            other,
            warning=True,
        )


def _same_answers(rows: pd.DataFrame, everything: pd.DataFrame) -> Iterator[Note]:
    """Name annotators who answer always the same where others, on the same items, do not."""
    people = everything[everything["annotator"] != ADJUDICATED]
    asked = people[people["dimension"].isin(set(rows["dimension"]))]
    for (dimension, annotator), answers in asked.groupby(["dimension", "annotator"], sort=True):
        if answers["item_id"].nunique() < SAME_ANSWERS or answers["label"].nunique() > 1:
            continue
        others = asked[
            (asked["dimension"] == dimension)
            & (asked["annotator"] != annotator)
            & asked["item_id"].isin(set(answers["item_id"]))
        ]
        label = answers["label"].iloc[0]
        apart = others.loc[others["label"] != label, "item_id"].nunique()
        if apart:
            yield Note(
                "same_answers",
                f"{annotator} answers {label} to all {answers['item_id'].nunique()} items of {dimension};"
                f" others say otherwise of {apart} of the {others['item_id'].nunique()} that they share",
                int(answers["item_id"].nunique()),
                warning=True,
            )


def _early(rows: pd.DataFrame, start_day: date | None) -> Iterator[Note]:
    early = int((rows["week"] < pd.Timestamp(start_day)).sum()) if start_day else 0
    if early:
        yield Note(
            "before_start",
            f"{early} labels were given in weeks before start_day ({start_day}) and are never read",
            early,
            warning=True,
        )


def _waiting(rows: pd.DataFrame, known_traces: set[str]) -> Iterator[Note]:
    waiting = [trace for trace in rows["trace_id"] if not _is_known(trace, known_traces)]
    if waiting:
        yield Note(
            "waiting",
            f"{len(waiting)} of the kept labels name traces that are in no stored dump yet;"
            " they count once the days that hold them are run",
            len(waiting),
        )
    texts = sum(hex_id(trace, TRACE_DIGITS) is None for trace in waiting)
    if texts:
        yield Note(
            "texts_as_ids",
            f"{texts} of them name no id of OpenTelemetry (32 hex digits): they join only traces that a"
            " product exported under the same text, and never those that came by OTLP",
            texts,
            warning=True,
        )


def _is_known(trace_id: str, known_traces: set[str]) -> bool:
    if trace_id in known_traces:
        return True
    is_text = hex_id(trace_id, TRACE_DIGITS) is None
    return is_text and foreign_id(trace_id, TRACE_DIGITS, Reason.BAD_TRACE_ID) in known_traces
