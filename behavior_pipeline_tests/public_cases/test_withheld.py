"""Attributes that were cut, and parts of messages that are no text."""

import json

from behavior_pipeline_tests.public_cases.cases import case, trace_in


def test_text_before_a_cut_is_kept_with_a_flag_and_never_as_json() -> None:
    row = trace_in(case("c08"))
    assert (set(row["input_text"]), set(row["output_text"])) == ({"A"}, {"C"})
    missing = json.loads(row["unmeasurable"])
    assert (missing["input_text"], missing["output_text"]) == ("truncated", "truncated")


def test_images_are_counted_beside_the_question() -> None:
    row = trace_in(case("c15"))
    assert row["input_text"] == "What is this?"
    assert [one["type"] for one in json.loads(row["media"])] == ["image", "image"]
