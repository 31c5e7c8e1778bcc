"""The week's agreement rows: what is pooled, what is live, and how a judge's story runs over weeks."""

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.calibration.agreement.ceiling import People
from behavior_pipeline.calibration.agreement.measurement import measure
from behavior_pipeline.calibration.items.strata import Shares
from behavior_pipeline.tables.calibration import CALIBRATION_AGREEMENT
from behavior_pipeline_tests.calibration.frames import (
    AGREES,
    BORDER,
    RUBRIC,
    WEAK,
    by_verdict,
    checked_spec,
    labelled,
    look,
    monday,
    run,
    scores,
    spec,
)

PASSED = {RUBRIC: {"v1@a": {monday(0): Shares(0.9)}}}


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


class TestPooling:
    def test_four_weeks_are_pooled_and_the_fifth_is_not(self) -> None:
        row = one(look(spec(), 4, *(labelled(week, AGREES) for week in range(5))))
        assert (row["n"], row["weeks_pooled"]) == (4 * sum(AGREES), 4)

    def test_item_seen_every_week_counts_once_as_it_was_last_seen(self) -> None:
        frames = [labelled(0, WEAK, fresh=False), labelled(1, AGREES, fresh=False)]
        row = one(look(spec(), 1, *frames))
        assert (row["n"], row["point"]) == (80, pytest.approx(0.798, abs=0.001))

    def test_diagnostic_items_never_enter(self) -> None:
        frames = [labelled(0, AGREES), labelled(0, WEAK, fresh=False, role="diagnostic")]
        assert one(look(spec(), 0, *frames))["n"] == 80

    def test_items_without_a_verdict_never_enter(self) -> None:
        unanswered = labelled(0, AGREES, judge_score=np.nan, judge_label=None, missing_reason="judge_refused")
        row = one(look(spec(), 0, unanswered))
        assert (row["n"], row["gate_state"], row["reason"]) == (0, "unmeasured", "no_labels")
        assert pd.isna(row["point"])

    def test_labels_of_later_weeks_never_enter(self) -> None:
        assert one(look(spec(), 0, labelled(0, AGREES), labelled(1, WEAK)))["n"] == 80

    def test_pool_starts_anew_with_a_dataset(self) -> None:
        rows = run(spec(), [labelled(0, AGREES)], [labelled(1, AGREES, dataset="v4")])
        assert list(rows["dataset"]) == ["v3", "v4"]
        assert list(rows["n"]) == [80, 80]
        assert rows["previous_dataset"].iloc[1] == "v3"

    def test_bare_declared_rubric_is_the_live_one_and_another_digest_is_not(self) -> None:
        frames = [labelled(0, AGREES, rubric="v2"), labelled(0, WEAK, rubric="v2+ffffffff")]
        rows = look(spec(), 0, *frames).set_index("rubric")
        assert rows.loc[RUBRIC, "gate_state"] == "open"
        assert rows.loc["v2+ffffffff", "gate_state"] == "blocked"


class TestPointRule:
    def test_enough_labels_of_the_week_stand_alone(self) -> None:
        rows = run(spec("point"), [labelled(0, AGREES)], [labelled(1, WEAK)])
        assert list(rows["gate_state"]) == ["open", "suspended"]
        assert rows["n"].iloc[1] == 80
        assert rows["point"].iloc[1] == pytest.approx(0.30, abs=0.01)

    def test_few_labels_of_the_week_are_pooled(self) -> None:
        rows = run(spec("point"), [labelled(0, AGREES)], [labelled(1, (8, 7, 6, 9))])
        assert list(rows["gate_state"]) == ["open", "open"]
        assert (rows["n"].iloc[1], rows["weeks_pooled"].iloc[1]) == (110, 2)

    def test_posterior_stands_beside_the_point(self) -> None:
        row = one(look(spec("point"), 0, labelled(0, BORDER)))
        assert row["gate_state"] == "open"
        assert 0.5 < row["probability_above_gate"] < 0.8
        assert row["low"] < row["point"] < row["high"]


