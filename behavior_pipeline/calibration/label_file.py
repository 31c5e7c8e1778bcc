"""Reads a label CSV: good rows are kept, bad rows are named by line and kept out."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import InputError
from behavior_pipeline.settings.model import Labels
from behavior_pipeline.tables.calibration import LABEL_ROLES, LABELS

REQUIRED = ("trace_id", "dimension", "label", "labelled_at")
DEFAULTS = {"annotator": "unknown", "role": "fresh", "dataset_version": "", "rubric_version": ""}
Row = dict[str, object]


@dataclass(frozen=True)
class Problem:
    """A row that was kept out: its line in the file and why; never its text."""

    line: int
    why: str


@dataclass(frozen=True)
class LabelFile:
    """The two halves of a label file."""

    labels: pd.DataFrame
    problems: list[Problem]


def read_label_file(path: Path, *, rules: Labels, specs: Mapping[str, DimensionSpec]) -> LabelFile:
    """Return the labels of a CSV in the shape of content.labels, and the rows that cannot be used.

    `known_traces` are the trace ids of the lake; None skips that check. A file without the required columns
    is an InputError: nothing of it can be used.
    """
    kept: dict[tuple[object, ...], Row] = {}
    problems: list[Problem] = []
    for line, raw in _rows(path, rules):
        row = _row(raw, path.name, specs, rules)
        if isinstance(row, str):
            problems.append(Problem(line, row))
            continue
        key = tuple(row[name] for name in LABELS.key)
        if key in kept:
            same = kept[key]["label"] == row["label"]
            problems.append(Problem(line, "the same label again" if same else "contradicts an earlier line"))
        else:
            kept[key] = row
    return LabelFile(pd.DataFrame(list(kept.values()), columns=list(LABELS.columns)), problems)


def _rows(path: Path, rules: Labels) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            names = {theirs: ours for ours, theirs in rules.columns.items()}
            held = [names.get(name, name) for name in reader.fieldnames or ()]
            if missing := [name for name in REQUIRED if name not in held]:
                raise InputError(
                    happened=f"{path.name} has no column for {missing}; it has {held}",
                    kept="the labels that were imported before",
                    remedy="name your columns under [labels.columns] in pipeline.toml,"
                    " as trace_id = 'your_column'",
                )
            for raw in reader:
                yield reader.line_num, {names.get(key, key): value or "" for key, value in raw.items() if key}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            happened=f"{path} cannot be read as a UTF-8 CSV: {type(error).__name__}",
            kept="the labels that were imported before",
            remedy="check the path and save the file as CSV in UTF-8",
        ) from None


def _row(raw: Mapping[str, str], file: str, specs: Mapping[str, DimensionSpec], rules: Labels) -> Row | str:
    """Return the row, or what is wrong with it."""
    held = {**DEFAULTS, **{key: value.strip() for key, value in raw.items() if value and value.strip()}}
    for column, words in rules.values.items():
        held[column] = words.get(held.get(column, ""), held.get(column, ""))
    spec = specs.get(held.get("dimension", ""))
    if spec is None:
        return f"unknown dimension; there are {sorted(specs)}"
    label = rules.labels.get(spec.name, {}).get(held.get("label", ""), held.get("label", ""))
    if unknown := _unknown_word(spec, label, held["role"]):
        return unknown
    try:
        labelled_at = date.fromisoformat(held.get("labelled_at", "")[:10])
        probability = float(held["inclusion_probability"]) if held.get("inclusion_probability") else None
    except ValueError:
        return "labelled_at is not a date (YYYY-MM-DD), or inclusion_probability no number"
    if probability is not None and not 0 < probability <= 1:
        return "inclusion_probability is not in (0, 1]"
    if not held.get("trace_id"):
        return "trace_id is empty"
    rubric = rules.rubrics.get(held["rubric_version"], held["rubric_version"]) or spec.rubric_version
    return {
        "week": labelled_at - timedelta(days=labelled_at.weekday()),
        "dimension": spec.name,
        "item_id": held.get("item_id") or held["trace_id"],
        "trace_id": held["trace_id"].lower(),
        "annotator": held["annotator"],
        "label": label,
        "rubric_version": rubric,
        "dataset_version": held["dataset_version"],
        "role": held["role"],
        "stratum": held.get("stratum"),
        "inclusion_probability": probability,
        "labelled_at": labelled_at,
        "text": held.get("text"),
        "file": file,
    }


def _unknown_word(spec: DimensionSpec, label: str, role: str) -> str | None:
    if spec.scale.score_of(label) is None:
        return f"label is not one of {spec.name}'s: {sorted(spec.scale.labels) or 'a number from 0 to 1'}"
    return None if role in LABEL_ROLES else f"role is not one of {LABEL_ROLES}"


def summary(problems: Iterable[Problem], *, most: int = 10) -> list[str]:
    """Return a line for each kind of problem with its count and first line numbers."""
    lines: dict[str, list[int]] = {}
    for problem in problems:
        lines.setdefault(problem.why, []).append(problem.line)
    return [
        f"{len(found)} rows: {why} (lines {', '.join(map(str, found[:most]))}"
        f"{', ...' if len(found) > most else ''})"
        for why, found in lines.items()
    ]
