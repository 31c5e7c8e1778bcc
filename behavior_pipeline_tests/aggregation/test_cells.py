import csv
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.cells import daily_cells
from behavior_pipeline.aggregation.weekly import Weekly
from behavior_pipeline.drift.evidence import Evidence
from behavior_pipeline.drift.week import drift_of_period
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.tables.weekly import WEEKLY_SCORES
from behavior_pipeline_tests.aggregation import worlds
from behavior_pipeline_tests.aggregation.test_weekly import one, week_of

SUMS = ["n", "drawn", "sum_w", "sum_wy", "sum_wy2", "sum_w2", "sum_w2y", "sum_w2y2", "sum_w_missing"]
CASES = Path(__file__).parents[3] / "shared" / "public_cases" / "p25_slice_weeks.csv"
TIMED = worlds.checked_spec("latency", checks=[{"check": "latency_target"}])
PRICED = worlds.checked_spec("cost", checks=[{"check": "cost_budget"}])


def with_absent(world: dict[str, Any]) -> dict[str, Any]:
    """Let some traces of a world lack one key or the other."""
    kept = [
        json.dumps({key: value for key, value in json.loads(text).items() if (number + len(key)) % 9})
        for number, text in enumerate(world["facts"]["slices"])
    ]
    rows = [(worlds.WEEK, "customer.segment", value, 10) for value in "abcdefg"]
    traffic = worlds.traffic([*rows, (worlds.WEEK, "query.category", "x", 9)])
    return world | {"facts": world["facts"].assign(slices=kept), "traffic": traffic}


def slice_sums(cells: pd.DataFrame, key: str, value: str) -> pd.Series:
    if key == "all":
        return cells[SUMS].sum()
    inside = [json.loads(text).get(key) == value for text in cells["cell"]]
    return cells.loc[inside, SUMS].sum()


