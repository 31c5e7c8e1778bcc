"""Exports of labelling tools: what can be read of them is, and the rest is named by its place."""

from typing import Any

import pytest

from behavior_pipeline.labels.records import Problem
from behavior_pipeline_tests.labels.reading import GOOD, HEADER, read
from behavior_pipeline_tests.public_cases.cases import case

SEVERAL = "several choices were made where one is asked"


def test_csv_of_label_studio_has_its_controls_as_columns() -> None:
    rows, problems, records = read(case("p18").read_text().replace("2026-07", "2026-03"))
    assert records.kind == "label-studio-csv"
    (row,) = rows.to_dict("records")
    assert (row["dimension"], row["label"], row["annotator"]) == ("tone", "on_brand", "1")
    assert (row["trace_id"], row["annotation"]) == ("0123456789abcdef0123456789abcdef", "11")
    assert problems == [Problem("line 3", SEVERAL)]


def test_rating_and_rationale_of_the_csv_are_read() -> None:
    header = "annotation_id,annotator,created_at,id,lead_time,faithfulness,faithfulness_rationale,trace_id\n"
    line = f'5,ana,2026-03-04T09:00:00Z,1,2.0,"[{{""rating"": 4}}]","[""a"", ""b""]",{"a" * 32}\n'
    rows, problems, _ = read(header + line)
    assert not problems
    assert rows[["dimension", "label", "text"]].values.tolist() == [["faithfulness", "4", "a\nb"]]


def test_csv_without_a_control_of_a_dimension_names_its_lines() -> None:
    rows, problems, _ = read(case("p18").read_text().replace(",tone,", ",colour,"))
    assert rows.empty
    assert [problem.place for problem in problems] == ["line 2", "line 3"]


@pytest.mark.parametrize("label", ["On_Brand", "ON_BRAND", " on_brand "])
def test_capitals_in_labels_are_forgiven(label: str) -> None:
    rows, problems, _ = read(HEADER + GOOD.replace("on_brand", label))
    assert not problems
    assert rows["label"].tolist() == ["on_brand"]


def task(*results: Any) -> list[Any]:
    made = [{"from_name": "tone", "type": "choices", "value": {"choices": [one]}} for one in results]
    annotation = {"id": 1, "completed_by": 7, "created_at": "2026-03-04T09:00:00Z", "result": made}
    return [{"id": 1, "data": {"trace_id": "a" * 32}, "annotations": [annotation]}]


def test_results_of_one_control_that_differ_are_named_as_such() -> None:
    rows, problems, _ = read(task("on_brand", "off_brand"))
    assert rows.empty
    assert [problem.why for problem in problems] == ["one control holds several results that differ"]


def test_result_that_stands_twice_is_one_label() -> None:
    rows, problems, _ = read(task("on_brand", "on_brand"))
    assert (len(rows), problems) == (1, [])
