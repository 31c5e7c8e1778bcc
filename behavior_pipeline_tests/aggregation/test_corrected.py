"""Corrected levels of a week: on whole weeks made of known judges and people."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.corrected import FEWEST_LABELS, Labels
from behavior_pipeline.aggregation.cross_check import rates_by_verdict
from behavior_pipeline.aggregation.weekly import weekly_scores
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.statistics.corrected import Few, Many, post_stratified, ppi_mean, unit_interval
from behavior_pipeline_tests.aggregation import worlds

JUDGE, RUBRIC = "v2.1@a", "v2+ab12cd34"
SEED = 4
GRADES = {"kind": "graded", "labels": {"poor": 0.0, "fair": 0.5, "good": 1.0}}
TABLE = ((55, 9), (5, 31))  # rows human, columns judge
CORRECTED = [
    "corrected_mean",
    "corrected_low",
    "corrected_high",
    "corrected_method",
    "corrected_labels",
    "corrected_reason",
]


def labelled(table: Any = TABLE, *, slices: str | None = None, **other: Any) -> pd.DataFrame:
    cells = [(1.0 - row, 1.0 - column, int(table[row][column])) for row in (0, 1) for column in (0, 1)]
    human, judge = (np.repeat([cell[at] for cell in cells], [cell[2] for cell in cells]) for at in (0, 1))
    return pd.DataFrame(
        {
            "dimension": "faithfulness", "judge": JUDGE, "rubric": RUBRIC,
            "item_id": [f"{slices}{number}" for number in range(len(human))],
            "human_score": human, "judge_score": judge, "weight": 1.0, "by_verdict": True, "slices": slices,
        }
    ).assign(**other)  # fmt: skip


def pass_shares(share: float | None = 0.8) -> pd.DataFrame:
    rows = [] if share is None else [("faithfulness", JUDGE, RUBRIC, share)]
    return pd.DataFrame(rows, columns=["dimension", "judge", "rubric", "pass_share"])


def week_of(
    items: pd.DataFrame | None,
    *,
    values: list[float | None] | None = None,
    users: list[Any] | None = None,
    spec: DimensionSpec | None = None,
    shares: pd.DataFrame | None = None,
    slices: list[dict[str, str]] | None = None,
) -> pd.DataFrame:
    scored = [1.0] * 160 + [0.0] * 40 if values is None else values
    given = spec or worlds.spec()
    return weekly_scores(
        week=worlds.WEEK, specs={given.name: given}, scores=worlds.scores(scored),
        facts=worlds.facts(slices or [{}] * len(scored), users or [None] * len(scored)),
        frames=worlds.frames([]), tuples=worlds.tuples(),
        traffic=worlds.traffic([(worlds.WEEK, "customer.segment", value, 10) for value in "ab"]),
        gate_states=worlds.gates(), keys=worlds.KEYS,
        labels=None if items is None else Labels(items, pass_shares() if shares is None else shares),
    ).scores  # fmt: skip


def whole(rows: pd.DataFrame) -> dict[str, Any]:
    return rows[rows["slice_key"] == "all"].iloc[0].to_dict()


class TestVerdicts:
    def test_level_is_the_post_stratified_estimate_at_the_weeks_pass_share_and_size(self) -> None:
        row = whole(week_of(labelled()))
        expected = post_stratified(0.8, TABLE, pass_share_n=row["n_eff"], traffic=200)
        assert row["corrected_mean"] == pytest.approx(0.8 * 55 / 60 + 0.2 * 9 / 40)
        assert (row["corrected_low"], row["corrected_high"]) == pytest.approx((expected.low, expected.high))
        assert (row["corrected_method"], row["corrected_labels"]) == ("post_stratified", 100)
        assert pd.isna(row["corrected_reason"])
        assert (row["mean"], row["n"]) == (0.8, 200)

    def test_plain_random_labels_are_post_stratified_all_the_same(self) -> None:
        by_verdict, at_random = (whole(week_of(labelled(by_verdict=drawn))) for drawn in (True, False))
        assert [at_random[name] for name in CORRECTED[:5]] == [by_verdict[name] for name in CORRECTED[:5]]

    def test_weighted_labels_count_by_weight_and_less_of_them_remain(self) -> None:
        plain, heavy = labelled(), labelled()
        heavy["weight"] = np.where((heavy["human_score"] == 0) & (heavy["judge_score"] == 1), 5.0, 1.0)
        level, weighted = whole(week_of(plain)), whole(week_of(heavy))
        assert weighted["corrected_mean"] == pytest.approx(0.8 * 55 / (55 + 25) + 0.2 * 9 / 40)
        width = level["corrected_high"] - level["corrected_low"]
        assert weighted["corrected_high"] - weighted["corrected_low"] > width

    def test_clustered_traffic_makes_the_corrected_interval_wider(self) -> None:
        values = [1.0] * 160 + [0.0] * 40
        apart, together = (
            whole(week_of(labelled(), values=values, users=users))
            for users in ([None] * 200, [f"u{number // 20}" for number in range(200)])
        )
        assert together["corrected_mean"] == apart["corrected_mean"]
        assert together["corrected_low"] < apart["corrected_low"]

    def test_shut_gate_hides_no_corrected_level(self) -> None:
        row = whole(week_of(labelled(((30, 20), (30, 20)))))
        assert row["gate_state"] == "unmeasured"
        assert row["corrected_mean"] == pytest.approx(0.5)


class TestSlices:
    SLICES = [{"customer.segment": "a"}] * 100 + [{"customer.segment": "b"}] * 100

    def segments(self, *items: pd.DataFrame) -> pd.DataFrame:
        rows = week_of(pd.concat(items, ignore_index=True), slices=self.SLICES)
        return rows[rows["slice_key"] == "customer.segment"].set_index("slice_value")

    def test_slice_is_corrected_by_its_own_labels(self) -> None:
        rows = self.segments(
            labelled(slices=json.dumps({"customer.segment": "a"})),
            labelled(((20, 5), (5, 20)), slices=json.dumps({"customer.segment": "b"})),
        )
        assert rows.loc["a", "corrected_mean"] == pytest.approx(55 / 60)
        assert rows.loc["b", "corrected_mean"] == pytest.approx(0.6 * 0.8 + 0.4 * 0.2)
        assert list(rows["corrected_labels"]) == [100, 50]

    def test_slice_with_too_few_labels_says_so(self) -> None:
        few = ((15, 5), (4, 15))
        assert sum(map(sum, few)) == FEWEST_LABELS - 1
        rows = self.segments(labelled(), labelled(few, slices=json.dumps({"customer.segment": "b"})))
        assert pd.isna(rows.loc["b", "corrected_mean"])
        assert list(rows["corrected_reason"]) == ["no_labels", "too_few"]
        assert list(rows["corrected_labels"]) == [0, FEWEST_LABELS - 1]

    def test_slice_without_labels_has_the_judges_rates_to_check_it(self) -> None:
        rows = self.segments(labelled())
        assert rows["rogan_gladen"].notna().all()
        assert rows.loc["a", "rogan_gladen"] > rows.loc["b", "rogan_gladen"]


class TestMissing:
    @pytest.mark.parametrize(
        ("items", "reason"),
        [
            (None, "no_labels"),
            (labelled(judge="v2.0@a"), "no_labels"),
            (labelled(((20, 0), (10, 0))), "too_few"),
            (labelled(((50, 0), (10, 0))), "verdict_unlabelled"),
        ],
    )
    def test_level_is_null_with_its_reason(self, items: pd.DataFrame | None, reason: str) -> None:
        row = whole(week_of(items))
        assert row["corrected_reason"] == reason
        assert row["rogan_gladen_reason"] == ("no_labels" if reason == "no_labels" else "too_few")
        assert all(pd.isna(row[name]) for name in CORRECTED[:4])

    def test_series_without_a_score_says_why_it_has_none(self) -> None:
        row = whole(week_of(labelled(), values=[None, None]))
        assert row["corrected_reason"] == row["rogan_gladen_reason"] == "no_scored_trace"

    def test_scores_of_one_user_give_a_level_without_an_interval(self) -> None:
        row = whole(week_of(labelled(), values=[1.0, 0.0], users=["a", "a"]))
        assert row["corrected_mean"] == pytest.approx(0.5 * 55 / 60 + 0.5 * 9 / 40)
        assert pd.isna(row["corrected_low"]) and row["corrected_reason"] == "one_cluster"


class TestGrades:
    SPEC = worlds.spec(scale=GRADES)

    def world(self, *, by_verdict: bool) -> tuple[pd.DataFrame, list[float]]:
        random = np.random.default_rng(SEED)
        human = random.choice([0.0, 0.5, 1.0], size=60, p=[0.2, 0.3, 0.5])
        judge = np.clip(human - random.choice([0, 0.5], size=60, p=[0.7, 0.3]), 0, 1)
        one = labelled(((60, 0), (0, 0)), by_verdict=by_verdict, human_score=human, judge_score=judge)
        return one, list(random.choice([0.0, 0.5, 1.0], size=300, p=[0.3, 0.3, 0.4]))

    def test_random_labels_give_ppi_of_the_whole(self) -> None:
        items, values = self.world(by_verdict=False)
        row = whole(week_of(items, values=values, spec=self.SPEC))
        size = np.var(values) / row["se"] ** 2
        expected = ppi_mean(
            [Few(items["human_score"].to_numpy(), items["judge_score"].to_numpy())],
            [Many(1.0, float(np.mean(values)), float(np.var(values)), size)],
            traffic=300,
        ).estimate
        assert row["corrected_mean"] == pytest.approx(expected.value)
        assert (row["corrected_low"], row["corrected_high"]) == pytest.approx(unit_interval(expected))
        assert row["corrected_method"] == "ppi"
        assert row["rogan_gladen_reason"] == "not_binary"

    def test_labels_by_verdict_are_put_back_in_proportion(self) -> None:
        items, values = self.world(by_verdict=True)
        row = whole(week_of(items, values=values, spec=self.SPEC))
        judged, passed = np.array(values), items["judge_score"].to_numpy() >= 0.5
        few = [
            Few(*(items.loc[at, name].to_numpy() for name in ("human_score", "judge_score")))
            for at in (passed, ~passed)
        ]
        size = np.var(judged) / row["se"] ** 2
        many = [
            Many(float(at.mean()), float(judged[at].mean()), float(judged[at].var()), size)
            for at in (judged >= 0.5, judged < 0.5)
        ]
        expected = ppi_mean(few, many, traffic=300).estimate
        assert row["corrected_mean"] == pytest.approx(expected.value)
        assert (row["corrected_low"], row["corrected_high"]) == pytest.approx(unit_interval(expected))


class TestCrossCheck:
    def test_same_pass_share_in_pool_and_week_gives_the_corrected_level(self) -> None:
        row = whole(week_of(labelled(), shares=pass_shares(0.8)))
        assert row["rogan_gladen"] == pytest.approx(row["corrected_mean"])
        assert row["rogan_gladen_low"] < row["rogan_gladen"] < row["rogan_gladen_high"]

    def test_week_with_more_passes_than_the_pool_moves_it_further(self) -> None:
        """The level itself moved: then the predictive values did, and the judge's rates did not."""
        row = whole(week_of(labelled(), shares=pass_shares(0.7)))
        assert row["rogan_gladen"] > row["corrected_mean"]

    def test_random_labels_need_no_pass_share_and_those_by_verdict_do(self) -> None:
        plain, drawn = (
            whole(week_of(labelled(by_verdict=drawn), shares=pass_shares(None))) for drawn in (False, True)
        )
        assert plain["rogan_gladen"] == pytest.approx((0.8 + 31 / 36 - 1) / (55 / 64 + 31 / 36 - 1))
        assert drawn["rogan_gladen_reason"] == "too_few"

    @pytest.mark.parametrize("table", [((40, 40), (10, 10)), ((30, 40), (15, 10))])
    def test_judge_that_knows_nothing_or_worse_is_named(self, table: Any) -> None:
        row = whole(week_of(labelled(table, by_verdict=False)))
        assert pd.isna(row["rogan_gladen"]) and row["rogan_gladen_reason"] == "judge_uninformative"

    def test_error_of_rates_by_verdict_is_that_of_simulation(self) -> None:
        random = np.random.default_rng(SEED)
        share, good, bad, drawn = 0.85, 0.95, 0.4, 60
        simulated = []
        for _ in range(2000):
            passed, failed = random.binomial(drawn, good), random.binomial(drawn, bad)
            rates = rates_by_verdict(
                np.array([[passed, failed], [drawn - passed, drawn - failed]], dtype=float), share
            )
            if rates is not None:
                simulated.append([rate.share for rate in rates])
        table = np.array([[drawn * good, drawn * bad], [drawn * (1 - good), drawn * (1 - bad)]])
        rates = rates_by_verdict(table, share)
        assert rates is not None
        errors = [np.sqrt(rate.share * (1 - rate.share) / rate.n) for rate in rates]
        assert errors == pytest.approx(np.std(simulated, axis=0), rel=0.15)
