"""Recognises what a label file is by what stands in it, and reads its records."""

import codecs
from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.formats.controls import Controls
from behavior_pipeline.labels.formats.csv import NOT_UTF8, UNDECODED, csv_records, refusal, rows_of
from behavior_pipeline.labels.formats.json import json_documents
from behavior_pipeline.labels.formats.label_studio import task_records
from behavior_pipeline.labels.formats.label_studio_min import cells_as_flat, flat_records
from behavior_pipeline.labels.records import FIELDS, LINE, Problem, Records
from behavior_pipeline.settings.model import Labels

OF_AN_ANNOTATION = frozenset({"annotation_id", "annotator", "lead_time"})
OTHER_UNICODE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def read_records(raw: bytes, name: str, *, rules: Labels, specs: Mapping[str, DimensionSpec]) -> Records:
    """Return the records of a CSV, or of an export of Label Studio's: JSON, JSON-MIN or CSV.

    InputError where the file is none of them, so that nothing of it can be used.
    """
    body = raw.removeprefix(codecs.BOM_UTF8).lstrip()
    if raw.startswith(OTHER_UNICODE):
        raise refusal(name, "is in UTF-16 or UTF-32", "save it in UTF-8")
    if not body:
        raise refusal(name, "is empty", "export the labels again")
    if body[:1] in (b"[", b"{"):
        return _json_records(body, name, Controls(frozenset(specs), rules))
    text = raw.decode("utf-8-sig", "surrogateescape")
    if _is_label_studio(text, rules):
        return _label_studio_csv(text, Controls(frozenset(specs), rules))
    return csv_records(text, name, rules=rules)


def _is_label_studio(text: str, rules: Labels) -> bool:
    """Return whether a CSV has the columns of Label Studio's export and none for a dimension or a label."""
    _, header = next(rows_of(text), (1, []))
    named = {rules.columns.get(name, name) for name in ("dimension", "label")}
    return set(header) >= OF_AN_ANNOTATION and not named <= set(header)


def _label_studio_csv(text: str, controls: Controls) -> Records:
    rows = rows_of(text)
    header = next(rows)[1]
    flats: list[tuple[int, Mapping[str, Any]]] = []
    problems: list[Problem] = []
    for line, cells in rows:
        if isinstance(cells, str) or UNDECODED.search("".join(cells)):
            problems.append(Problem(f"{LINE}{line}", cells if isinstance(cells, str) else NOT_UTF8))
        else:
            flats.append((line, cells_as_flat(list(header), cells)))
    records = flat_records(flats, controls, kind="label-studio-csv")
    records.problems.extend(problems)
    return records


def _json_records(raw: bytes, name: str, controls: Controls) -> Records:
    documents, problems = json_documents(raw)
    tasks: list[tuple[int, Mapping[str, Any]]] = []
    flats: list[tuple[int, Mapping[str, Any]]] = []
    for number, document in enumerate(documents, 1):
        if (task := _task(document)) is not None:
            tasks.append((number, task))
        elif isinstance(document, dict) and {"annotator", "annotation_id"} & set(document):
            flats.append((number, document))
        else:
            problems.append(Problem(f"task {number}", "is no task of Label Studio"))
    if documents and not tasks and not flats:
        raise refusal(
            name, "is JSON, but neither Label Studio's JSON nor its JSON-MIN export",
            "export the project as JSON; docs/labels.md shows what is read",
        )  # fmt: skip
    if not documents and problems:
        raise refusal(name, f"is broken: {problems[0].place} {problems[0].why}", "export the labels again")
    return _joined(task_records(tasks, controls), flat_records(flats, controls), problems)


def _task(document: Any) -> Mapping[str, Any] | None:
    """Return a document as a task; a file of a target storage is an annotation with its task in it."""
    if not isinstance(document, dict):
        return None
    inner = document.get("task")
    if isinstance(inner, dict) and "result" in document:
        return {**inner, "annotations": [document]}
    return document if {"annotations", "completions"} & set(document) or "data" in document else None


def _joined(tasks: Records, flats: Records, problems: list[Problem]) -> Records:
    first = flats if flats.places and not tasks.places else tasks
    return Records(
        first.kind,
        {name: [*tasks.columns[name], *flats.columns[name]] for name in FIELDS},
        [*tasks.places, *flats.places],
        first.named,
        [*problems, *tasks.problems, *flats.problems],
        [*tasks.notes, *flats.notes],
    )
