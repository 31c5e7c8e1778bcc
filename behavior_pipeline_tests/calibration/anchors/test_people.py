"""Anchors labelled again: people who moved are told from a judge that did."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.calibration.anchors.people import people_changes
from behavior_pipeline.drift.detectors import anchors as anchors_detector
from behavior_pipeline.drift.detectors import people as people_detector
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline_tests.calibration.frames import labelled, monday, scores, spec

WORDS = {"p": "on_brand", "f": "off_brand"}
OLD = "p" * 60 + "f" * 60
MOVED = "f" * 20 + OLD[20:]


def labels(
    week: int, letters: str, *, role: str = "relabel", annotator: str = "ann", **other: Any
) -> pd.DataFrame:
    rows = [
        {"item_id": f"anchor-{number}", "trace_id": f"anchor-{number}", "label": WORDS[letter]}
        for number, letter in enumerate(letters)
        if letter != "-"
    ]
    fixed = {
        "week": pd.Timestamp(monday(week)), "labelled_at": pd.Timestamp(monday(week)), "dimension": "tone",
        "annotator": annotator, "role": role, "rubric_version": "v2", "dataset_version": "v3",
        "stratum": None, "inclusion_probability": None, "text": None, "file": "l.csv",
    }  # fmt: skip
    return pd.DataFrame(rows).assign(**(fixed | other))


def first(letters: str = OLD, **other: Any) -> pd.DataFrame:
    return labels(0, letters, role="anchor", **other)


def judged(week: int) -> pd.DataFrame:
    """The judge says of the anchors what people said at first."""
    return labelled(week, (60, 0, 0, 60), fresh=False)


def people_of(week: int, *given: pd.DataFrame, judge: pd.DataFrame | None = None) -> pd.DataFrame:
    judge_scores = scores(judged(week)) if judge is None else judge
    return people_changes(
        spec(), week=monday(week), dataset="v3", labels=pd.concat(given), scores=judge_scores
    )


def test_people_who_moved_are_said_to_have_moved_and_the_judge_is_not() -> None:
    (row,) = people_of(8, first(), labels(8, MOVED, annotator="bob")).to_dict("records")
    assert (row["subject"], row["judge"], row["reason"]) == ("people", "v1@a", "people_moved")
    assert (row["n"], row["lower"], row["higher"], row["worse"], row["better"]) == (120, 20, 0, 20, 0)
    assert (row["level_before"], row["level_after"]) == (0.5, pytest.approx(40 / 120))
    assert (row["agreement_before"], row["baseline_week"]) == (1.0, pd.Timestamp(monday(0)))
    assert row["agreement_after"] < 0.75
    assert (row["annotators"], row["shared_annotators"]) == (1, 0)


def test_people_who_say_the_same_are_steady() -> None:
    (row,) = people_of(8, first(), labels(8, OLD)).to_dict("records")
    assert (row["reason"], row["p_level"], row["shared_annotators"]) == ("people_steady", 1.0, 1)


def test_the_comparison_comes_back_while_the_set_is_in_force() -> None:
    given = first(), labels(8, MOVED)
    assert people_of(7, *given).empty  # not labelled again yet
    assert list(people_of(9, *given)["reason"]) == ["people_moved"]
    replaced = people_changes(
        spec(), week=monday(9), dataset="v4", labels=pd.concat(given), scores=scores(judged(9))
    )
    assert replaced.empty


def test_of_several_rounds_the_last_label_of_an_item_counts() -> None:
    (row,) = people_of(9, first(), labels(8, MOVED), labels(9, "p" * 10 + "-" * 110)).to_dict("records")
    assert (row["lower"], row["n"]) == (10, 120)


def test_only_items_labelled_twice_are_compared_and_the_majority_speaks() -> None:
    given = [labels(8, "ff", annotator=name) for name in ("ann", "bob")]
    (row,) = people_of(8, first(), *given, labels(8, "pp", annotator="cat")).to_dict("records")
    assert (row["n"], row["anchors"], row["lower"], row["annotators"]) == (2, 2, 2, 3)
    tie = people_of(8, first(), labels(8, "f"), labels(8, "p", annotator="bob"))
    assert list(tie["reason"]) == ["no_labels"] and list(tie["n"]) == [0]


def test_other_rubrics_and_sets_stay_out() -> None:
    assert people_of(8, first(), labels(8, MOVED, rubric_version="v1")).empty
    assert people_of(8, first(), labels(8, MOVED, dataset_version="v2")).empty


def test_without_the_judge_people_are_compared_all_the_same() -> None:
    (row,) = people_of(8, first(), labels(8, MOVED), judge=scores()).to_dict("records")
    assert (row["judge"], row["reason"], row["missing_reason"]) == ("none", "people_moved", "no_labels")
    assert (row["worse"], row["p_correct"]) == (0, 1.0) and pd.isna(row["agreement_before"])


def test_finding_of_people_has_a_detector_of_its_own() -> None:
    changes = people_of(8, first(), labels(8, MOVED))
    evidence = Evidence(monday(8), "week", {"tone": spec()}, {"anchor_changes": changes})
    (row,) = people_detector.detect(evidence).findings.to_dict("records")
    assert (row["detector"], row["reason"], row["moved"]) == ("people", "people_moved", "people")
    assert anchors_detector.detect(evidence).findings.empty