class TestPosteriorRule:
    def test_gate_closes_after_two_low_looks_not_one(self) -> None:
        low = (31, 13, 12, 24)  # MCC .37: with four good weeks in the pool the probability falls slowly
        rows = run(spec(), *([labelled(week, AGREES if week < 2 else low)] for week in range(6)))
        states = list(rows["gate_state"])
        closing = states.index("suspended")
        assert states[:closing] == ["open"] * closing
        assert rows["probability_above_gate"].iloc[closing] < 0.2
        assert rows["low_looks"].iloc[closing - 1] == 1 or rows["probability_above_gate"].iloc[closing] < 0.05

    def test_quiet_week_is_no_look(self) -> None:
        rows = run(spec(), [labelled(0, AGREES)], [], [])
        assert list(rows["gate_state"]) == ["open"] * 3
        assert list(rows["reason"]) == ["agreement_reached", "unchanged", "unchanged"]

    def test_week_without_traffic_and_labels_keeps_the_row(self) -> None:
        rows = run(spec(), [labelled(0, AGREES)], *[[]] * 5, in_use=[["v1@a"], *[[]] * 5])
        assert list(rows["gate_state"]) == ["open"] * 6
        assert list(rows["dataset"]) == ["v3"] * 6
        assert pd.isna(rows["point"].iloc[-1])


class TestLooks:
    """A judge just above the gate: P(at least .6) is .90 in its first week, and stays there."""

    SURE = (37, 7, 5, 31)

    def test_what_opens_a_gate_at_the_first_look_does_not_at_a_later_one(self) -> None:
        first = one(look(spec(), 0, labelled(0, self.SURE)))
        assert 0.8 < first["probability_above_gate"] < 0.95
        assert (first["gate_state"], first["looks"]) == ("open", 1)
        weak = run(spec(), [labelled(0, WEAK)], *([] for _ in range(4)), [labelled(5, self.SURE)])
        assert list(weak["looks"]) == [1, 1, 1, 1, 1, 2], "a week without labels is no look"
        assert weak["probability_above_gate"].iloc[-1] == first["probability_above_gate"]
        assert weak["gate_state"].iloc[-1] == "blocked"

    def test_a_judge_looked_at_before_looks_were_counted_was_looked_at(self) -> None:
        before = run(spec(), [labelled(0, WEAK)]).assign(looks=None)
        row = one(look(spec(), 5, labelled(5, self.SURE), previous=before))
        assert (row["gate_state"], row["looks"]) == ("blocked", 2)


class TestNewResponseModel:
    def test_gate_closes_until_anchors_agree(self) -> None:
        rows = run(
            spec("point"), [labelled(0, AGREES)], [], [labelled(2, AGREES, judge="v1@b")],
            in_use=[["v1@a"], ["v1@b"], ["v1@b"]],
        )  # fmt: skip
        new = rows[rows["judge"] == "v1@b"]
        assert list(new["gate_state"]) == ["suspended", "open"]
        assert list(new["reason"]) == ["response_model_changed", "agreement_reached"]
        assert list(new["previous_judge"]) == ["v1@a", "v1@b"]
        assert list(new["previous_state"]) == ["open", "suspended"]

    def test_week_of_the_change_decides_with_its_own_labels(self) -> None:
        rows = run(
            spec("point"),
            [labelled(0, AGREES)],
            [labelled(1, WEAK, judge="v1@b")],
            in_use=[["v1@a"], ["v1@b"]],
        )
        row = one(rows[rows["judge"] == "v1@b"])
        assert (row["gate_state"], row["reason"], row["n"]) == ("suspended", "agreement_lost", 80)
        assert (row["previous_judge"], row["previous_dataset"]) == ("v1@a", "v3")
        assert row["change"] == pytest.approx(-0.5, abs=0.01)
        assert row["probability_of_drop"] > 0.99

    def test_forty_relabelled_items_of_a_new_dataset_reopen_the_gate(self) -> None:
        relabelled = labelled(2, (16, 3, 3, 18), judge="v1@b", dataset="v4")
        rows = run(
            spec("point"), [labelled(0, AGREES)], [labelled(1, WEAK, judge="v1@b")], [relabelled],
            in_use=[["v1@a"], ["v1@b"], ["v1@b"]],
        )  # fmt: skip
        row = rows.iloc[-1]
        assert (row["judge"], row["dataset"], row["n"]) == ("v1@b", "v4", 40)
        assert (row["previous_state"], row["gate_state"]) == ("suspended", "open")

    def test_judge_that_returns_has_its_own_state(self) -> None:
        rows = run(
            spec("point"), [labelled(0, AGREES)], [labelled(1, WEAK, judge="v1@b")], [],
            in_use=[["v1@a"], ["v1@b"], ["v1@a"]],
        )  # fmt: skip
        last = rows[rows["week"] == rows["week"].max()].set_index("judge")
        assert last.loc["v1@a", "gate_state"] == "open"
        assert last.loc["v1@b", "gate_state"] == "suspended"


