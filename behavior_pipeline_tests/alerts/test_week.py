import json
from datetime import date
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.tables.drift import DRIFT_ALERTS, EVENTS
from behavior_pipeline_tests.alerts import story
from behavior_pipeline_tests.drift import worlds


def only(frame: pd.DataFrame) -> dict[str, Any]:
    assert len(frame) == 1
    row = dict(frame.iloc[0])
    return row | {name: json.loads(row[name]) for name in ("suspects", "evidence")}


@pytest.fixture(scope="module")
def regression() -> dict[int, pd.DataFrame]:
    return story.run(story.regression(weeks=12), range(1, 13))


class TestPromptRegression:
    """Monday's alert names slice, onset, tuple and suspect, has an owner, and recovers after the rollback."""

    def test_is_found_in_its_week_and_nothing_before(self, regression: dict[int, pd.DataFrame]) -> None:
        assert [len(regression[number]) for number in range(1, 13)] == [0] * 9 + [1, 1, 0]

    def test_names_slice_onset_and_opens_on_monday(self, regression: dict[int, pd.DataFrame]) -> None:
        row = only(regression[10])
        assert (row["kind"], row["slice_key"], row["slice_value"]) == (
            "slice",
            "customer.segment",
            "enterprise",
        )
        assert row["opened"] == pd.Timestamp("2026-03-16") and row["onset"] == pd.Timestamp("2026-03-13")
        assert row["state"] == "opened" and row["owner"] == "team:answers" and row["route"] == "default"

    def test_suspects_the_prompt_with_its_numbers(self, regression: dict[int, pd.DataFrame]) -> None:
        row = only(regression[10])
        assert row["verdict"] == "system"
        (suspect,) = row["suspects"]
        assert (suspect["component"], suspect["before"], suspect["after"]) == ("prompt", "v7.2", "v7.3")
        assert suspect["first_day"] == "2026-03-13"
        assert suspect["mean_before"] == pytest.approx(0.94, abs=0.01)
        assert suspect["mean_after"] == pytest.approx(0.82, abs=0.01)

    def test_carries_both_tuples(self, regression: dict[int, pd.DataFrame]) -> None:
        row = only(regression[10])
        after = json.loads(row["tuple_after"])
        assert json.loads(row["tuple_before"])["prompt"] == "v7.2"
        assert after == {"tuple_id": story.NEW.tuple_id, **story.NEW._asdict()}

    def test_sentence_can_be_read_alone(self, regression: dict[int, pd.DataFrame]) -> None:
        assert only(regression[10])["sentence"] == (
            "faithfulness on customer.segment=enterprise fell from .94 to .89 in the week of 2026-03-09,"
            " since Friday 2026-03-13; prompt v7.3 (new on 2026-03-13) reads .82 against .94 before;"
            " with it moved all traffic; owner team:answers"
        )

    def test_aggregate_is_evidence_of_the_slice_alert(self, regression: dict[int, pd.DataFrame]) -> None:
        folded = only(regression[10])["evidence"]["folded"]
        assert [(row["slice_key"], row["traffic_share"]) for row in folded] == [("all", 1.0)]

    def test_evidence_has_the_numbers(self, regression: dict[int, pd.DataFrame]) -> None:
        evidence = only(regression[10])["evidence"]
        assert evidence["baseline"] - evidence["current"] == pytest.approx(-evidence["effect"])
        assert evidence["current"] < evidence["band"]["low"] < evidence["baseline"]
        assert evidence["low"] < evidence["current"] < evidence["high"] and evidence["n_eff"] == 800
        assert evidence["traffic_share"] == 0.5

    def test_recovers_with_the_same_id_and_what_was_pinned(self, regression: dict[int, pd.DataFrame]) -> None:
        opened, after = only(regression[10]), only(regression[11])
        assert after["state"] == "recovered" and after["alert_id"] == opened["alert_id"]
        for name in ("opened", "onset", "suspects", "tuple_before", "tuple_after", "verdict"):
            assert after[name] == opened[name]
        assert after["evidence"]["opening"] == opened["evidence"]["opening"]
        assert "is back at .94, after .89 in the week of 2026-03-09" in after["sentence"]

    def test_lasts_while_the_prompt_stays(self) -> None:
        alerts = story.run(story.regression(weeks=14, back_on=date(2026, 4, 6)), range(10, 15))
        states = {number: list(frame["state"]) for number, frame in alerts.items() if len(frame)}
        assert states == {
            10: ["opened"],
            11: ["updated"],
            12: ["updated"],
            13: ["updated"],
            14: ["recovered"],
        }
        assert len({only(alerts[number])["alert_id"] for number in states}) == 1
        assert "reads .82 against .94 before" in only(alerts[12])["sentence"]

    def test_second_fall_after_recovery_is_another_alert(self) -> None:
        world = story.regression(weeks=13)
        again = {day for day in world.levels[("all", "all")] if day >= date(2026, 3, 30)}
        for levels in world.levels.values():
            levels.update({day: levels[day] - 0.1 for day in again})
        alerts = story.run(world, [10, 11, 12, 13])
        assert [list(frame["state"]) for frame in alerts.values()] == [
            ["opened"],
            ["recovered"],
            [],
            ["opened"],
        ]
        assert only(alerts[10])["alert_id"] != only(alerts[13])["alert_id"]

    def test_aggregate_that_falls_later_belongs_to_the_slice_that_is_still_out(self) -> None:
        world = story.regression(weeks=11, back_on=date(2026, 3, 23))
        tables = world.tables()
        daily = tables["daily"]
        tables["daily"] = daily[(daily["slice_key"] != "all") | (daily["day"] >= pd.Timestamp("2026-03-22"))]
        weekly = tables["weekly"]
        whole = (weekly["slice_key"] == "all") & (weekly["week"] == pd.Timestamp(worlds.week_number(10)))
        tables["weekly"] = weekly.assign(mean=weekly["mean"].mask(whole, 0.946))
        alerts = story.run(world, [10, 11], tables=tables)
        assert only(alerts[10])["evidence"]["folded"] == []
        row = only(alerts[11])
        assert row["slice_value"] == "enterprise" and row["state"] == "updated"
        assert [member["slice_key"] for member in row["evidence"]["folded"]] == ["all"]


