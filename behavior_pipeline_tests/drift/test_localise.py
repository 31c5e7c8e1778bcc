"""One alarm for one cause, on the smallest slice that explains the others."""

from datetime import date
from typing import Any

import msgspec
import orjson
import pandas as pd
import pytest

from behavior_pipeline.drift.api import detect
from behavior_pipeline.drift.decision.decide import decide
from behavior_pipeline.drift.decision.localise import localise
from behavior_pipeline.drift.decision.overlap import Overlap
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.finding import Finding, findings_frame
from behavior_pipeline.settings.model import Budget
from behavior_pipeline_tests.aggregation.worlds import spec
from behavior_pipeline_tests.drift.simulated import alarmed, cells, history, last

WEEK = date(2026, 1, 5)
SPECS = {"tone": spec("tone")}
CELLS = {("a", "x"): 300.0, ("a", "y"): 200.0, ("b", "x"): 300.0, ("b", "y"): 200.0}


def finding(
    key: str, value: str, effect: float, *, rest: float | None = None, family: str = "slice", **more: Any
) -> Finding:
    return msgspec.structs.replace(_finding(key, value, effect, rest=rest, family=family), **more)


def _finding(key: str, value: str, effect: float, *, rest: float | None, family: str) -> Finding:
    return Finding(
        week=pd.Timestamp(WEEK), detector="slow" if family == "slow" else "contrast",
        kind="score" if key == "all" else "slice", series_id=f"{key}{value}", dimension="tone", slice_key=key,
        slice_value=value, judge="j", rubric="r",
        family="aggregate" if key == "all" and family == "slice" else family,
        effect=effect, effect_se=0.008, rest_effect=rest, p_value=1e-9, reason="compared",
    )  # fmt: skip


def outcome(*findings: Finding) -> dict[tuple[str, str, str], tuple[bool, dict[str, str] | None]]:
    rows = findings_frame(list(findings))
    week = pd.DataFrame(
        {
            "week": pd.Timestamp(WEEK), "dimension": "tone", "judge": "j", "rubric": "r", "metric": "score",
            "cell": [orjson.dumps({"kind": kind, "region": region}).decode() for kind, region in CELLS],
            "sum_w": list(CELLS.values()), "sum_wy": 0.9, "sum_w2": 1.0,
        }
    )  # fmt: skip
    decisions = decide(rows, SPECS, Budget())
    made = localise(rows, decisions, Evidence(WEEK, "week", SPECS, {"weekly_cells": week}))
    return {
        (row.detector, row.slice_key, row.slice_value): (
            bool(row.alarm),
            None if pd.isna(row.localised_to) else orjson.loads(row.localised_to),
        )
        for row in made.itertuples()
    }


def test_slice_that_explains_the_whole_stays_and_the_whole_points_to_it() -> None:
    rows = outcome(finding("all", "all", -0.03), finding("kind", "a", -0.06, rest=0.0))
    assert rows["contrast", "kind", "a"] == (True, None)
    assert rows["contrast", "all", "all"] == (False, {"kind": "a"})


def test_whole_stays_where_all_moved_alike() -> None:
    rows = outcome(finding("all", "all", -0.05), finding("kind", "a", -0.05, rest=-0.05))
    assert rows["contrast", "all", "all"] == (True, None)
    assert rows["contrast", "kind", "a"] == (False, {"all": "all"})


def test_slice_that_shares_traffic_is_explained_by_its_share() -> None:
    rows = outcome(finding("kind", "a", -0.08, rest=0.0), finding("region", "x", -0.04, rest=-0.04))
    assert rows["contrast", "kind", "a"][0]
    assert rows["contrast", "region", "x"] == (False, {"kind": "a"})


def test_two_causes_stay_two_alarms() -> None:
    rows = outcome(finding("kind", "a", -0.10, rest=0.0), finding("kind", "b", -0.10, rest=0.0))
    assert [alarm for alarm, _ in rows.values()] == [True, True]


def test_two_detectors_on_one_series_are_one_alarm() -> None:
    rows = outcome(finding("kind", "a", -0.08), finding("kind", "a", -0.05, family="slow"))
    assert rows["contrast", "kind", "a"][0]
    assert rows["slow", "kind", "a"] == (False, {"kind": "a"})


def test_crossing_that_holds_a_slice_s_fall_is_named() -> None:
    of = cells(
        11, level=lambda week, kind, region: 0.78 if week >= 10 and (kind, region) == ("a", "y") else 0.94
    )
    rows = last(detect(history(of), cells=of))
    assert len(alarmed(rows)) == 1
    assert orjson.loads(rows.loc[rows["alarm"].astype(bool), "localised_to"].iloc[0]) == {
        "kind": "a",
        "region": "y",
    }


def test_fall_of_a_whole_slice_names_no_crossing() -> None:
    of = cells(11, level=lambda week, kind, _: 0.84 if week >= 10 and kind == "a" else 0.94)
    rows = last(detect(history(of), cells=of))
    assert rows.loc[rows["alarm"].astype(bool), "localised_to"].isna().all()


@pytest.mark.parametrize(("cell", "inside", "share"), [
    (("all", "all"), ("kind", "a"), 0.5), (("kind", "a"), ("region", "x"), 0.6),
    (("kind", "a"), ("kind", "b"), 0.0),
    (("kind", "a"), ("all", "all"), 1.0),
])  # fmt: skip
def test_overlap_of_slices_is_that_of_their_cells(
    cell: tuple[str, str], inside: tuple[str, str], share: float
) -> None:
    texts = {
        orjson.dumps({"kind": kind, "region": region}).decode(): n for (kind, region), n in CELLS.items()
    }
    assert Overlap(texts).of(cell, inside=inside) == pytest.approx(share)


def test_large_slice_that_moved_little_more_than_the_rest_leaves_the_whole_its_alarm() -> None:
    """Of a fall of all traffic a slice may have a little more by chance: its choice has to be worth it."""
    rows = outcome(finding("all", "all", -0.050), finding("kind", "a", -0.056))
    assert rows["contrast", "all", "all"] == (True, None)
    assert rows["contrast", "kind", "a"] == (False, {"all": "all"})


COST = {"unit": "usd", "kind": "cost", "worse": 1, "metric": "geometric_mean", "effect_se": 0.02}


def test_whom_a_cost_falls_to_and_its_tails_are_no_causes_beside_a_slice() -> None:
    rows = outcome(
        finding("kind", "a", 0.6, rest=0.0, **COST),
        finding("model", "large", 1.1, **COST),
        finding("region", "x", 0.7, **COST | {"metric": "p95"}),
    )
    assert rows["contrast", "kind", "a"] == (True, None)
    assert rows["contrast", "model", "large"] == (False, {"kind": "a"})
    assert rows["contrast", "region", "x"] == (False, {"kind": "a"})


def test_a_payer_alone_stays_an_alarm() -> None:
    rows = outcome(finding("model", "large", 1.1, **COST))
    assert rows["contrast", "model", "large"] == (True, None)


def test_shares_of_traffic_that_moved_against_each_other_are_one_alarm() -> None:
    share = {"unit": "share", "kind": "coverage", "worse": 0, "metric": "traffic_share"}
    rows = outcome(finding("kind", "a", 0.2, **share), finding("kind", "b", -0.19, **share))
    assert rows["contrast", "kind", "a"] == (True, None)
    assert rows["contrast", "kind", "b"] == (False, {"kind": "a"})