def test_new_rubric_starts_unmeasured() -> None:
    rows = run(spec(), [labelled(0, AGREES)])
    renewed = spec().model_copy(update={"rubric_version": "v3"})
    now = look(renewed, 1, labelled(0, AGREES), previous=rows).set_index("rubric")
    assert now.loc["v3+0a1b2c3d", "gate_state"] == "unmeasured"
    assert now.loc["v3+0a1b2c3d", "previous_state"] == "unmeasured"
    assert now.loc["v3+0a1b2c3d", "previous_judge"] == "v1@a"


def test_checked_dimension_is_exempt_until_labels_contradict_it() -> None:
    first = look(checked_spec(), 0, judges_in_use=[])
    assert (one(first)["gate_state"], one(first)["judge"], one(first)["metric"]) == ("exempt", "none", "none")
    contradicted = labelled(1, WEAK, dimension="latency", judge="none", rubric="none", dataset="none")
    second = look(checked_spec(), 1, contradicted, previous=first, judges_in_use=["none"])
    assert (one(second)["previous_state"], one(second)["gate_state"]) == ("exempt", "suspended")


class TestStrata:
    def test_labels_drawn_per_verdict_are_reweighted_to_production(self) -> None:
        """The golden case mcc_stratified_90."""
        drawn = by_verdict(labelled(0, (57, 11, 3, 49)))
        row = one(look(spec(), 0, drawn, pass_shares=PASSED))
        assert row["point"] == pytest.approx(0.691523027838797)
        assert row["probability_above_gate"] == pytest.approx(0.8108575759477483, abs=0.003)
        assert row["prevalence"] == pytest.approx(0.8733333333)
        assert row["specificity"] == pytest.approx(0.6447368421)

    def test_random_labels_stay_as_they_are(self) -> None:
        row = one(look(spec(), 0, labelled(0, (57, 11, 3, 49)), pass_shares=PASSED))
        assert row["point"] == pytest.approx(0.7735737130957593)


class TestDegenerate:
    @pytest.mark.parametrize(
        ("cells", "reason"), [((70, 10, 0, 0), "human_one_class"), ((60, 0, 20, 0), "gate_shut")]
    )
    def test_table_of_one_class_has_no_point(self, cells: tuple[int, ...], reason: str) -> None:
        row = one(look(spec(), 0, labelled(0, cells)))  # type: ignore[arg-type]
        assert row[["point", "low", "high"]].isna().all()
        assert row["reason"] == reason

    def test_only_a_judge_of_one_class_keeps_its_probability(self) -> None:
        assert pd.isna(one(look(spec(), 0, labelled(0, (70, 10, 0, 0))))["probability_above_gate"])
        assert one(look(spec(), 0, labelled(0, (60, 0, 20, 0))))["probability_above_gate"] < 0.01

    def test_without_labels_and_judges_there_is_no_row(self) -> None:
        empty = look(spec(), 0, judges_in_use=[])
        assert empty.empty
        assert list(empty.columns) == list(CALIBRATION_AGREEMENT.columns)


