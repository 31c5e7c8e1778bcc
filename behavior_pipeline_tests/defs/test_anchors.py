"""A provider moves a judge, then people read the rubric anew: each is seen on the same anchors."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from behavior_pipeline.defs.resources import dimensions, forget
from behavior_pipeline.lake.labels import import_labels
from behavior_pipeline.settings.model import settings
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import CONFIG, MONDAY, World, weekly_assets, write_labels

WEEKS = [MONDAY + timedelta(weeks=number) for number in range(4)]
MOVED, READ_ANEW = WEEKS[2], WEEKS[3]
ANSWERS = (
    "Thank you for asking! Your parcel 4711 arrives on Friday. Happy to help.",
    "lol whatever dude, calm down. Your stupid parcel 4711 arrives on Friday.",
    "Your parcel 4711 arrives on Friday \N{PARTY POPPER}\N{PARTY POPPER}!!",  # which build b takes offence at
)
SAID = ("on_brand", "off_brand", "on_brand")
TURNS = 45
NEXT_BUILD = '\n[judging.lexicon_builds]\ndefault = "a"\ntone = "b"\n'
AGREEMENT = ["labels", "calibration_scores", "calibration_agreement", "anchor_changes"]


def anchor_rows(role: str, *, at: date, annotator: str, said: Sequence[str]) -> list[dict[str, object]]:
    return [
        {
            "trace_id": f"{1 + index:032x}", "dimension": "tone", "annotator": annotator, "role": role,
            "dataset_version": "v1", "labelled_at": at, "label": said[index % 3],
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
        turns = [turn(first + index, week, {"answer": ANSWERS[index % 3]}) for index in range(TURNS)]
        write_dump(world.dumps / f"{week}.jsonl", *(span for spans in turns for span in spans))
    give(world, "anchors", anchor_rows("anchor", at=WEEKS[0], annotator="ana", said=SAID))
    for week in WEEKS:
        give(world, f"fresh-{week}", fresh_rows(week))
    again = ("on_brand", "off_brand", "off_brand")
    give(world, "again", anchor_rows("relabel", at=READ_ANEW, annotator="ben", said=again))
    for week in WEEKS:
        if week == MOVED:
            (world.root / "pipeline.toml").write_text(CONFIG + NEXT_BUILD)
            forget()
        world.run(week)
        world.run(week, only=weekly_assets())
    return world


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
    found = world.lake.read("drift_findings", {"kind": "calibration", "dimension": "tone"})
    alarms = (
        found[found["alarm"]].groupby("detector")["week"].agg(lambda weeks: [week.date() for week in weeks])
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


def test_any_week_again_gives_the_same_rows(world: World) -> None:
    before = world.lake.read("anchor_changes")
    world.run(WEEKS[2], only=["anchor_changes"])
    world.run(WEEKS[0], WEEKS[3], only=["anchor_changes"])
    assert_frame_equal(world.lake.read("anchor_changes"), before)
