"""The outside call: what is found, what is refused, and what stands where nothing can be said."""

from dataclasses import replace

import numpy as np
import orjson
import pandas as pd
import pytest

from behavior_pipeline.drift.api import RETURNED, DriftConfig, detect
from behavior_pipeline.errors import InputError
from behavior_pipeline_tests.drift.simulated import (
    SHARES,
    START,
    alarmed,
    anchors,
    cells,
    history,
    last,
)


def falling(week: int, _kind: str, _region: str) -> float:
    return 0.94 if week < 10 else 0.88


def in_a(week: int, kind: str, _region: str) -> float:
    return 0.86 if week >= 10 and kind == "a" else 0.94


class TestWhatIsFound:
    def test_fall_of_all_alarms_on_the_whole_alone(self) -> None:
        of = cells(11, level=falling)
        assert alarmed(detect(history(of), cells=of)) == {("all", "all")}

    def test_fall_of_a_slice_alarms_on_the_slice_alone(self) -> None:
        of = cells(11, level=in_a)
        assert alarmed(detect(history(of), cells=of)) == {("kind", "a")}

    def test_rise_is_a_finding_and_no_alarm(self) -> None:
        rows = last(detect(history(cells(11, level=lambda week, *_: 0.9 if week < 10 else 0.96))))
        whole = rows[(rows["slice_key"] == "all") & (rows["detector"] == "contrast")].iloc[0]
        assert not rows["alarm"].any()
        assert whole["reason"] == "rose"
        assert whole["effect"] > 0.04

    def test_fall_in_week_four_is_found(self) -> None:
        of = cells(4, level=lambda week, *_: 0.94 if week < 3 else 0.86)
        assert ("all", "all") in alarmed(detect(history(of)))

    def test_new_mix_moves_the_level_of_the_whole_only_without_cells(self) -> None:
        def level(_week: int, kind: str, _region: str) -> float:
            return 0.97 if kind == "a" else 0.80

        def shares(week: int) -> dict[tuple[str, str], float]:
            ratio = {"a": 0.4, "b": 1.6} if week >= 10 else {"a": 1.0, "b": 1.0}
            return {cell: share * ratio[cell[0]] for cell, share in SHARES.items()}

        of = cells(11, level=level, shares=shares)
        assert ("all", "all") in alarmed(detect(history(of)))
        assert not alarmed(detect(history(of), cells=of))

    def test_alarmed_weeks_stay_out_of_the_baseline(self) -> None:
        rows = detect(history(cells(20, level=falling)))
        whole = rows[(rows["slice_key"] == "all") & (rows["detector"] == "contrast")]
        assert whole["alarm"].tolist()[10:] == [True] * 10
        assert whole["baseline"].iloc[-1] > 0.93


class TestNewcomers:
    @staticmethod
    def shares(week: int) -> dict[tuple[str, str], float]:
        return SHARES if week < 11 else {**SHARES, ("new", "x"): 0.1, ("new", "y"): 0.1}

    def test_new_value_that_holds_all_failures_is_named_by_the_alarm_of_the_whole(self) -> None:
        of = cells(12, level=lambda _, kind, *__: 0.5 if kind == "new" else 0.94, shares=self.shares)
        rows = last(detect(history(of), cells=of))
        alarm = rows[rows["alarm"].astype(bool)]
        assert alarmed(rows) == {("all", "all")}
        assert set(alarm["localised_to"]) == {'{"kind":"new"}'}

    def test_new_value_within_an_alarmed_slice_is_named_beside_it(self) -> None:
        of = cells(
            12, level=lambda _, kind, *__: 0.5 if kind == "new" else 0.94,
            shares=lambda week: SHARES if week < 11 else {**SHARES, ("new", "x"): 0.2},
        )  # fmt: skip
        rows = last(detect(history(of), cells=of))
        assert alarmed(rows) == {("region", "x")}
        within = rows.loc[rows["alarm"].astype(bool), "localised_to"]
        assert [orjson.loads(text) for text in within] == [{"region": "x", "kind": "new"}]

    def test_cells_without_all_sums_name_no_newcomer(self) -> None:
        of = cells(12, level=lambda _, kind, *__: 0.5 if kind == "new" else 0.94, shares=self.shares)
        rows = last(detect(history(of), cells=of.drop(columns=["sum_w2y", "sum_w2y2"])))
        assert alarmed(rows) == {("all", "all")}
        assert rows.loc[rows["alarm"].astype(bool), "localised_to"].isna().all()

    def test_healthy_value_that_came_while_everything_crept_is_not_named(self) -> None:
        def level(week: int, kind: str, *_: str) -> float:
            return 1.0 if kind == "new" else 0.94 - 0.002 * max(0, week - 9)

        of = cells(
            24, level=level, judged=6000,
            shares=lambda week: SHARES if week < 20 else {**SHARES, ("new", "x"): 0.03},
        )  # fmt: skip
        rows = detect(history(of), cells=of)
        alarms = rows[rows["alarm"].astype(bool) & (rows["slice_key"] == "all")]
        assert len(alarms)
        assert not alarms["localised_to"].fillna("").str.contains("new").any()

    def test_new_value_beside_a_fall_of_everything_is_not_named(self) -> None:
        of = cells(12, level=lambda week, *_: 0.94 if week < 11 else 0.8, shares=self.shares)
        rows = last(detect(history(of), cells=of))
        assert alarmed(rows) == {("all", "all")}
        assert rows.loc[rows["alarm"].astype(bool), "localised_to"].isna().all()


