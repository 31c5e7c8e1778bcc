"""A provider moves a judge, then people read the rubric anew: each is seen on the same anchors."""

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.pipeline import dimensions, forget
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import CONFIG, MONDAY, World, checks_of, weekly_assets, write_labels

pytestmark = pytest.mark.slow  # four weeks of all assets; the rules by themselves are tested in calibration/

WEEKS = [MONDAY + timedelta(weeks=number) for number in range(4)]
MOVED, READ_ANEW = WEEKS[2], WEEKS[3]
ANSWERS = (  # each is another text: what was asked before is not asked again
    "Thank you for asking! Your parcel {} arrives on Friday. Happy to help.",
    "lol whatever dude, calm down. Your stupid parcel {} arrives on Friday.",
    "Your parcel {} arrives on Friday \N{PARTY POPPER}\N{PARTY POPPER}!!",  # which build b takes offence at
)
SAID = ("on_brand", "off_brand", "on_brand")
TURNS = 45
NEXT_BUILD = '\n[judging.lexicon_builds]\ndefault = "a"\ntone = "b"\n'


def anchor_rows(role: str, *, at: date, annotator: str, labels: Sequence[str]) -> list[dict[str, object]]:
    return [
        {
            "trace_id": f"{1 + index:032x}", "dimension": "tone", "annotator": annotator, "role": role,
            "dataset_version": "v1", "labelled_at": at, "label": labels[index % 3],
        }
        for index in range(TURNS)
    ]  # fmt: skip


def fresh_rows(week: date) -> list[dict[str, object]]:
    first = 1 + WEEKS.index(week) * TURNS
    return [
        {
            "trace_id": f"{first + index:032x}", "dimension": "tone", "annotator": "ana", "role": "fresh",
            "labelled_at": week + timedelta(days=4), "label": SAID[index % 3],
        }
        for index in range(TURNS)
    ]  # fmt: skip


def latency_rows(week: date) -> list[dict[str, object]]:
    """Label a check's dimension, whose scale has no words: people say how good the time was."""
    return [
        {**row, "dimension": "latency", "label": ("0.9", "0.2")[number % 2]}
        for number, row in enumerate(fresh_rows(week))
    ]


