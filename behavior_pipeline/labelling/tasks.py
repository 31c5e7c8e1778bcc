"""Writes a queue as what people work on: a CSV or tasks of Label Studio, with what the judge reads."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import JUDGED_FIELDS, DimensionSpec
from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.provenance.tuples import declared_rubric
from behavior_pipeline.values import none_if_missing, spreadsheet_cell

FILLED_IN = ("label", "annotator", "labelled_at", "text")  # columns that are empty until people write there
WHY_ASKED = ("position", "reason", "due")

Task = dict[str, Any]


def tasks(queue: pd.DataFrame, spec: DimensionSpec, traces: Iterable[Case]) -> list[Task]:
    """Return one task a row of a queue, in its order; rows whose trace is not stored have none.

    Beside the texts a task has what an import needs of its label: item, role, rubric, and the stratum and
    inclusion probability that make it part of a sample. It does not name the judge's verdict otherwise.
    """
    cases_by_trace = {case.trace_id: case for case in traces}
    reads = spec.judge.reads if spec.judge else ()
    return [
        {
            "position": int(row["position"]),
            "trace_id": row["trace_id"],
            "item_id": row["item_id"],
            "dimension": row["dimension"],
            **{name: as_text(getattr(cases_by_trace[row["trace_id"]], name)) for name in reads},
            "role": row["role"],
            "dataset_version": none_if_missing(row["dataset"]),
            "rubric_version": declared_rubric(row["rubric"]),
            "reason": row["reason"],
            "due": f"{row['due']:%Y-%m-%d}",
            "stratum": none_if_missing(row["stratum"]),
            "inclusion_probability": none_if_missing(row["inclusion_probability"]),
        }
        for row in queue.to_dict("records")
        if row["trace_id"] in cases_by_trace
    ]


def as_csv(queued: Sequence[Task]) -> str:
    """Return tasks as a CSV to be filled in; stratum and probability stand last, where they can be hidden.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    ours = list(queued[0]) if queued else []
    place = ours.index("role") if ours else 0
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [*ours[:place], *FILLED_IN, *ours[place:]], restval="")
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in task.items()} for task in queued)
    return stream.getvalue()


def as_label_studio(queued: Sequence[Task]) -> str:
    """Return tasks in Label Studio's JSON; `data` comes back with all its exports, `meta` with JSON only."""
    listed = [
        {
            # Label Studio refuses a task that lacks a field which its labelling interface shows.
            "data": {
                name: "" if value is None else value
                for name, value in task.items()
                if name not in WHY_ASKED and (value is not None or name in JUDGED_FIELDS)
            },
            "meta": {name: task[name] for name in WHY_ASKED},
        }
        for task in queued
    ]
    return json.dumps(listed, ensure_ascii=False, indent=1)


def as_text(value: str | Mapping[str, Any] | list[Any] | None) -> str | None:
    """Return a text as it is and anything else as JSON; what UTF-8 cannot hold becomes `?`."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")


def _safe(value: Any) -> Any:
    return spreadsheet_cell(value) if isinstance(value, str) else value
