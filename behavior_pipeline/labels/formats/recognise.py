"""Recognises what a label file is by what stands in it, and reads its records."""

import codecs
from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.formats.controls import Controls
from behavior_pipeline.labels.formats.csv import csv_records, refusal
from behavior_pipeline.labels.formats.json import json_documents
from behavior_pipeline.labels.formats.label_studio import task_records
from behavior_pipeline.labels.formats.label_studio_min import flat_records
from behavior_pipeline.labels.records import FIELDS, Problem, Records
from behavior_pipeline.settings.model import Labels

OTHER_UNICODE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def read_records(raw: bytes, name: str, *, rules: Labels, specs: Mapping[str, DimensionSpec]) -> Records:
    """Return the records of a CSV, of Label Studio's JSON or of its JSON-MIN export.

    InputError where the file is none of them, so that nothing of it can be used.
    """
    body = raw.removeprefix(codecs.BOM_UTF8).lstrip()
    if raw.startswith(OTHER_UNICODE):
        raise refusal(name, "is in UTF-16 or UTF-32", "save it in UTF-8")
    if not body:
        raise refusal(name, "is empty", "export the labels again")
    if body[:1] in (b"[", b"{"):
        return _json_records(body, name, Controls(frozenset(specs), rules))
    return csv_records(raw.decode("utf-8-sig", "surrogateescape"), name, rules=rules)


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