def give(world: World, name: str, rows: list[dict[str, object]]) -> None:
    path = write_labels(world.root / f"{name}.csv", rows)
    done = import_labels(path, world.root, rules=settings().labels, specs=dimensions(), known_traces=set())
    assert (done.kept, done.problems) == (len(rows), [])


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return four weeks: build b answers from the third on, people label anew in the fourth."""
    world = open_new_world()
    for week in WEEKS:
        first = 1 + WEEKS.index(week) * TURNS
        turns = [
            turn(first + index, week, {"answer": ANSWERS[index % 3].format(first + index)})
            for index in range(TURNS)
        ]
        write_dump(world.dumps / f"{week}.jsonl", *(span for spans in turns for span in spans))
    give(world, "anchors", anchor_rows("anchor", at=WEEKS[0], annotator="ana", labels=SAID))
    for week in WEEKS:
        give(world, f"fresh-{week}", fresh_rows(week))
    give(world, "latency", latency_rows(WEEKS[0]))
    again = ("on_brand", "off_brand", "off_brand")
    give(world, "again", anchor_rows("relabel", at=READ_ANEW, annotator="ben", labels=again))
    run_weeks(world, WEEKS[0], WEEKS[1])
    (world.root / "pipeline.toml").write_text(CONFIG + NEXT_BUILD)
    forget()
    run_weeks(world, MOVED, READ_ANEW)
    return world


def run_weeks(world: World, first: date, last: date) -> None:
    world.run(first)
    world.run(last)
    world.run(first, last, only=weekly_assets() - {"data_quality", "report", "published"})


def changes(world: World, subject: str) -> pd.DataFrame:
    rows = world.lake.read("anchor_changes").set_index("week").sort_index()
    return rows[(rows["subject"] == subject) & (rows["dimension"] == "tone")]


def test_the_judge_is_seen_to_move_in_the_week_of_its_new_build(world: World) -> None:
    rows = changes(world, "judge")
    assert [str(reason) for reason in rows["reason"]] == [
        "first_anchors", "judge_steady", "judge_less_right", "judge_less_right"
    ]  # fmt: skip
    row = rows.loc[pd.Timestamp(MOVED)]
    assert (row["n"], row["lower"], row["higher"], row["worse"]) == (TURNS, TURNS // 3, 0, TURNS // 3)
    assert (row["baseline_judge"], row["judge"]) == ("v2.1@lexicon-a", "v2.1@lexicon-b")
    assert (row["changed"], row["baseline_week"]) == ("judge", pd.Timestamp(WEEKS[1]))
    assert row["judge_build"].startswith("v2.1@lexicon-b+") and row["p_level_adjusted"] < 0.001


def test_people_are_seen_to_move_once_they_label_anew(world: World) -> None:
    rows = changes(world, "people")
    assert [week.date() for week in rows.index] == [READ_ANEW]
    row = rows.iloc[0]
    assert (row["reason"], row["lower"], row["annotators"], row["shared_annotators"]) == (
        "people_moved", TURNS // 3, 1, 0,
    )  # fmt: skip
    assert (row["worse"], row["better"]) == (0, TURNS // 3)  # they now say what build b says
    assert row["agreement_after"] == pytest.approx(1.0)


def test_findings_and_alert_name_who_moved(world: World) -> None:
    decisions = world.lake.read("drift_decisions", {"kind": "calibration", "dimension": "tone"})
    alarms = (
        decisions[decisions["alarm"]]
        .groupby("detector")["week"]
        .agg(lambda weeks: [week.date() for week in weeks])
    )
    assert alarms["anchors"] == [MOVED, READ_ANEW]
    assert alarms["people"] == [READ_ANEW]
    alerts = world.lake.read("drift_alerts", {"kind": "calibration", "dimension": "tone"})
    first = alerts.sort_values("week").iloc[0]
    assert (first["week"].date(), first["verdict"]) == (MOVED, "judge")
    assert "right about fewer of the same anchors" in first["sentence"]


def test_labels_given_again_leave_the_set_and_the_agreement_alone(world: World) -> None:
    scores = world.lake.read("calibration_scores", {"week": READ_ANEW})
    assert "relabel" not in set(scores["role"])
    assert scores.loc[scores["role"] == "anchor", "annotators"].max() == 1


def test_slices_are_measured_where_labels_suffice(world: World) -> None:
    rows = world.lake.read("calibration_slices", {"week": WEEKS[1], "dimension": "tone"})
    assert set(rows["slice_key"]) == {"customer.segment", "query.category"}
    assert list(rows["n"]) == [2 * TURNS] * 2  # each item once, also one that is an anchor and a fresh one
    assert (rows["point"] > 0.99).all() and (rows["needed"] == 0).all()
    judged = world.lake.read("calibration_slices", {"week": WEEKS[1], "dimension": "faithfulness"})
    assert set(judged["reason"]) == {"no_labels"} and set(judged["needed"]) == {40}


def test_checks_with_labels_are_measured_and_shut_where_labels_contradict_them(world: World) -> None:
    rows = world.lake.read("calibration_agreement", {"week": WEEKS[0], "dimension": "latency"})
    (row,) = rows.to_dict("records")
    assert (row["judge"], row["rubric"], row["gate_state"], row["n"]) == ("none", "none", "blocked", TURNS)
    assert (row["missing_reason"], row["minimum"]) == ("judge_one_class", 0.6)


def test_every_move_of_a_gate_is_a_row(world: World) -> None:
    rows = world.lake.read("gate_transitions", {"dimension": "tone"}).sort_values("week")
    assert list(rows["event"]) == ["opened", "closed"]
    assert [week.date() for week in rows["week"]] == [WEEKS[0], MOVED]
    closed = rows.iloc[-1]
    assert (closed["changed"], closed["previous_judge"]) == ("judge", "v2.1@lexicon-a")


def test_a_shut_gate_is_a_warning_with_its_numbers_and_a_plot(world: World) -> None:
    gate = gates(world, WEEKS[0], MOVED)["gate_tone"]
    assert not gate.passed and gate.severity == dg.AssetCheckSeverity.WARN
    assert "suspended" in str(gate.description) and "v2.1@lexicon-b" in str(gate.description)
    assert gate.metadata["state"].value == "suspended"
    assert str(gate.metadata["weeks"].value).count("\n") == 1 + 3  # head, rule and a row for each week
    assert "](data:image/svg+xml;base64," in str(gate.metadata["plot"].value)


def test_open_and_exempt_gates_pass_and_say_why(world: World) -> None:
    by_name = gates(world, WEEKS[1])
    tone, cost = by_name["gate_tone"], by_name["gate_cost"]
    assert tone.passed and tone.metadata["point"].value == pytest.approx(1.0)
    assert str(tone.description).startswith("open: ") and "P(agreement >= .60) = 1.00" in str(
        tone.description
    )
    assert cost.passed and str(cost.description).startswith("exempt: ")
    assert not by_name["gate_faithfulness"].passed
    assert "unmeasured" in str(by_name["gate_faithfulness"].description)


def gates(world: World, first: date, last: date | None = None) -> dict[str, dg.AssetCheckEvaluation]:
    return checks_of(world.run(first, last, only=["calibration_agreement"], checks=True))


def test_any_week_again_gives_the_same_rows(world: World) -> None:
    before = world.lake.read("anchor_changes")
    world.run(WEEKS[2], only=["anchor_changes"])
    world.run(WEEKS[0], WEEKS[3], only=["anchor_changes"])
    assert_frame_equal(world.lake.read("anchor_changes"), before)