class TestRerun:
    """drift_alerts is "the state after that period, which later periods never change"."""

    def test_gives_identical_rows(self, regression: dict[int, pd.DataFrame]) -> None:
        again = story.run(story.regression(weeks=12), [10, 11, 12])
        for number, frame in again.items():
            assert_frame_equal(frame, regression[number])

    def test_with_later_weeks_in_the_lake_changes_nothing(self) -> None:
        world = story.regression(weeks=14)
        tables = world.tables()
        short = {
            name: frame[frame["week"] <= pd.Timestamp(worlds.week_number(10))]
            for name, frame in tables.items()
        }
        assert_frame_equal(
            story.run(world, [10], tables=tables)[10], story.run(world, [10], tables=short)[10]
        )

    def test_ignores_alerts_of_its_own_and_later_weeks(self) -> None:
        world = story.regression(weeks=12)
        tables = world.tables()
        alerts = story.run(world, [10, 11, 12], tables=tables)
        history = pd.concat([frame for frame in alerts.values() if len(frame)])
        again = story.evaluate(world, 10, previous=history, tables=tables)
        assert_frame_equal(again, alerts[10])


def with_gates(world: story.World, states: dict[int, dict[str, Any]]) -> story.World:
    world.gates = [
        {"week": worlds.week_number(number), "gate_state": "open", **states.get(number, {})}
        for number in range(1, 15)
    ]
    return world


SHUT = {"gate_state": "suspended", "previous_state": "open", "reason": "agreement_lost", "point": 0.52,
        "low": 0.40, "high": 0.63, "probability_above_gate": 0.04}  # fmt: skip
STILL = SHUT | {"previous_state": "suspended", "reason": "unchanged"}
OPEN_AGAIN = {"previous_state": "suspended", "reason": "agreement_reached", "point": 0.66}

DROPPED = {
    "probability_of_drop": 0.95, "p_value_of_drop": 1e-4, "change": -0.1, "drop_compared": "all",
    "drop_before": 0.7, "drop_after": 0.6, "drop_prevalence": 0.9,
    "drop_pools": json.dumps(
        {
            "now": {
                "weeks": ["2026-03-02", "2026-03-09"], "judges": ["v1@a"], "datasets": ["v3"], "n": 160,
                "failures": 20,
            },
            "earlier": {
                "weeks": ["2026-02-23"], "judges": ["v1@b"], "datasets": ["v3"], "n": 320, "failures": 40,
            },
        }
    ),
}  # fmt: skip


