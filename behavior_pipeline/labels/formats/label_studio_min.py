"""Reads Label Studio's JSON-MIN and CSV exports: one flat record an annotation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import parsed
from behavior_pipeline.labels.formats.controls import RATIONALE, Controls, cell_text
from behavior_pipeline.labels.formats.label_studio import (
    NO_VERDICT,
    SEVERAL,
    person,
    text_of,
    verdict,
)
from behavior_pipeline.labels.records import LINE, Kind, Problem, Records, by_column


def cells_as_flat(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Return a row of the CSV export as JSON-MIN has it: what is no single choice stands there as JSON."""
    return {
        name: parsed(cell) if cell[:1] in ("{", "[") else cell
        for name, cell in zip(header, cells, strict=False)
    }


def flat_records(
    flats: Iterable[tuple[int, Mapping[str, Any]]], controls: Controls, *, kind: Kind = "label-studio-min"
) -> Records:
    """Return the records of flat annotations, numbered as they stand in the file (of a CSV, by its lines).

    A record holds the task's data and, beside it, a value for each control: the choice itself, or a list of
    what was chosen as in `[{"rating": 4}]`. Skipped annotations are not in such a file.
    """
    rows: list[dict[str, str]] = []
    places: list[str] = []
    problems: list[Problem] = []
    for number, flat in flats:
        where = f"{LINE}{number}" if kind == "label-studio-csv" else f"record {number}"
        about = {**controls.of_item(flat), **_given(flat)}
        verdicts = _verdicts(flat, about, controls)
        if not verdicts:
            problems.append(Problem(where, NO_VERDICT))
        for dimension, (control, label) in verdicts.items():
            if label is None:
                problems.append(Problem(where, SEVERAL))
                continue
            text = _rationale(flat, control, dimension)
            rows.append({**about, "dimension": dimension, "label": label, "text": text})
            places.append(where)
    records = by_column(kind, rows, places)
    records.problems.extend(problems)
    return records


def _given(flat: Mapping[str, Any]) -> dict[str, str]:
    return {
        "annotator": person({"completed_by": flat.get("annotator")}),
        "labelled_at": cell_text(flat.get("updated_at") or flat.get("created_at")),
        "task": cell_text(flat.get("id")),
        "annotation": cell_text(flat.get("annotation_id")),
    }


def _verdicts(
    flat: Mapping[str, Any], about: Mapping[str, str], controls: Controls
) -> dict[str, tuple[str, str | None]]:
    """Return control and verdict by dimension."""
    label = controls.rules.columns.get("label", "label")
    by_dimension = {}
    for key, value in flat.items():
        if key == label or not controls.is_field(key):
            dimension = controls.dimension(key, about, only=False)
            if dimension is not None:
                by_dimension[dimension] = key, _verdict(value)
    return by_dimension


def _verdict(value: Any) -> str | None:
    """Return the verdict of what one control holds, which may be wrapped: `[{"rating": 4}]`."""
    if isinstance(value, list):
        return None if len(value) > 1 else _verdict(value[0]) if value else ""
    if isinstance(value, dict):
        values = [value[name] for name in ("choices", "rating", "number") if name in value]
        return verdict(values[0]) if values else ""
    return verdict(value)


def _rationale(flat: Mapping[str, Any], control: str, dimension: str) -> str:
    value = flat.get(f"{control}{RATIONALE}", flat.get(f"{dimension}{RATIONALE}"))
    parts = value if isinstance(value, list) else [value]
    texts = (text_of(part.get("text")) if isinstance(part, dict) else cell_text(part) for part in parts)
    return "\n".join(filter(None, texts))
