"""Labels in a running pipeline: corrections over weeks, sets with their cards, texts that go out redacted."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

from behavior_pipeline.cli.app import app
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import MONDAY, World, checks_of, write_labels

WEEKS = [MONDAY, MONDAY + timedelta(days=7)]
TURNS = 8
ANSWER = "Thank you for asking! Your parcel 4711 arrives on Friday. Write to ana.berg@example.com."
ASSETS = ("labels", "calibration_sets", "calibration_scores")


def trace(number: int) -> str:
    return f"{number + 1:032x}"


def row(number: int, label: str, day: date, **other: Any) -> dict[str, Any]:
    return {
        "trace_id": trace(number), "dimension": "tone", "annotator": "ana", "label": label,
        "labelled_at": day, "role": "fresh", "dataset_version": "", **other,
    }  # fmt: skip


def called(*words: str) -> str:
    ran = CliRunner().invoke(app, list(words), env={"COLUMNS": "300"})
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return a world of one day, its first week run with labels and a calibration set."""
    world = open_new_world()
    turns = [turn(1 + n, MONDAY, {"answer": ANSWER, "user": f"u-{n}"}) for n in range(TURNS)]
    write_dump(world.dumps / f"{MONDAY}.jsonl", *(span for spans in turns for span in spans))
    world.run(MONDAY)
    anchors = [
        row(
            n,
            "off_brand" if n < 2 else "on_brand",
            MONDAY,
            role="anchor",
            dataset_version="v1",
            annotator=who,
        )
        for n in range(4)
        for who in ("ana", "ben")
    ]
    fresh = [row(n, "on_brand", MONDAY + timedelta(days=2)) for n in range(4, TURNS)]
    called("labels", "import", str(write_labels(world.root / "one.csv", [*anchors, *fresh])))
    world.run(WEEKS[0], only=ASSETS)
    return world


@pytest.fixture(scope="module")
def corrected(world: World) -> World:
    """Return the world after a correction in its second week, that week run before the first one again."""
    before = {name: world.lake.read(name, {"week": WEEKS[0]}) for name in ASSETS}
    called("labels", "import", str(write_labels(world.root / "two.csv", [row(4, "off_brand", WEEKS[1])])))
    world.run(WEEKS[1], only=ASSETS)
    world.run(WEEKS[0], only=ASSETS)
    for name, rows in before.items():
        assert_frame_equal(world.lake.read(name, {"week": WEEKS[0]}), rows)
    return world


def test_a_correction_counts_from_its_week_on_and_changes_no_earlier_one(corrected: World) -> None:
    scores = corrected.lake.read("calibration_scores", {"role": "fresh", "item_id": trace(4)})
    assert list(zip(scores["week"].dt.date, scores["human_label"], strict=True)) == [
        (WEEKS[0], "on_brand"), (WEEKS[1], "off_brand"),
    ]  # fmt: skip
    rows = corrected.lake.read("labels", {"item_id": trace(4)}).sort_values("week")
    first, second = rows.to_dict("records")
    assert (second["corrects"], second["file"], second["revision"]) == (first["label_id"], "two.csv", 1)


def test_each_week_has_the_cards_of_its_sets(corrected: World) -> None:
    rows = corrected.lake.read("calibration_sets")
    assert rows[["dataset", "age_days", "items", "annotators"]].to_numpy().tolist() == [
        ["v1", 6, 4, 2], ["v1", 13, 4, 2],
    ]  # fmt: skip
    assert rows["alpha"].tolist() == [1.0, 1.0]
    assert rows["intact"].all()


def test_a_set_that_was_changed_on_disk_fails_its_check(corrected: World) -> None:
    (stored,) = (corrected.root / "labels").glob("one-*.csv")
    text = stored.read_text()
    try:
        stored.write_text(text.replace('"off_brand"', '"on_brand"', 1))
        ran = corrected.run(WEEKS[1], only=["calibration_sets"], checks=True)
    finally:
        stored.write_text(text)
    check = checks_of(ran)["sets_are_intact"]
    assert not check.passed
    assert check.metadata["changed"].value == "tone: v1"


def test_tasks_go_out_redacted_and_come_back(corrected: World, tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    called("labels", "export", "--dimension", "tone", "--format", "label-studio", str(path))
    tasks = json.loads(path.read_text())
    texts = {task["data"]["output_text"] for task in tasks}
    assert "ana.berg@example.com" not in str(texts)
    assert all("4711" in text for text in texts)
    called("labels", "export", "--dimension", "tone", "--week", str(WEEKS[1] + timedelta(days=3)), str(path))
    assert len(pd.read_csv(path)) == 1
    called("--data", str(corrected.root), "labels", "import", str(path))
    assert "<Choices" in called("labels", "config", "--dimension", "tone")


def test_sets_and_their_differences_are_told(corrected: World) -> None:
    rows = [
        row(n, "off_brand" if n < 3 else "on_brand", WEEKS[1], role="anchor", dataset_version="v2")
        for n in range(1, 5)
    ]
    report = json.loads(
        called("labels", "import", "--json", str(write_labels(corrected.root / "set.csv", rows)))
    )
    assert report["datasets"] == [{"dimension": "tone", "dataset": "v2", "since": str(WEEKS[1])}]
    assert "tone: v2" in called("labels", "sets")
    cards = json.loads(called("labels", "sets", "--json"))
    assert [(card["dataset"], card["added"], card["relabelled"]) for card in cards] == [
        ("v1", None, None), ("v2", 1, 1),
    ]  # fmt: skip
    assert json.loads(called("labels", "diff", "tone", "v1", "v2", "--json")) == {
        "added": [trace(4)], "removed": [trace(0)], "relabelled": [[trace(2), "on_brand", "off_brand"]],
        "unchanged": 2,
    }  # fmt: skip
    assert f"{trace(2)}: on_brand -> off_brand" in called("labels", "diff", "tone", "v1", "v2")
    failed = CliRunner().invoke(app, ["labels", "diff", "tone", "v1", "v9"])
    assert failed.exit_code == 1
    assert "has no calibration set 'v9'" in failed.output.replace("\n", " ")