class TestGate:
    def alerts(self, states: dict[int, dict[str, Any]], *weeks: int) -> dict[int, pd.DataFrame]:
        world = with_gates(story.regression(weeks=14, back_on=date(2026, 3, 30)), states)
        return story.run(world, weeks)

    def of(self, frame: pd.DataFrame, kind: str) -> dict[str, Any]:
        return only(frame[frame["kind"] == kind])

    def test_closing_is_an_alert_that_lasts_until_it_opens(self) -> None:
        world = with_gates(story.regression(weeks=8), {5: SHUT, 6: STILL, 7: OPEN_AGAIN})
        alerts = story.run(world, [4, 5, 6, 7, 8])
        states = [list(alerts[number]["state"]) for number in range(4, 9)]
        assert states == [[], ["opened"], ["updated"], ["recovered"], []]
        row = only(alerts[5])
        assert row["kind"] == "calibration" and row["verdict"] == "judge"
        assert row["opened"] == pd.Timestamp(worlds.week_number(6))
        assert row["sentence"] == (
            "faithfulness: judge v2.1@lexicon-a agrees with people at .52 (.40 to .63)"
            " in the week of 2026-02-02, .72 before;"
            " its gate is shut (agreement_lost) and alerts on its scores are held back;"
            " owner team:answers"
        )
        assert "its gate is open and its scores may alert again" in only(alerts[7])["sentence"]

    def test_shut_gate_holds_a_new_score_alert_back(self) -> None:
        alerts = self.alerts({9: SHUT, 10: STILL}, 9, 10)
        row = self.of(alerts[10], "slice")
        assert (row["state"], row["suppressed_reason"], row["verdict"]) == (
            "suppressed",
            "gate_shut",
            "judge",
        )
        assert not row["evidence"]["announced"] and "held back" in row["sentence"]

    def test_alert_that_never_spoke_opens_when_the_gate_does(self) -> None:
        alerts = self.alerts({9: SHUT, 10: STILL, 11: OPEN_AGAIN}, 9, 10, 11)
        before, after = self.of(alerts[10], "slice"), self.of(alerts[11], "slice")
        assert after["state"] == "opened" and after["alert_id"] == before["alert_id"]
        assert after["opened"] == before["opened"] and pd.isna(after["suppressed_reason"])

    def test_open_alert_is_held_back_and_keeps_its_id(self) -> None:
        alerts = self.alerts({11: SHUT, 12: STILL, 13: OPEN_AGAIN}, 10, 11, 12, 13)
        rows = [self.of(alerts[number], "slice") for number in (10, 11, 13)]
        assert [row["state"] for row in rows] == ["opened", "suppressed", "recovered"]
        assert len({row["alert_id"] for row in rows}) == 1

    def test_return_to_the_band_is_not_believed_while_the_gate_is_shut(self) -> None:
        alerts = self.alerts({11: SHUT, 12: STILL, 13: STILL}, 10, 11, 13)
        assert self.of(alerts[13], "slice")["state"] == "suppressed"

    def test_unmeasured_judge_may_not_speak(self) -> None:
        alerts = self.alerts({10: {"gate_state": "unmeasured"}}, 10)
        assert self.of(alerts[10], "slice")["suppressed_reason"] == "gate_unmeasured"

    def test_drop_behind_an_open_gate_holds_scores_back_too(self) -> None:
        alerts = self.alerts({10: DROPPED}, 10, 11)
        sentence = self.of(alerts[10], "calibration")["sentence"]
        assert "the agreement, both told where 90 % are good, fell from .70 to .60: 160 labels" in sentence
        assert (
            "(20 failures) of v1@a on v3, 2 weeks from 2026-03-02 to 2026-03-09 against 320 labels"
            in sentence
        )
        assert self.of(alerts[10], "slice")["suppressed_reason"] == "calibration_alert"
        assert self.of(alerts[10], "calibration")["evidence"]["detectors"] == ["drop"]
        assert self.of(alerts[11], "calibration")["state"] == "recovered"
        assert self.of(alerts[11], "slice")["state"] == "opened"

    def test_anchors_that_moved_behind_an_open_gate_blame_the_judge(self) -> None:
        world = with_gates(story.regression(weeks=14), {})
        world.anchors = [{"week": worlds.week_number(10), "reason": "judge_less_right", "p_correct": 1e-4}]
        alerts = story.run(world, [9, 10, 11])
        row = self.of(alerts[10], "calibration")
        assert (row["state"], row["verdict"], row["evidence"]["detectors"]) == (
            "opened",
            "judge",
            ["anchors"],
        )
        assert "its gate is open; alerts on its scores are held back" in row["sentence"]
        assert "the judge is right about fewer of the same anchors than before" in row["sentence"]
        assert self.of(alerts[10], "slice")["suppressed_reason"] == "calibration_alert"
        assert self.of(alerts[11], "calibration")["state"] == "recovered"

    def test_people_who_moved_are_not_blamed_on_the_judge(self) -> None:
        world = with_gates(story.regression(weeks=14), {})
        world.anchors = [
            {"week": worlds.week_number(10), "subject": "people", "reason": "people_moved", "p_level": 1e-6}
        ]
        alerts = story.run(world, [10, 11])
        row = self.of(alerts[10], "calibration")
        assert (row["verdict"], row["evidence"]["detectors"]) == ("unknown", ["people"])
        assert "people label the same anchors otherwise than before" in row["sentence"]
        assert "alerts on its scores go on" in row["sentence"]
        assert self.of(alerts[10], "slice")["state"] == "opened"

    def test_gate_that_closed_when_only_people_moved_has_an_unknown_cause(self) -> None:
        moved = {
            "week": worlds.week_number(9),
            "subject": "people",
            "reason": "people_moved",
            "p_level": 1e-6,
        }
        for anchors, verdict in (
            ([moved], "unknown"),
            (
                [moved, {"week": worlds.week_number(9), "reason": "judge_less_right", "p_correct": 1e-6}],
                "judge",
            ),
        ):
            world = with_gates(story.regression(weeks=14), {9: SHUT, 10: STILL})
            world.anchors = anchors
            alerts = story.run(world, [9, 10])
            assert self.of(alerts[9], "calibration")["verdict"] == verdict
            assert self.of(alerts[10], "slice")["suppressed_reason"] == "gate_shut"

    def test_new_judge_is_the_suspect_of_its_gate(self) -> None:
        world = story.regression(weeks=14)
        other = {"judge": "v2.1@lexicon-b", "previous_judge": worlds.JUDGE}
        with_gates(world, {13: SHUT | other, 14: other | OPEN_AGAIN | {"previous_judge": other["judge"]}})
        world.judge_from = {worlds.week_number(13): other["judge"]}
        alerts = story.run(world, [12, 13, 14])
        row = only(alerts[13])
        (suspect,) = row["suspects"]
        assert (suspect["before"], suspect["after"]) == (worlds.JUDGE, other["judge"])
        assert row["onset"] == pd.Timestamp(worlds.week_number(13)) == pd.Timestamp(suspect["first_day"])
        assert json.loads(row["tuple_before"])["judge"] == worlds.JUDGE
        assert json.loads(row["tuple_after"])["judge"] == other["judge"]
        assert ".72 before (v2.1@lexicon-a)" in row["sentence"]
        assert only(alerts[14])["state"] == "recovered"


