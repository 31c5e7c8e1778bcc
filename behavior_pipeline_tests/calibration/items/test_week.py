"""What people together say of an item: a majority on a binary scale, the mean on a graded one."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.calibration.items.week import items_of_week
from behavior_pipeline.dimensions.spec import DimensionSpec, Scale
from behavior_pipeline_tests.calibration.frames import monday, spec

GRADES = {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0}


def graded() -> DimensionSpec:
    return spec().model_copy(update={"scale": Scale(kind="graded", labels=GRADES)})


def together(dimension: DimensionSpec, *items: dict[str, str]) -> list[dict[Any, Any]]:
    rows = [
        {
            "item_id": f"i{number}", "trace_id": f"t{number}", "annotator": annotator, "label": label,
            "dimension": "tone", "rubric_version": "v2", "role": "fresh", "dataset_version": "",
            "week": pd.Timestamp(monday(0)), "labelled_at": pd.Timestamp(monday(0)), "stratum": None,
            "inclusion_probability": None,
        }
        for number, given in enumerate(items)
        for annotator, label in given.items()
    ]  # fmt: skip
    week_items = items_of_week(pd.DataFrame(rows), dimension, week=monday(0), dataset="none")
    return week_items[["item_id", "human_label", "human_score", "annotators"]].to_dict("records")


@pytest.mark.parametrize(
    ("given", "label", "score"),
    [
        ({"a": "5", "b": "4", "c": "4"}, "4", 5 / 6),
        ({"a": "1", "b": "3", "c": "5"}, "3", 0.5),
        ({"a": "1", "b": "2"}, "1", 0.125),
        ({"a": "4"}, "4", 0.75),
        ({"a": "1", "b": "1", "adjudicated": "5"}, "5", 1.0),
    ],
    ids=["near", "all apart", "two, one apart", "alone", "adjudicated"],
)
def test_graded_labels_are_averaged_and_none_is_lost(given: dict[str, str], label: str, score: float) -> None:
    (item,) = together(graded(), given)
    assert (item["human_label"], item["annotators"]) == (label, len(given))
    assert item["human_score"] == pytest.approx(score)


def test_binary_labels_need_a_majority() -> None:
    items = together(
        spec(), {"a": "on_brand", "b": "off_brand"}, {"a": "on_brand", "b": "off_brand", "c": "off_brand"}
    )
    assert [(item["item_id"], item["human_label"], item["human_score"]) for item in items] == [
        ("i1", "off_brand", 0.0)
    ]