class TestSumsOfCells:
    """Aggregates, slices and complements are sums of cells."""

    def test_every_weekly_score_is_a_sum_of_cells(self) -> None:
        week = week_of(**with_absent(worlds.random_week()), top=3)
        assert set(week.scores["slice_value"]) >= {"all", "other", "absent", "a", "x"}
        for row in week.scores.to_dict("records"):
            total = slice_sums(week.cells, row["slice_key"], row["slice_value"])
            assert total["n"] == row["n"] and total["sum_w"] == pytest.approx(row["sum_w"])
            assert total["sum_wy"] / total["sum_w"] == pytest.approx(row["mean"], rel=1e-12)
            assert total["sum_w"] ** 2 / total["sum_w2"] == pytest.approx(row["n_kish"], rel=1e-12)
            share = total["sum_w"] / (total["sum_w"] + total["sum_w_missing"])
            assert share == pytest.approx(row["scored_share"], rel=1e-12)

    def test_a_cell_holds_the_sums_of_its_rows(self) -> None:
        week = week_of(
            scores=worlds.scores([0.5, 1, None, 0.25], weights=[2, 3, 5, 1]),
            facts=worlds.facts([{"customer.segment": "a"}] * 3 + [{}], ["u", "u", "v", "v"]),
            traffic=worlds.traffic([(worlds.WEEK, "customer.segment", "a", 3)]),
        )
        rows = {json.loads(row["cell"])["customer.segment"]: row for row in week.cells.to_dict("records")}
        assert [rows["a"][name] for name in ("n", "clusters", "drawn")] == [2, 1, 3]
        assert [rows["a"][name] for name in SUMS[2:]] == [5, 4, 3.5, 13, 11, 10, 5]
        assert [rows["absent"][name] for name in ("n", "sum_wy", "sum_w_missing")] == [1, 0.25, 0]

    def test_what_nobody_was_asked_makes_no_cell(self) -> None:
        scores = worlds.scores([1, None]).assign(missing_reason=[pd.NA, "no_documents"])
        cells = week_of(scores=scores, facts=worlds.facts([{}] * 2, ["a", "b"])).cells
        assert list(cells["cell"]) == ["{}"] and list(cells["drawn"]) == [1]

    def test_a_judge_that_never_answered_is_missing_in_the_cells_of_who_did(self) -> None:
        week = week_of(
            scores=worlds.scores([1, None], tuple_ids=["t1", "t2"]),
            facts=worlds.facts([{}] * 2, ["a", "b"]),
            tuples=worlds.tuples([("t1", "v1", "j@a", "r"), ("t2", "v1", "j@unknown", "r")]),
        )
        assert week.cells[["judge", "n", "drawn", "sum_w_missing"]].to_numpy().tolist() == [["j@a", 1, 2, 1]]

    def test_keys_beyond_the_limit_make_no_cells_and_say_so(self) -> None:
        week = week_of(**with_absent(worlds.random_week()), cell_keys=1)
        assert {key for text in week.cells["cell"] for key in json.loads(text)} == {"customer.segment"}
        reasons = week.scores.groupby("slice_key")["cells_reason"].unique()
        assert list(reasons["query.category"]) == ["key_beyond_limit"]
        assert reasons["customer.segment"].isna().all() and week.scores["n"].min() > 0

    def test_slice_values_are_data_in_canonical_json(self) -> None:
        hostile = "x' or 1=1; --\"\u2028\\ü"
        cells = week_of(
            scores=worlds.scores([1, 0]),
            facts=worlds.facts([{"customer.segment": hostile}, {"customer.segment": "absent"}], ["a", "b"]),
            traffic=worlds.traffic([(worlds.WEEK, "customer.segment", hostile, 2)]),
            keys=["customer.segment"],
        ).cells
        expected = [canonical_json({"customer.segment": value}).decode() for value in (hostile, "other")]
        assert sorted(text.replace(',"query.category":"absent"', "") for text in cells["cell"]) == sorted(
            expected
        )

    def test_inputs_are_told_in_the_dimension_whose_check_tells_them(self) -> None:
        inputs = pd.array(["safe", "unsafe", "unknown", None], dtype="string")
        plain = worlds.scores([1, 0, 1, 1], dimension="tone", tuple_ids=["t2"] * 4)
        cells = week_of(
            specs={"faithfulness": worlds.spec(), "tone": worlds.spec("tone")},
            scores=pd.concat([worlds.scores([1, 0, 1, 1]).assign(input=inputs), plain.assign(input=pd.NA)]),
            tuples=pd.concat([worlds.tuples(), worlds.tuples([("t2", "p", "j", "r")], dimension="tone")]),
            facts=worlds.facts([{"customer.segment": "a", "query.category": "x"}] * 4, list("abcd")),
        ).cells
        assert list(cells["cell"]) == [
            '{"customer.segment":"other","input":"safe","query.category":"other"}',
            '{"customer.segment":"other","input":"unknown","query.category":"other"}',
            '{"customer.segment":"other","input":"unsafe","query.category":"other"}',
            '{"customer.segment":"other","query.category":"other"}',
        ]
        assert list(cells["n"]) == [1, 2, 1, 4]


def clocked(seconds: list[float | None], usd: list[float | None]) -> dict[str, Any]:
    n = len(seconds)
    scores = [
        worlds.scores([1.0] * n, dimension=name, tuple_ids=["c"] * n).assign(weight=2.0)
        for name in ("latency", "cost")
    ]
    facts = worlds.facts([{}] * n, [f"u{number}" for number in range(n)])
    ms = [None if value is None else 1000 * value for value in seconds]
    return {
        "specs": {"latency": TIMED, "cost": PRICED},
        "scores": pd.concat(scores),
        "facts": facts.assign(duration_ms=ms, cost_usd=usd, sampling_weight=2.0),
        "tuples": pd.concat(
            [worlds.tuples([("c", "v", "none", "none")], dimension=name) for name in ("latency", "cost")]
        ),
    }


def test_latency_and_cost_have_cells_on_their_own_scale() -> None:
    cells = week_of(**clocked([1.0, np.e, None], [0.0, np.exp(-3), np.exp(-5)])).cells
    by_metric = cells.set_index(["dimension", "metric"])
    assert set(by_metric.index) == {
        ("latency", "score"), ("latency", "log_seconds"), ("cost", "score"), ("cost", "log_usd"),
    }  # fmt: skip
    seconds, usd = by_metric.loc[("latency", "log_seconds")], by_metric.loc[("cost", "log_usd")]
    assert (seconds["n"], seconds["sum_w"]) == (2, 4) and seconds["sum_wy"] == pytest.approx(2)
    assert (usd["n"], usd["sum_w"]) == (2, 4) and usd["sum_wy"] == pytest.approx(-16)


