"""Writes what Label Studio is given: a dimension's labelling configuration, and labels as annotated tasks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.consensus import ADJUDICATED
from behavior_pipeline.labels.formats.controls import RATIONALE
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.values import records

ANSWER = "output_text"
WITHOUT_JUDGE = ("input_text", ANSWER)
TASK = (
    "item_id", "trace_id", "role", "rubric_version", "dataset_version", "stratum", "inclusion_probability",
)  # fmt: skip
MOST_DIGITS = 9
Row = dict[str, Any]


def read_fields(spec: DimensionSpec) -> tuple[str, ...]:
    """Return the fields of a trace that people read: those that the judge reads, the answer as the last."""
    fields = spec.judge.reads if spec.judge is not None else WITHOUT_JUDGE
    return tuple(sorted(fields, key=lambda name: name == ANSWER))


def rating_steps(spec: DimensionSpec) -> int | None:
    """Return how many stars a graded scale has whose labels count from 1; None where labels are choices."""
    count = len(spec.scale.labels)
    counted = set(spec.scale.labels) == {str(step) for step in range(1, count + 1)}
    return count if spec.scale.kind == "graded" and counted else None


def labelling_config(spec: DimensionSpec) -> str:
    """Return the XML: rubric, texts, one control named after the dimension, and one for a rationale."""
    view = ET.Element("View")
    ET.SubElement(view, "Header", value=f"{spec.name}, rubric {spec.rubric_version}: {spec.description}")
    panel = ET.SubElement(ET.SubElement(view, "Collapse"), "Panel", value="Rubric")
    for line in filter(None, map(str.strip, spec.rubric.splitlines())):
        # A value that begins with a dollar sign would name a field of the task.
        ET.SubElement(panel, "Header", size="6", value=f" {line}" if line.startswith("$") else line)
    for name in read_fields(spec):
        ET.SubElement(view, "Header", size="5", value=name.replace("_", " "))
        ET.SubElement(view, "Text", name=name, value=f"${name}")
    asked = {"name": spec.name, "toName": read_fields(spec)[-1], "required": "true"}
    if steps := rating_steps(spec):
        ET.SubElement(view, "Rating", asked, maxRating=str(steps))
    else:
        choices = ET.SubElement(view, "Choices", asked, choice="single", showInline="true")
        for label in spec.scale.labels:
            ET.SubElement(choices, "Choice", value=label)
    about = {"name": spec.name + RATIONALE, "toName": read_fields(spec)[-1]}
    ET.SubElement(view, "TextArea", about, rows="3", maxSubmissions="1", editable="true", placeholder="Why?")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def label_studio_tasks(
    labels: pd.DataFrame, spec: DimensionSpec, contents: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return one task an item with an annotation for each label of it.

    `labels` are rows of content.labels of one dimension, `contents` the redacted texts by trace id; what is
    not there is an empty text, since Label Studio refuses a task that lacks a field of its configuration.
    """
    rows = labels.sort_values(["item_id", "revision", "annotator"], kind="stable")
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in records(rows):
        grouped.setdefault(tuple(row[name] for name in TASK), []).append(row)
    ids = {row["label_id"]: number for number, row in enumerate(_chain(grouped.values()), 1)}
    return [
        _task(number, labels_of_item, spec, ids=ids, content=contents.get(labels_of_item[0]["trace_id"], {}))
        for number, labels_of_item in enumerate(grouped.values(), 1)
    ]


def task_data(item: Mapping[str, Any], spec: DimensionSpec, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a task: what an import needs to know of the item, and what people read of it."""
    about = {name: item[name] for name in TASK if item.get(name) is not None}
    return {"dimension": spec.name, **about, **{name: content.get(name) or "" for name in read_fields(spec)}}


def _chain(groups: Iterable[list[Row]]) -> Iterable[Row]:
    return (row for group in groups for row in group)


def _task(
    number: int,
    rows: Sequence[Row],
    spec: DimensionSpec,
    *,
    ids: Mapping[str, int],
    content: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "id": number,
        "data": task_data(rows[0], spec, content),
        "annotations": [_annotation(row, number, spec, ids) for row in rows],
        "predictions": [],
    }


def _annotation(row: Row, task: int, spec: DimensionSpec, ids: Mapping[str, int]) -> dict[str, Any]:
    at = row["given_at"] if row["given_at"] is not None else row["labelled_at"]
    given = f"{at.strftime('%Y-%m-%dT%H:%M:%S.%f')}Z"
    return {
        "id": ids[row["label_id"]],
        "completed_by": _person(row["annotator"]),
        "result": _results(row, spec),
        "was_cancelled": False,
        "ground_truth": row["annotator"] == ADJUDICATED,
        "created_at": given,
        "updated_at": given,
        "lead_time": None,
        "task": task,
        "parent_annotation": ids.get(row["corrects"]),
    }


def _person(annotator: str) -> int | dict[str, str]:
    """Return an annotator as `completed_by`: a user id of Label Studio, or an object with the address."""
    is_id = annotator.isascii() and annotator.isdigit() and len(annotator) <= MOST_DIGITS
    return int(annotator) if is_id and str(int(annotator)) == annotator else {"email": annotator}


def _results(row: Row, spec: DimensionSpec) -> list[dict[str, Any]]:
    kind, value = ("rating", int(row["label"])) if rating_steps(spec) else ("choices", [row["label"]])
    results = [_result(row, spec, spec.name, kind, {kind: value})]
    if row["text"] is not None:
        results.append(_result(row, spec, spec.name + RATIONALE, "textarea", {"text": [row["text"]]}))
    return results


def _result(row: Row, spec: DimensionSpec, control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": short_digest([row["label_id"], control], length=10),
        "from_name": control,
        "to_name": read_fields(spec)[-1],
        "type": kind,
        "value": value,
    }