class TestJudges:
    def test_silent_judge_is_told_and_explains_the_scores(self) -> None:
        of = cells(12, level=lambda week, *_: 0.94 if week < 11 else 0.94 * 0.9)
        rows = detect(history(of), cells=of, anchors=anchors(12, moved_from=11))
        assert alarmed(rows) == {("judge", "j")}
        assert (last(rows).loc[last(rows)["slice_key"] == "all", "reason"] == "judge_moved").any()

    def test_without_anchors_the_same_fall_is_one_of_scores(self) -> None:
        of = cells(12, level=lambda week, *_: 0.94 if week < 11 else 0.94 * 0.9)
        assert alarmed(detect(history(of), cells=of)) == {("all", "all")}

    def test_change_of_judge_is_bridged_by_anchors(self) -> None:
        of = cells(12, level=lambda week, *_: 0.94 if week < 11 else 0.94 * 0.9)
        of["judge"] = np.where(of["period"] < START + pd.Timedelta(weeks=11), "j", "k")
        scored = anchors(12, moved_from=11, judges=lambda week: "j" if week < 11 else "k")
        rows = last(detect(history(of), cells=of, anchors=scored))
        whole = rows[(rows["slice_key"] == "all") & (rows["detector"] == "contrast")].iloc[0]
        assert alarmed(rows) == {("judge", "k")}
        assert abs(whole["effect"]) < 0.05 < abs(whole["effect"] - 0.094)
        assert 0.01 < whole["effect_se"] < 0.03

    def test_fall_beside_a_change_of_judge_is_not_explained_by_it(self) -> None:
        of = cells(12, level=lambda week, *_: 0.94 if week < 11 else 0.94 * 0.9 * 0.9)
        of["judge"] = np.where(of["period"] < START + pd.Timedelta(weeks=11), "j", "k")
        scored = anchors(12, moved_from=11, judges=lambda week: "j" if week < 11 else "k")
        assert alarmed(detect(history(of), cells=of, anchors=scored)) == {("judge", "k"), ("all", "all")}

    def test_change_of_judge_that_one_week_does_not_show_is_told_by_two(self) -> None:
        of = cells(13)
        of["judge"] = np.where(of["period"] < START + pd.Timedelta(weeks=11), "j", "k")
        scored = anchors(13, moved_from=11, judges=lambda week: "j" if week < 11 else "k")
        scores = [
            detect(history(of[of["period"] <= end]), cells=of[of["period"] <= end], anchors=scored)
            for end in (START + pd.Timedelta(weeks=week) for week in (11, 12))
        ]
        first, second = (last(rows)[last(rows)["slice_key"] == "judge"].iloc[0] for rows in scores)
        assert abs(second["statistic"]) > abs(first["statistic"])

    def test_change_of_judge_without_anchors_starts_a_new_series(self) -> None:
        of = cells(12)
        of["judge"] = np.where(of["period"] < START + pd.Timedelta(weeks=11), "j", "k")
        rows = last(detect(history(of)))
        reasons = rows[rows["detector"] == "contrast"].groupby("judge")["reason"].unique()
        assert reasons["j"].tolist() == ["series_ended"]
        assert reasons["k"].tolist() == ["short_history"]

    def test_judge_of_versions_is_that_of_the_series(self) -> None:
        of = cells(12)
        names = ["j"] * 11 + ["k"]
        versions = pd.DataFrame({"period": sorted(of["period"].unique()), "model": "m", "judge": names})
        rows = last(detect(history(of).drop(columns=["judge"]), versions=versions))
        assert set(rows["judge"]) == {"j", "k"}