def test_a_day_has_the_cells_of_its_rows() -> None:
    world = with_absent(worlds.random_week())
    monday = world["scores"]["day"] == pd.Timestamp(worlds.WEEK)
    world |= {"scores": world["scores"][monday]}
    week = week_of(**world)
    given = {name: world[name] for name in ("scores", "facts", "tuples", "traffic")}
    day = daily_cells(day=worlds.WEEK, specs={"faithfulness": worlds.spec()}, keys=worlds.KEYS, **given)
    assert day.drop(columns="day").equals(week.cells.drop(columns="week"))


class TestSlicesThatComeAndGo:
    """A value that is new and large has its own series, one that is gone keeps a row that says so."""

    KEY = "query.category"

    def weeks(self, rows: list[dict[str, Any]], first: date) -> list[Weekly]:
        """Return the weeks of [week, value, traces_a_day, slow_share], each after the ones before."""
        made: list[Weekly] = []
        traffic: list[tuple[date, str, str, int]] = []
        for number in sorted({row["week"] for row in rows}):
            monday = first + timedelta(weeks=number - 1)
            values, seconds = [], []
            for row in (row for row in rows if row["week"] == number):
                n = 7 * row["traces"]
                traffic += [(monday, self.KEY, row["value"], n)] if row["value"] and n else []
                values += [row["value"]] * n
                seconds += [200.0] * round(row["slow"] * n) + [0.9] * (n - round(row["slow"] * n))
            world = clocked(seconds, [0.01] * len(seconds))
            slices = [json.dumps({self.KEY: value} if value else {}) for value in values]
            scored = world["scores"].assign(score=[float(second < 3) for second in seconds] * 2)
            world |= {
                "facts": world["facts"].assign(slices=slices), "scores": scored, "week": monday,
                "traffic": worlds.traffic(traffic), "keys": [self.KEY],
                "earlier": WEEKLY_SCORES.joined(week.scores for week in made),
            }  # fmt: skip
            made.append(week_of(**world))
        return made

    def public_case(self) -> list[Weekly]:
        if not CASES.exists():
            pytest.skip("public_cases is not there")
        with CASES.open(newline="") as stream:
            rows = [
                {"week": int(row["week"]), "value": row["query.category"], "traces": int(row["traces_a_day"]),
                 "slow": float(row["slow_share"])}
                for row in csv.DictReader(stream)
            ]  # fmt: skip
        return self.weeks(rows, date(2026, 1, 5))

    def test_a_new_value_that_holds_all_failures_is_named_by_the_alarm(self) -> None:
        weeks = self.public_case()
        tables = {
            "weekly_scores": pd.concat([week.scores for week in weeks]),
            "weekly_cells": pd.concat([week.cells for week in weeks]),
            "weekly_quantiles": pd.concat([week.quantiles for week in weeks]),
        }
        specs = {"latency": TIMED, "cost": PRICED}
        evidence = Evidence(date(2026, 1, 5) + timedelta(weeks=10), "week", specs, tables)
        decisions = drift_of_period(evidence).decisions
        alarms = decisions[decisions["alarm"].astype(bool)]
        assert set(alarms["slice_value"]) == {"all"}
        assert {json.loads(text)[self.KEY] for text in alarms["localised_to"]} == {"new"}

    def test_a_new_value_that_holds_all_failures_has_its_own_row_and_cell(self) -> None:
        *before, last = self.public_case()
        assert set(before[-1].scores["slice_value"]) == {"all", "a", "b"}
        row = one(last.scores, dimension="latency", slice_value="new")
        others = [one(last.scores, dimension="latency", slice_value=value)["mean"] for value in "ab"]
        failing = 1 - one(last.scores, dimension="latency", slice_value="all")["mean"]
        assert others == [1, 1] and failing > 0 and row["mean"] < 1
        cells = last.cells[(last.cells["dimension"] == "latency") & (last.cells["metric"] == "score")]
        assert {json.loads(text)[self.KEY] for text in cells["cell"]} == {"a", "b", "new"}

    @pytest.mark.slow
    def test_a_value_that_vanishes_is_named_while_it_was_there_in_the_weeks_before(self) -> None:
        rows = [{"week": week, "value": "a", "traces": 9, "slow": 0.0} for week in range(1, 5)]
        rows += [{"week": week, "value": "b", "traces": 9 * (week < 3), "slow": 0.0} for week in range(1, 5)]
        weeks = self.weeks(rows, date(2026, 1, 5))
        for week in weeks[2:]:
            row = one(week.scores, dimension="latency", slice_value="b")
            assert (row["n"], row["missing_reason"]) == (0, "no_traffic") and pd.isna(row["mean"])
        same = [one(week.scores, dimension="latency", slice_value="b")["series_id"] for week in weeks]
        assert len(set(same)) == 1

    def test_an_attribute_that_is_missing_is_a_slice(self) -> None:
        rows = [
            {"week": week, "value": "a", "traces": 9 - 8 * (week == 3), "slow": 0.0} for week in (1, 2, 3)
        ]
        rows.append({"week": 3, "value": "", "traces": 8, "slow": 0.0})
        weeks = self.weeks(rows, date(2026, 1, 5))
        counts = Counter(value for week in weeks for value in week.scores["slice_value"])
        assert counts["absent"] == 2  # of latency and cost, in the last week
        assert one(weeks[2].scores, dimension="latency", slice_value="absent")["n"] == 56

    def test_a_week_without_any_trace_is_a_row_with_a_reason(self) -> None:
        rows = [{"week": 1, "value": "a", "traces": 9, "slow": 0.0}]
        (before,) = self.weeks(rows, date(2026, 1, 5))
        empty = week_of(
            specs={"latency": TIMED}, scores=worlds.scores([]), facts=worlds.facts([], []),
            week=date(2026, 1, 12), keys=[self.KEY], earlier=before.scores,
            traffic=worlds.traffic([(date(2026, 1, 5), self.KEY, "a", 63)]),
        )  # fmt: skip
        assert set(empty.scores["missing_reason"]) == {"no_traffic"}
        assert set(empty.scores["slice_value"]) == {"all", "a"} and not len(empty.cells)


