"""Reads Label Studio's JSON export: tasks with their data, and the annotations that people gave."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.labels.consensus import ADJUDICATED
from behavior_pipeline.labels.formats.controls import Controls, cell_text, texts_of
from behavior_pipeline.labels.records import Note, Problem, Records, by_column

VERDICTS = ("choices", "rating", "number")
SEVERAL = "several choices were made where one is asked"
CONFLICTING = "one control holds several results that differ"
SKIPPED = "was skipped by its annotator"
NO_VERDICT = "holds no verdict of a dimension"


def task_records(tasks: Iterable[tuple[int, Mapping[str, Any]]], controls: Controls) -> Records:
    """Return the records of tasks, numbered as they stand in the file; their format is Label Studio's.

    See https://labelstud.io/guide/task_format. A ground-truth annotation counts for its annotator and as the
    adjudicated label.
    """
    tasks = list(tasks)
    read = _Reader(controls)
    read.people = {
        cell_text(one.get("id")): person(one)
        for _, task in tasks
        for one in annotations(task)
        if isinstance(one, dict)
    }
    for number, task in tasks:
        read.task(number, task)
    records = by_column("label-studio", read.rows, read.places)
    records.problems.extend(read.problems)
    records.notes.extend(read.notes())
    return records


class _Reader:
    """Collects rows and problems of the tasks of one file."""

    def __init__(self, controls: Controls) -> None:
        self.controls = controls
        self.rows: list[dict[str, str]] = []
        self.places: list[str] = []
        self.problems: list[Problem] = []
        self.unused: Counter[str] = Counter()
        self.people: Mapping[str, str] = {}

    def task(self, number: int, task: Mapping[str, Any]) -> None:
        """Read a task and its annotations."""
        data, annotations_of_task = task.get("data"), annotations(task)
        if not isinstance(data, dict):
            self.problems.append(Problem(f"task {number}", "has no data"))
            return
        predicted = task.get("predictions")
        self.unused["predictions"] += len(predicted) if isinstance(predicted, list) else 0
        self.unused["tasks"] += not annotations_of_task
        about = {**self.controls.of_item(data), "task": cell_text(task.get("id"))}
        for place, one in enumerate(annotations_of_task, 1):
            where = f"task {number}, annotation {place}"
            if isinstance(one, dict):
                self.annotation(where, one, about)
            else:
                self.problems.append(Problem(where, "is no annotation"))

    def annotation(self, where: str, given: Mapping[str, Any], about: Mapping[str, str]) -> None:
        """Read one annotation: a row for each verdict in it."""
        if given.get("was_cancelled") or given.get("skipped"):
            self.problems.append(Problem(where, SKIPPED))
            return
        who, parent = person(given), cell_text(given.get("parent_annotation"))
        row = {
            **about, "annotator": who, "annotation": cell_text(given.get("id")),
            "labelled_at": cell_text(given.get("updated_at") or given.get("created_at")),
            "corrects": "yes" if parent and self.people.get(parent) == who else "",
        }  # fmt: skip
        verdicts, texts = _results(given.get("result"))
        names = {name for name, _ in verdicts}
        verdicts, conflicts = _settled(verdicts)
        self.problems.extend(Problem(where, CONFLICTING) for _ in range(conflicts))
        verdicts_used = conflicts
        for control, label in verdicts:
            dimension = self.controls.dimension(control, about, only=len(names) == 1)
            if dimension is None:
                self.unused["verdicts"] += 1
                continue
            verdicts_used += 1
            if label is None:
                self.problems.append(Problem(where, SEVERAL))
                continue
            text = texts_of(control, dimension, texts, controls=names)
            self._add(where, {**row, "dimension": dimension, "label": label, "text": text})
            if given.get("ground_truth") is True and who != ADJUDICATED:
                self._add(where, {**row, "dimension": dimension, "label": label, "annotator": ADJUDICATED})
        if not verdicts_used:
            self.problems.append(Problem(where, NO_VERDICT))

    def _add(self, where: str, row: dict[str, str]) -> None:
        self.rows.append(row)
        self.places.append(where)

    def notes(self) -> list[Note]:
        """Return what of the file is not read as labels."""
        words = {
            "tasks": "tasks hold no annotation",
            "predictions": "predictions stand beside the annotations; they are no labels",
            "verdicts": "verdicts are of controls that are called like no dimension",
        }
        return [
            Note("not_used", f"{self.unused[name]} {text}", self.unused[name])
            for name, text in words.items()
            if self.unused[name]
        ]


def annotations(task: Mapping[str, Any]) -> list[Any]:
    """Return a task's annotations; `completions` is what they were called before version 1."""
    given = task.get("annotations", task.get("completions"))
    return given if isinstance(given, list) else []


def person(annotation: Mapping[str, Any]) -> str:
    """Return who completed an annotation: the e-mail address where the export has it, else the id."""
    who = annotation.get("completed_by")
    return cell_text(who.get("email") or who.get("id")) if isinstance(who, dict) else cell_text(who)


def _results(results: Any) -> tuple[list[tuple[str, str | None]], dict[str, str]]:
    """Return verdicts by control (None where several choices were made) and texts by control."""
    verdicts: list[tuple[str, str | None]] = []
    texts: dict[str, str] = {}
    for result in results if isinstance(results, list) else []:
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict):
            continue
        control = cell_text(result.get("from_name"))
        if result.get("type") == "textarea":
            texts[control] = "\n".join(filter(None, [texts.get(control), text_of(value.get("text"))]))
        elif (kind := next((name for name in VERDICTS if name in value), None)) is not None:
            verdicts.append((control, verdict(value[kind])))
    return verdicts, texts


def _settled(verdicts: list[tuple[str, str | None]]) -> tuple[list[tuple[str, str | None]], int]:
    """Return each control's verdict once, and how many controls have several that differ."""
    by_control: dict[str, set[str | None]] = {}
    for control, label in verdicts:
        by_control.setdefault(control, set()).add(label)
    settled = [(control, next(iter(labels))) for control, labels in by_control.items() if len(labels) == 1]
    return settled, len(by_control) - len(settled)


def verdict(value: Any) -> str | None:
    """Return the one choice, rating or number of a result as a label; None where there are several."""
    if isinstance(value, list):
        return None if len(value) > 1 else verdict(value[0]) if value else ""
    whole = isinstance(value, float) and value.is_integer()
    return cell_text(int(value) if whole else value)


def text_of(value: Any) -> str:
    """Return the text of a text area, which is a list of what was submitted."""
    return "\n".join(map(cell_text, value)) if isinstance(value, list) else cell_text(value)