class TestOrderOfTime:
    def test_cutting_the_history_gives_the_same_rows(self) -> None:
        of = cells(14, level=in_a)
        scored = anchors(14, moved_from=12)
        whole = detect(history(of), cells=of, anchors=scored)
        end = START + pd.Timedelta(weeks=11)
        early = of[of["period"] <= end]
        cut = detect(history(early), cells=early, anchors=scored[scored["period"] <= end])
        pd.testing.assert_frame_equal(whole[whole["period"] <= end].reset_index(drop=True), cut)

    def test_later_weeks_go_on_from_what_was_returned(self) -> None:
        of = cells(16, level=in_a)
        whole = detect(history(of), cells=of)
        end = START + pd.Timedelta(weeks=12)
        early = of[of["period"] <= end]
        before = detect(history(early), cells=early)
        after = detect(history(of), cells=of, state=before)
        pd.testing.assert_frame_equal(after, whole[whole["period"] > end].reset_index(drop=True))

    def test_unsorted_rows_give_the_same(self) -> None:
        rows = history(cells(8))
        pd.testing.assert_frame_equal(detect(rows.sample(frac=1, random_state=3)), detect(rows))

    @pytest.mark.parametrize(
        "period",
        [
            lambda day: day.date(),
            lambda day: (day - START).days // 7,
            lambda day: f"{day.isocalendar().year}-W{day.isocalendar().week:02d}",
            lambda day: str((day + pd.Timedelta(days=2)).date()),
        ],
    )
    def test_periods_come_back_as_they_came(self, period: object) -> None:
        rows = history(cells(6))
        named = rows.assign(period=rows["period"].map(period))
        result, usual = detect(named), detect(rows)
        assert set(result["period"]) == set(named["period"])
        pd.testing.assert_series_equal(result["p_value"], usual["p_value"])


class TestWhatIsGiven:
    def test_means_with_errors_give_what_their_sums_give(self) -> None:
        rows = history(cells(10, level=in_a))
        mean = rows["sum_wy"] / rows["n"]
        announced = rows[["period", "dimension", "judge", "rubric", "slice_key", "slice_value", "n"]].assign(
            mean=mean, se=np.sqrt(mean * (1 - mean) / rows["n"]), n_eff=rows["n"].astype(float)
        )
        columns = ["period", "slice_key", "slice_value", "effect", "p_value", "alarm"]
        pd.testing.assert_frame_equal(detect(announced)[columns], detect(rows)[columns])

    def test_repeat_users_make_a_change_less_sure(self) -> None:
        rows = history(cells(10, level=in_a))
        mean = rows["sum_wy"] / rows["n"]
        clustered = rows.assign(se=np.sqrt(4 * mean * (1 - mean) / rows["n"]))
        plain, wide = (last(detect(frame)).set_index("detector") for frame in (rows, clustered))
        assert wide.loc["slow", "n_eff"].to_numpy(dtype=float) == pytest.approx(
            plain.loc["slow", "n_eff"].to_numpy(dtype=float) / 4, rel=0.01
        )

    def test_grades_are_compared_in_points(self) -> None:
        rows = history(cells(11, level=falling)).assign(graded=True)
        assert ("all", "all") in alarmed(detect(rows))

    def test_a_dimension_may_have_its_own_settings(self) -> None:
        config = DriftConfig()
        high = replace(config, dimensions={"tone": config.drift.model_copy(update={"effect_floor": 0.2})})
        rows = last(detect(history(cells(11, level=falling)), config=high))
        assert not rows["alarm"].any()
        assert "below_effect_floor" in set(rows["reason"])