def test_frames_of_a_missing_attribute_are_what_its_values_leave_of_all() -> None:
    world = with_absent(worlds.random_week())
    world["frames"] = worlds.frames(
        [
            ("all", "all", "eligible", 300), ("all", "all", "no_documents", 100),
            ("customer.segment", "a", "eligible", 200), ("customer.segment", "z", "eligible", 40),
            ("customer.segment", "a", "no_documents", 100), ("query.category", "x", "eligible", 300),
            ("query.category", "x", "no_documents", 80),
        ]
    )  # fmt: skip
    scores = week_of(**world).scores
    assert one(scores, slice_key="customer.segment", slice_value="absent")["eligible_share"] == 1
    row = one(scores, slice_key="query.category", slice_value="absent")
    assert row["eligible_share"] == 0 and json.loads(row["excluded"])["no_documents"] == 20


def test_order_of_rows_changes_no_digit_of_a_cell() -> None:
    world = with_absent(worlds.random_week(n=2000))
    shuffled = world | {
        name: world[name].sample(frac=1, random_state=3).reset_index(drop=True)
        for name in ("scores", "facts", "tuples", "traffic")
    }
    one_way, other_way = (week_of(**given).cells for given in (world, shuffled))
    assert one_way.equals(other_way)


def test_graded_scales_have_their_levels_counted_and_others_do_not() -> None:
    labels = {"bad": 0.0, "fair": 0.5, "good": 1.0}
    graded = worlds.spec("tone", scale={"kind": "graded", "labels": labels})
    values = [0.0, 0.5, 0.5, 1.0, None]
    week = week_of(
        specs={"faithfulness": worlds.spec(), "tone": graded},
        scores=pd.concat(
            [
                worlds.scores(values, weights=[1, 2, 3, 4, 5], dimension="tone", tuple_ids=["t2"] * 5),
                worlds.scores([1, 0, 1, 1, 1]),
            ]
        ),
        tuples=pd.concat([worlds.tuples(), worlds.tuples([("t2", "p", "j", "r")], dimension="tone")]),
        facts=worlds.facts([{}] * 5, list("abcde")),
    )
    rows = week.levels[["dimension", "slice_value", "score", "n", "weight"]].to_numpy().tolist()
    assert rows == [["tone", "all", 0, 1, 1], ["tone", "all", 0.5, 2, 5], ["tone", "all", 1, 1, 4]]
    assert set(week.levels["series_id"]) < set(week.scores["series_id"])