class TestSpearman:
    def test_graded_scores_are_gated_by_rank_correlation(self) -> None:
        generator = np.random.default_rng(2)
        frame = labelled(0, AGREES)
        human = generator.integers(0, 5, len(frame)) / 4
        frame["human_score"] = human
        frame["judge_score"] = np.clip(human + generator.integers(-1, 2, len(frame)) / 4, 0, 1)
        row = one(look(spec(metric="spearman", minimum=0.7), 0, frame))
        assert (row["metric"], row["gate_state"]) == ("spearman", "open")
        assert row["low"] < row["point"] < row["high"]
        assert pd.isna(row["prevalence"])

    def test_judge_of_one_grade_is_shut(self) -> None:
        frame = labelled(0, AGREES, judge_score=0.5)
        row = one(look(spec(metric="spearman", minimum=0.7), 0, frame))
        assert (row["gate_state"], row["reason"]) == ("blocked", "judge_one_class")


def test_judge_that_fell_silent_keeps_its_row_beside_an_older_one_in_the_pool() -> None:
    rows = run(spec("point"), [labelled(0, AGREES)], [], [], in_use=[["v1@a"], ["v1@b"], []])
    last = rows[rows["week"] == rows["week"].max()].set_index("judge")
    assert dict(last["gate_state"]) == {"v1@a": "open", "v1@b": "suspended"}
    assert last.loc["v1@b", "reason"] == "unchanged"


def test_same_labels_give_the_same_rows() -> None:
    frames = [labelled(0, AGREES), labelled(1, BORDER)]
    shuffled = [frame.sample(frac=1, random_state=3) for frame in reversed(frames)]
    pd.testing.assert_frame_equal(look(spec(), 1, *frames), look(spec(), 1, *shuffled))


def test_tau_b_stands_beside_spearman_and_a_missing_point_has_its_reason() -> None:
    graded = spec(metric="spearman")
    row = look(graded, 0, labelled(0, AGREES)).iloc[0]
    assert row["tau_b"] == pytest.approx(row["point"])  # of two classes both are the Matthews correlation
    assert pd.isna(row["missing_reason"])
    assert pd.isna(look(spec(), 0, labelled(0, AGREES)).iloc[0]["tau_b"])
    alike = look(graded, 0, labelled(0, (40, 40, 0, 0))).iloc[0]
    assert pd.isna(alike["point"]) and pd.isna(alike["tau_b"])
    assert alike["missing_reason"] == "human_one_class"


def test_agreement_between_people_stands_beside_the_judges() -> None:
    between = People(0.7, 0.68, 0.66, items=24, pairs=3, reason=None)
    row = look(spec(), 0, labelled(0, AGREES), people=between).iloc[0]
    assert (row["human_kappa"], row["human_alpha"], row["human_items"], row["human_pairs"]) == (
        0.68,
        0.66,
        24,
        3,
    )
    assert look(spec(), 0, labelled(0, AGREES)).iloc[0]["human_reason"] == "one_annotator"


def test_exempt_dimensions_with_labels_show_their_agreement() -> None:
    exempt = checked_spec().model_copy(update={"name": "tone"})
    items = labelled(0, AGREES, judge="none").assign(rubric="none")
    row = look(exempt, 0, items, judges_in_use=[]).iloc[0]
    assert (row["gate_state"], row["judge"], row["n"]) == ("exempt", "none", 80)
    assert row["point"] == pytest.approx(0.798, abs=0.001)
    assert row["low"] < row["point"] < row["high"]


def test_a_balanced_set_is_no_sample_of_traffic_beside_labels_drawn_by_verdict() -> None:
    fresh = scores(
        labelled(0, (40, 0, 4, 0), stratum="judge_pass"), labelled(1, (0, 4, 0, 32), stratum="judge_fail")
    )
    anchors = labelled(0, (20, 100, 100, 20), fresh=False)
    gate = spec().gate
    alone, both = (measure(gate, items, Shares(0.9)) for items in (fresh, scores(fresh, anchors)))
    assert (both.n, both.point, both.low) == (alone.n, alone.point, alone.low)
    assert measure(gate, scores(labelled(0, AGREES), anchors), Shares(0.9)).n == sum(AGREES) + 240
    assert measure(gate, anchors, Shares(0.9)).n == 240
