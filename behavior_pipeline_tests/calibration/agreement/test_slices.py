"""Agreement by slice: where labels suffice, and how many lack where they do not."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.slices import lacking, slices_of_week
from behavior_pipeline.tables.weekly import WEEKLY_SCORES
from behavior_pipeline_tests.calibration.frames import (
    AGREES,
    RUBRIC,
    checked_spec,
    labelled,
    monday,
    scores,
    spec,
)
from behavior_pipeline_tests.drift import worlds

SEGMENTS = ("consumer", "enterprise")


def watched(*values: str, mean: float | None = 0.5, judge: str = "v1@a", **other: Any) -> pd.DataFrame:
    rows = [
        {
            "week": pd.Timestamp(monday(0)), "dimension": "tone", "slice_key": key, "slice_value": value,
            "judge": judge, "rubric": RUBRIC, "n": 100, "mean": mean, **other,
        }
        for key, value in [("all", "all"), *(("segment", value) for value in values)]
    ]  # fmt: skip
    return worlds.typed(pd.DataFrame(rows), WEEKLY_SCORES)


def places(items: pd.DataFrame, *values: str) -> pd.DataFrame:
    """Deal the items to segments by turns."""
    dealt = [values[number % len(values)] for number in range(len(items))]
    return pd.DataFrame({"item_id": items["item_id"], "slice_key": "segment", "slice_value": dealt})


def slices_of(items: pd.DataFrame, where: pd.DataFrame, weekly: pd.DataFrame, of: Any = None) -> pd.DataFrame:
    rows = slices_of_week(of or spec(), week=monday(0), scores=scores(items), places=where, weekly=weekly)
    return rows.set_index("slice_value")


def test_slices_with_enough_labels_have_an_agreement_with_its_interval() -> None:
    items = labelled(0, (80, 8, 8, 64))
    rows = slices_of(items, places(items, *SEGMENTS), watched(*SEGMENTS))
    assert list(rows["n"]) == [80, 80]
    for row in rows.to_dict("records"):
        assert row["low"] < row["point"] < row["high"]
        assert (row["point"], row["needed"], row["passed"]) == (pytest.approx(0.8, abs=0.01), 0, 44)
        assert pd.isna(row["reason"]) and row["dataset"] == "v3"


def test_slices_are_measured_apart() -> None:
    good, bad = labelled(0, (40, 0, 0, 40)), labelled(0, (20, 20, 20, 20), judge="v1@a")
    bad = bad.assign(item_id=["x" + item for item in bad["item_id"]])
    where = pd.concat([places(good, "consumer"), places(bad, "enterprise")])
    rows = slices_of(pd.concat([good, bad]), where, watched(*SEGMENTS))
    assert rows.loc["consumer", "point"] == pytest.approx(1.0)
    assert rows.loc["enterprise", "point"] == pytest.approx(0.0)


def test_too_few_labels_are_missing_with_how_many_lack() -> None:
    items = labelled(0, (34, 2, 2, 2))
    rows = slices_of(items, places(items, "consumer"), watched(*SEGMENTS))
    assert pd.isna(rows.loc["consumer", "point"]) and rows.loc["consumer", "reason"] == "too_few"
    assert (rows.loc["consumer", "n"], rows.loc["consumer", "needed"]) == (40, 6)  # 4 of 10 that people fail
    assert (rows.loc["enterprise", "reason"], rows.loc["enterprise", "needed"]) == ("no_labels", 40)


@pytest.mark.parametrize(
    ("cells", "needed"),
    [
        ((20, 0, 0, 20), 0), ((15, 0, 0, 15), 10), ((39, 0, 0, 0), 10), ((0, 0, 0, 0), 40),
        ((100, 0, 0, 9), 1), ((5, 0, 0, 5), 30),
    ],
)  # fmt: skip
def test_labels_that_lack(cells: tuple[int, int, int, int], needed: int) -> None:
    items = labelled(0, cells)
    assert lacking(spec(), items) == needed
    assert lacking(spec(metric="spearman"), items) == max(40 - len(items), 0)


def test_values_that_are_not_watched_are_the_rest() -> None:
    items = labelled(0, AGREES)
    rows = slices_of(items, places(items, "consumer", "tiny", "odd"), watched("consumer", "other"))
    assert dict(rows["n"]) == {"consumer": 27, "other": 53}


def test_labels_drawn_by_verdict_are_weighted_to_the_slices_own_traffic() -> None:
    items = labelled(0, (40, 10, 4, 40))
    items["stratum"] = ["judge_pass" if score else "judge_fail" for score in items["judge_score"]]
    where = places(items, "consumer")
    even, mostly_good = (slices_of(items, where, watched("consumer", mean=mean)) for mean in (0.5, 0.95))
    assert mostly_good["prevalence"].iloc[0] > 0.85 > even["prevalence"].iloc[0]
    assert mostly_good["point"].iloc[0] < even["point"].iloc[0]


def test_each_judge_is_measured_on_its_own_labels() -> None:
    items = pd.concat([labelled(0, AGREES), labelled(0, AGREES, judge="v1@b", fresh=False)])
    both = pd.concat([watched("consumer"), watched("consumer", judge="v1@b")])
    rows = slices_of(items, places(items, "consumer"), both)
    assert list(rows["judge"]) == ["v1@a", "v1@b"] and list(rows["n"]) == [80, 80]


def test_degenerate_slices_are_missing_with_a_reason() -> None:
    items = labelled(0, (40, 0, 20, 0))
    rows = slices_of(items, places(items, "consumer"), watched("consumer"))
    assert pd.isna(rows["point"].iloc[0]) and list(rows["reason"]) == ["judge_one_class"]


def test_checks_have_slices_once_they_have_labels() -> None:
    checked = checked_spec().model_copy(update={"name": "tone"})
    weekly = watched("consumer", judge="none").assign(rubric="none")
    items = labelled(0, AGREES, judge="none").assign(rubric="none")
    assert list(slices_of(items, places(items, "consumer"), weekly, checked)["n"]) == [80]
    assert slices_of(scores(), places(items, "consumer"), weekly, checked).empty


def test_a_week_without_scores_has_no_slices() -> None:
    items = labelled(0, AGREES)
    assert slices_of(items, places(items, "consumer"), WEEKLY_SCORES.empty()).empty