class TestBadInput:
    def test_two_weeks_are_a_short_history(self) -> None:
        assert set(detect(history(cells(2)))["reason"]) == {"short_history"}

    def test_series_that_vanishes_has_a_row_and_a_reason(self) -> None:
        rows = history(cells(10))
        gone = (rows["slice_value"] == "b") & (rows["period"] == rows["period"].max())
        now = last(detect(rows[~gone]))
        assert now.loc[now["slice_value"] == "b", "reason"].tolist() == ["no_scored_trace"]

    def test_series_that_appears_has_a_short_history(self) -> None:
        rows = history(cells(10))
        new = rows[(rows["slice_value"] == "b") & (rows["period"] == rows["period"].max())]
        now = last(detect(pd.concat([rows, new.assign(slice_value="c")])))
        assert set(now.loc[now["slice_value"] == "c", "reason"]) == {"short_history"}

    def test_week_without_data_is_passed_over(self) -> None:
        rows = history(cells(12, level=falling))
        rows = rows[rows["period"] != START + pd.Timedelta(weeks=8)]
        assert ("all", "all") in alarmed(detect(rows))

    def test_week_of_zero_traces_has_a_reason(self) -> None:
        rows = history(cells(8))
        empty = rows["period"] == rows["period"].max()
        rows.loc[empty, [name for name in rows if name == "n" or name.startswith("sum_")]] = 0
        assert set(last(detect(rows))["reason"]) == {"no_scored_trace"}

    @pytest.mark.parametrize("level", [0.0, 1.0])
    def test_constant_scores_alarm_nowhere(self, level: float) -> None:
        rows = detect(history(cells(10, level=lambda *_: level)))
        assert not rows["alarm"].any()
        assert set(last(rows)["reason"]) == {"not_rare"}

    def test_fall_from_all_pass_is_found(self) -> None:
        of = cells(10, level=lambda week, *_: 1.0 if week < 9 else 0.9)
        assert ("all", "all") in alarmed(detect(history(of)))

    def test_one_user_with_all_traffic_is_named(self) -> None:
        rows = history(cells(8))
        mean = rows["sum_wy"] / rows["n"]
        announced = rows[["period", "dimension", "slice_key", "slice_value", "n"]].assign(
            mean=mean, se=np.nan, n_eff=np.nan
        )
        announced["missing_reason"] = "one_cluster"
        assert set(last(detect(announced))["reason"]) == {"one_cluster"}

    def test_missing_slice_value_is_a_slice(self) -> None:
        rows = history(cells(8))
        rows.loc[rows["slice_value"] == "b", "slice_value"] = None
        assert "absent" in set(detect(rows)["slice_value"])

    def test_missing_mean_has_a_reason(self) -> None:
        rows = history(cells(8))
        rows.loc[rows["period"] == rows["period"].max(), "sum_wy"] = np.nan
        assert set(last(detect(rows))["reason"]) == {"no_scored_trace"}

    def test_ten_thousand_slice_values_are_too_small(self) -> None:
        names = [f"v{number}" for number in range(10_000)]
        rows = pd.concat(
            pd.DataFrame(
                {"period": START + pd.Timedelta(weeks=week), "dimension": "tone", "slice_key": "city",
                 "slice_value": names, "n": 1.0, "sum_w": 1.0, "sum_wy": 1.0}
            )
            for week in range(4)
        )  # fmt: skip
        assert set(last(detect(rows))["reason"]) == {"too_small"}

    def test_no_rows_give_no_rows(self) -> None:
        rows = detect(history(cells(3)).iloc[:0])
        assert rows.empty
        assert list(rows) == list(RETURNED)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda rows: rows.drop(columns="dimension"), "no columns"),
            (lambda rows: rows.drop(columns="period"), "no columns"),
            (lambda rows: rows.drop(columns=["sum_w", "sum_wy"]), "no columns"),
            (lambda rows: pd.concat([rows, rows]), "already"),
            (lambda rows: rows.assign(sum_wy=rows["sum_wy"] * 3), "outside of 0 to 1"),
            (lambda rows: rows.assign(sum_w="many"), "no number"),
            (lambda rows: rows.assign(period=None), "missing"),
            (lambda rows: rows.assign(period="some day"), "is no week"),
            (lambda rows: rows.assign(dimension=None), "without a dimension"),
            (lambda rows: rows.assign(period=[*rows["period"][:-1], 3.5]), "is no week"),
        ],
    )
    def test_frame_that_cannot_be_used_is_refused(self, change: object, says: str) -> None:
        with pytest.raises(InputError, match=says):
            detect(change(history(cells(4))))  # type: ignore[operator]

    def test_cells_that_are_no_objects_are_refused(self) -> None:
        of = cells(4)
        with pytest.raises(InputError, match="no JSON object"):
            detect(history(of), cells=of.assign(cell="kind=a"))

    def test_cells_may_be_mappings_without_squares(self) -> None:
        of = cells(11, level=in_a)
        plain = of[["period", "dimension", "judge", "rubric", "cell", "sum_w", "sum_wy"]]
        mapped = plain.assign(cell=plain["cell"].map(orjson.loads))
        pd.testing.assert_frame_equal(detect(history(of), cells=mapped), detect(history(of), cells=of))

    def test_days_are_no_weeks(self) -> None:
        rows = history(cells(4))
        with pytest.raises(InputError, match="one week"):
            detect(rows.assign(period=rows["period"].map(lambda day: START + (day - START) / 7)))
