"""Command labels queue: writes the items that people are to label next, as a CSV or for Label Studio."""

import os
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console

from behavior_pipeline.datafiles.label_files import trace_labels
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.labelling import tasks
from behavior_pipeline.labelling.queue import answered_of
from behavior_pipeline.labels.formats.to_label_studio import labelling_config
from behavior_pipeline.labels.latest import under_declared_rubric
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.judged_items import cases_of
from behavior_pipeline.steps.pipeline import dimensions, open_lake

PRIVATE = 0o600
WEEK = "SELECT max(week) AS week FROM analysis.label_queue WHERE dimension = $dimension"
GATES = """
SELECT subject, reason, labels, labels_missing FROM analysis.maintenance_plan
WHERE task = 'gate' AND dimension = $dimension AND week = (SELECT max(week) FROM analysis.maintenance_plan)
ORDER BY subject
"""
LATEST = "the latest one"


class Format(StrEnum):
    """What labels and tasks are written as."""

    CSV = "csv"
    LABEL_STUDIO = "label-studio"


class Role(StrEnum):
    """Which items are written; diagnostic ones are for the rubric's sake and enter no agreement."""

    ALL = "all"
    FRESH = "fresh"
    RELABEL = "relabel"
    DIAGNOSTIC = "diagnostic"


def queue_file(
    file: Annotated[Path, typer.Argument(help="Where to write; it holds texts of users (redacted).")],
    *,
    dimension: Annotated[str, typer.Option(help="The dimension to label.")],
    week: Annotated[str, typer.Option(help="The Monday of the week whose traces are asked about.")] = LATEST,
    day: Annotated[
        str | None, typer.Option(help="A judge's first queue: the day on which it scored first.")
    ] = None,
    judge: Annotated[str | None, typer.Option(help="With --day: which judge, if several scored.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.CSV,
    role: Annotated[Role, typer.Option(help="Which items.")] = Role.ALL,
    first: Annotated[int | None, typer.Option(min=1, help="No more than so many items.")] = None,
    labelled: Annotated[bool, typer.Option("--labelled", help="Items that have labels now, too.")] = False,
) -> None:
    """Write the queue of a dimension: any beginning of its fresh items is a probability sample.

    Label from the top and stop where you like, then `labels import` the file. Do not show labellers the
    columns stratum and inclusion_probability.
    """
    spec = _judged(dimension)
    rows, name = _of_day(spec.name, day, judge) if day else _of_week(spec.name, week)
    rows = rows if role is Role.ALL else rows[rows["role"] == role.value]
    rows = rows if labelled else _without_answers(spec, rows)
    items = _tasks(spec, rows if first is None else rows.head(first))
    as_form: dict[Format, Callable[[Sequence[dict[str, Any]]], str]] = {
        Format.CSV: tasks.as_csv, Format.LABEL_STUDIO: tasks.as_label_studio,
    }  # fmt: skip
    write_private(file, as_form[form](items))
    console = Console(highlight=False, markup=False)
    console.print(f"{file}: {len(items)} items of {name}", markup=False)
    if unstored := min(len(rows), first or len(rows)) - len(items):
        console.print(f"  {unstored} more have traces that are not stored and were left out")
    for line in _gates(spec.name):
        console.print(f"  {line}", markup=False)
    if form is Format.LABEL_STUDIO:
        console.print(f"labelling interface:\n{labelling_config(spec)}", markup=False, soft_wrap=True)


def _gates(dimension: str) -> list[str]:
    """Return how many labels more would open the dimension's shut gates, or why none would."""
    rows = open_lake().sql(GATES, {"dimension": dimension}).to_dict("records")
    return [
        f"gate of {row['subject']}: {Reason(row['reason']).hint}"
        if pd.isna(row["labels_missing"])
        else f"gate of {row['subject']}: shut; {row['labels_missing']} labels more open it if the agreement"
        f" of the {row['labels']} there are stays as it is"
        for row in rows
    ]


def _judged(dimension: str) -> DimensionSpec:
    judged = {name: spec for name, spec in dimensions().items() if spec.judge}
    if dimension not in judged:
        raise InputError(
            happened=f"no dimension with a judge is called {dimension!r}",
            kept="nothing was written", remedy=f"choose one of {sorted(judged)}",
        )  # fmt: skip
    return judged[dimension]


def _of_week(dimension: str, week: str) -> tuple[pd.DataFrame, str]:
    monday = (
        open_lake().sql(WEEK, {"dimension": dimension})["week"].iloc[0] if week == LATEST else _date(week)
    )
    rows = pd.DataFrame()
    if not pd.isna(monday):
        rows = open_lake().read("label_queue", {"week": monday, "dimension": dimension})
    if rows.empty:
        raise InputError(
            happened=f"there is no queue of {dimension}"
            + ("" if week == LATEST else f" for the week of {week}"),
            kept="nothing was written",
            remedy="run the week whose traces are to be labelled (`run`, or materialise label_queue);"
            " --week takes its Monday",
        )
    return rows, f"{dimension}, week of {str(monday)[:10]}"


def _of_day(dimension: str, day: str, judge: str | None) -> tuple[pd.DataFrame, str]:
    rows = open_lake().read("recalibration_queue", {"day": _date(day), "dimension": dimension})
    judges = sorted(rows["judge"].unique())
    if judge is None and len(judges) == 1:
        judge = judges[0]
    if judge not in judges:
        raise InputError(
            happened=f"{dimension} on {day}: {judges or 'no judge'} scored"
            + (f", not {judge}" if judge else "; which one is meant?"),
            kept="nothing was written",
            remedy="name one of them with --judge" if judges else "choose a day that is run",
        )
    return rows[rows["judge"] == judge], f"{dimension}, {judge} on {day}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            happened=f"{text!r} is no date", kept="nothing was written", remedy="write it as YYYY-MM-DD"
        ) from None


def _without_answers(spec: DimensionSpec, rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out fresh items that were labelled since the queue was made."""
    answered = answered_of(under_declared_rubric(trace_labels(settings().root), spec))
    return rows[(rows["role"] != "fresh") | ~rows["trace_id"].isin(answered)]


def _tasks(spec: DimensionSpec, rows: pd.DataFrame) -> list[dict[str, Any]]:
    return tasks.tasks(rows, spec, cases_of(open_lake(), set(rows["trace_id"])))


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read: it holds what users wrote."""
    try:
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8", newline=""
        ) as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(
            happened=f"{file} cannot be written: {type(error).__name__}",
            kept="what is in the lake",
            remedy="name another file",
        ) from None
