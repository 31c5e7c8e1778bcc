"""Corrected levels of a week: on whole weeks made of known judges and people."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.corrected import Labels
from behavior_pipeline.aggregation.corrected_levels import FEWEST_ALONE, FEWEST_LABELS, REJECTED
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
            "dimension": "faithfulness", "judge": JUDGE, "rubric": RUBRIC, "week": pd.Timestamp(worlds.WEEK),
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
    earlier: pd.DataFrame | None = None,
    slices: list[dict[str, str]] | None = None,
    moved: pd.Timestamp | None = None,
) -> pd.DataFrame:
    since = {} if moved is None else {("faithfulness", JUDGE, RUBRIC): moved}
    scored = [1.0] * 160 + [0.0] * 40 if values is None else values
    given = spec or worlds.spec()
    return weekly_scores(
        week=worlds.WEEK, specs={given.name: given}, scores=worlds.scores(scored),
        facts=worlds.facts(slices or [{}] * len(scored), users or [None] * len(scored)),
        frames=worlds.frames([]), tuples=worlds.tuples(),
        traffic=worlds.traffic([(worlds.WEEK, "customer.segment", value, 10) for value in "ab"]),
        gate_states=worlds.gates(), keys=worlds.KEYS,
        labels=None if items is None else Labels(
            items, pass_shares() if shares is None else shares, since
        ),
        earlier=None if earlier is None else earlier.assign(se=0.01),
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


class TestWeeks:
    """Labels of weeks before say how the judge errs, never how good the traffic was."""

    BEFORE = worlds.WEEK - timedelta(weeks=1)

    def earlier(self, share: float | None, **other: Any) -> pd.DataFrame:
        row = {
            "week": pd.Timestamp(self.BEFORE), "dimension": "faithfulness", "slice_key": "all",
            "slice_value": "all", "judge": JUDGE, "rubric": RUBRIC, "mean": share, "n_eff": 400.0,
            "pass_share": None, "series_id": "s", "n": 400, "design_effect": 1.0,
        }  # fmt: skip
        return pd.DataFrame([row | other])

    def of_before(self, table: Any, **other: Any) -> pd.DataFrame:
        return labelled(table, week=pd.Timestamp(self.BEFORE), **other)

    def test_fall_is_seen_through_the_rates_of_the_week_before(self) -> None:
        """Sensitivity .95 and specificity .8 at .94; then .8 pass, so .8 are good, whatever was before."""
        before = self.of_before(((395, 198), (5, 202)))
        row = whole(week_of(before, earlier=self.earlier(0.905)))
        assert row["corrected_mean"] == pytest.approx((0.8 - 0.2) / 0.75, abs=0.01)
        assert row["corrected_method"] == "common_rates"
        assert pd.isna(row["same_rates_p_value"])

    def test_labels_of_weeks_with_the_same_rates_are_used_together(self) -> None:
        now, before = labelled(((38, 20), (2, 20))), self.of_before(((38, 20), (2, 20)))
        both = whole(week_of(pd.concat([now, before]), earlier=self.earlier(0.8)))
        alone = whole(week_of(now))
        assert both["corrected_mean"] == pytest.approx(alone["corrected_mean"], abs=0.002)
        width = alone["corrected_high"] - alone["corrected_low"]
        assert both["corrected_high"] - both["corrected_low"] < 0.85 * width
        assert both["same_rates_p_value"] > 0.9
        assert (both["corrected_method"], both["corrected_labels"]) == ("common_rates", 160)

    def test_judge_that_changed_leaves_the_weeks_own_labels(self) -> None:
        now, before = labelled(((40, 38), (0, 2))), self.of_before(((30, 2), (10, 38)))
        row = whole(week_of(pd.concat([now, before]), earlier=self.earlier(0.8)))
        assert row["same_rates_p_value"] < REJECTED
        assert row["corrected_method"] == "post_stratified"
        assert row["corrected_mean"] == pytest.approx(0.8 + 0.2 * 0.95)

    def test_judge_that_changed_and_few_labels_are_missing_with_a_reason(self) -> None:
        now, before = labelled(((9, 9), (0, 0))), self.of_before(((30, 2), (10, 38)))
        assert len(now) < FEWEST_ALONE
        row = whole(week_of(pd.concat([now, before]), earlier=self.earlier(0.8)))
        assert pd.isna(row["corrected_mean"])
        assert row["corrected_reason"] == "rates_changed"
        assert row["same_rates_p_value"] < REJECTED

    def test_judge_that_anchors_see_to_have_moved_leaves_the_weeks_own_labels(self) -> None:
        before = self.of_before(TABLE)
        now, since = labelled(((22, 4), (2, 12))), pd.Timestamp(worlds.WEEK)
        given: dict[str, Any] = {"earlier": self.earlier(0.8)}
        together = whole(week_of(pd.concat([now, before]), **given))
        apart = whole(week_of(pd.concat([now, before]), **given, moved=since))
        alone = whole(week_of(now, **given))
        assert (together["corrected_method"], apart["corrected_method"]) == (
            "common_rates",
            "post_stratified",
        )
        assert apart["corrected_mean"] == pytest.approx(alone["corrected_mean"])
        later = whole(week_of(before, **given, moved=since))
        assert (pd.isna(later["corrected_mean"]), later["corrected_reason"]) == (True, "rates_changed")
        long_ago = whole(week_of(pd.concat([now, before]), **given, moved=since - pd.Timedelta(weeks=5)))
        assert long_ago["corrected_mean"] == together["corrected_mean"]

    def test_useless_judge_tells_nothing_of_a_week_without_labels(self) -> None:
        row = whole(week_of(self.of_before(((20, 22), (20, 18))), earlier=self.earlier(0.8)))
        assert row["corrected_reason"] == "judge_uninformative"

    def test_interval_over_half_of_the_scale_is_no_level(self) -> None:
        row = whole(week_of(self.of_before(((15, 12), (5, 8))), earlier=self.earlier(0.8)))
        assert pd.isna(row["corrected_mean"])
        assert row["corrected_reason"] == "too_few"

    def test_week_of_which_no_row_is_stored_still_says_what_its_labels_say(self) -> None:
        now, before = labelled(((38, 20), (2, 20))), self.of_before(((38, 20), (2, 20)))
        row = whole(week_of(pd.concat([now, before]), earlier=None))
        assert row["corrected_mean"] == pytest.approx(0.86, abs=0.01)


class TestWeeksOfGrades:
    SPEC = worlds.spec(scale=GRADES)

    def of_week(self, shares: list[float], n: int, random: np.random.Generator, **other: Any) -> pd.DataFrame:
        human = random.choice([0.0, 0.5, 1.0], size=n, p=shares)
        judge = np.clip(human - random.choice([0, 0.5], size=n, p=[0.7, 0.3]), 0, 1)
        items = labelled(((n, 0), (0, 0)), by_verdict=False)
        return items.assign(human_score=human, judge_score=judge, **other)

    @pytest.mark.parametrize("n_now", [0, 30])
    def test_fall_is_read_through_the_line_of_weeks_before(self, n_now: int) -> None:
        random, fell = np.random.default_rng(SEED), [0.4, 0.3, 0.3]
        before = self.of_week([0.1, 0.2, 0.7], 400, random, week=pd.Timestamp(TestWeeks.BEFORE))
        traffic = self.of_week(fell, 2000, random)
        items = pd.concat([before, self.of_week(fell, n_now, random)]) if n_now else before
        row = whole(week_of(items, values=list(traffic["judge_score"]), spec=self.SPEC))
        assert row["corrected_mean"] == pytest.approx(0.45, abs=0.04)
        assert row["corrected_low"] < 0.45 < row["corrected_high"]
        assert row["corrected_method"] == "common_line"
        assert pd.isna(row["same_rates_p_value"]) == (n_now == 0)

    def test_labels_by_verdict_need_the_pass_share_of_their_week(self) -> None:
        random = np.random.default_rng(SEED)
        before = self.of_week([0.1, 0.2, 0.7], 400, random, week=pd.Timestamp(TestWeeks.BEFORE))
        before = before.assign(by_verdict=True)
        values = list(self.of_week([0.1, 0.2, 0.7], 400, random)["judge_score"])
        shares = [TestWeeks().earlier(0.7, pass_share=share) for share in (0.9, None)]
        known, unknown = (
            whole(week_of(before, values=values, spec=self.SPEC, earlier=earlier)) for earlier in shares
        )
        assert known["corrected_method"] == "common_line"
        assert unknown["corrected_reason"] == "too_few"


def test_pass_share_is_that_of_the_weight() -> None:
    row = whole(week_of(None, values=[0.0, 0.5, 1.0, 1.0], spec=worlds.spec(scale=GRADES)))
    assert (row["mean"], row["pass_share"]) == (0.625, 0.75)


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