class TestAnotherJudge:
    def test_level_of_another_judge_neither_confirms_nor_clears(self) -> None:
        world = story.regression(weeks=22, back_on=date(2026, 3, 30))
        world.judge_from = {worlds.week_number(11): "v2.1@lexicon-b"}
        alerts = story.run(world, [10, 11, 18, 19, 20])
        assert only(alerts[11])["suppressed_reason"] == "series_ended"
        states = [list(frame["state"]) for frame in alerts.values()]
        assert states == [["opened"], ["suppressed"], ["suppressed"], ["recovered"], []]


class TestWeekWithoutNews:
    def test_too_few_traces_do_not_call_an_alert_off(self) -> None:
        world = story.regression(weeks=12)
        tables = world.tables()
        thin = tables["weekly"]["week"] == pd.Timestamp(worlds.week_number(11))
        tables["weekly"].loc[thin, "n_eff"] = 50.0
        assert only(story.run(world, [10, 11], tables=tables)[11])["state"] == "updated"

    def test_missing_series_does_not_call_an_alert_off(self) -> None:
        world = story.regression(weeks=12)
        tables = world.tables()
        gone = tables["weekly"]["week"] == pd.Timestamp(worlds.week_number(11))
        tables["weekly"] = tables["weekly"][~gone]
        row = only(story.run(world, [10, 11], tables=tables)[11])
        assert row["state"] == "updated" and row["evidence"]["current"] is None

    def test_rise_opens_no_alert(self) -> None:
        assert story.run(story.regression(weeks=10, drop=-0.05), [10])[10].empty

    def test_no_rows_at_all_make_no_alert(self) -> None:
        empty = {name: frame.iloc[:0] for name, frame in story.regression().tables().items()}
        assert story.evaluate(story.regression(), 10, previous=DRIFT_ALERTS.empty(), tables=empty).empty


def test_events_near_the_onset_are_suspects_too() -> None:
    world = story.regression()
    at = pd.to_datetime(["2026-03-12T20:00:00Z", "2026-02-01T00:00:00Z"])
    world.events = EVENTS.validate(
        pd.DataFrame({"at": at, "kind": "outage", "name": ["search index", "old"], "detail": None})
    )
    named = only(story.run(world, [10])[10])["suspects"]
    assert [(row["component"], row["after"]) for row in named] == [
        ("prompt", "v7.3"), ("event", "outage search index")
    ]  # fmt: skip


def test_prompt_that_explains_nothing_is_named_and_not_accused() -> None:
    world = story.regression()
    world.old_beside = True
    row = only(story.run(world, [10])[10])
    assert row["verdict"] == "unknown" and "new at that time: prompt v7.3" in row["sentence"]


def test_fall_without_anything_new_has_no_suspect() -> None:
    world = story.regression()
    world.new_prompt = set()
    row = only(story.run(world, [10])[10])
    assert row["suspects"] == [] and row["verdict"] == "unknown"
    assert json.loads(row["tuple_after"])["prompt"] == "v7.2"
