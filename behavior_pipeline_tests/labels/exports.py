"""Exports of labelling tools as they write them, for tests; the fields are those of real exports."""

from typing import Any

Json = dict[str, Any]


def result(control: str, kind: str, value: Json) -> Json:
    return {
        "id": "CJIqR5nmdF", "from_name": control, "to_name": "output_text", "type": kind, "origin": "manual",
        "value": value,
    }  # fmt: skip


def choice(control: str, *labels: str) -> Json:
    return result(control, "choices", {"choices": list(labels)})


def annotation(
    number: int, who: Any, *results: Json, at: str = "2026-03-04T09:12:27.480432Z", **other: Any
) -> Json:
    return {
        "id": number, "completed_by": who, "result": list(results), "was_cancelled": False,
        "ground_truth": False, "created_at": "2026-03-04T09:00:00.000000Z", "updated_at": at,
        "draft_created_at": None, "lead_time": 16.135, "prediction": {}, "result_count": len(results),
        "unique_id": "4be41e98-2176-4ba2-b23c-512eeb09e8b9", "import_id": None, "last_action": None,
        "task": 1, "project": 6, "updated_by": 1, "parent_prediction": None, "parent_annotation": None,
        "last_created_by": None, **other,
    }  # fmt: skip


def task(number: int, *annotations: Json, **data: Any) -> Json:
    return {
        "id": number, "annotations": list(annotations), "file_upload": "cfd61273-tasks.json", "drafts": [],
        "predictions": [], "data": {"output_text": "So sorry.", "trace_id": "a1"} | data, "meta": {},
        "created_at": "2026-03-01T17:04:38.137386Z", "updated_at": "2026-03-04T09:12:27.500000Z",
        "inner_id": number, "total_annotations": len(annotations), "cancelled_annotations": 0,
        "total_predictions": 0, "comment_count": 0, "unresolved_comment_count": 0,
        "last_comment_updated_at": None, "project": 6, "updated_by": 1, "comment_authors": [],
    }  # fmt: skip


def user(email: str, number: int = 7) -> Json:
    return {"id": number, "email": email, "first_name": "", "last_name": ""}


def flat(number: int, who: Any, **values: Any) -> Json:
    """Return a record of a JSON-MIN export: the data, a value for each control, who and when."""
    return {
        "output_text": "So sorry.", "trace_id": "a1", "id": number, "annotator": who,
        "annotation_id": number + 100, "created_at": "2026-03-04T09:00:00.000000Z",
        "updated_at": "2026-03-04T09:12:27.480432Z", "lead_time": 16.135, **values,
    }  # fmt: skip
