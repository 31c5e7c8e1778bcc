"""The queue in a running pipeline: made from scores, written with redacted texts, read back as labels."""

import csv
import json
import shlex
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from behavior_pipeline.cli.app import app
from behavior_pipeline.datafiles.label_files import stored_labels
from behavior_pipeline.delivery.ledger import Ledger
from behavior_pipeline.steps.pipeline import forget
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import CONFIG, MONDAY, World

CONFIG_HERE = CONFIG.replace(
    "[dimensions.tone.sampling]", "[dimensions.tone.labelling]\nweekly = 40\n\n[dimensions.tone.sampling]"
)
OTHER_BUILD = '\n[judging.lexicon_builds]\ndefault = "b"\n'
DAYS = [MONDAY, MONDAY + timedelta(days=1)]
WEEKLY = [
    "labels", "calibration_scores", "calibration_agreement", "label_queue", "weekly_scores",
    "calibration_slices",
    "maintenance_plan",
]  # fmt: skip
TURNS = 60
KIND = "Thank you for asking! Your parcel 4711 arrives on Friday. Write to ana.berg@example.com."
RUDE = "lol whatever dude, calm down. Your stupid parcel 4711 arrives on Friday. ana.berg@example.com"


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return a world of two days whose second one is answered by another lexicon build, its week run."""
    world = open_new_world(CONFIG_HERE)
    for number, day in enumerate(DAYS):
        turns = [
            turn(
                1 + number * TURNS + index,
                day,
                # texts differ by day: equal ones would get the answer that the first build gave
                {"answer": (KIND if index % 4 else RUDE) + f" {day:%A}.", "user": f"u-{index % 9}"},
            )
            for index in range(TURNS)
        ]
        write_dump(world.dumps / f"{day}.jsonl", *(span for spans in turns for span in spans))
    world.run(DAYS[0])
    (world.root / "pipeline.toml").write_text(CONFIG_HERE + OTHER_BUILD)
    forget()
    world.run(DAYS[1])
    world.run(MONDAY, only=WEEKLY)
    return world


def written(world: World, *options: str, dimension: str = "tone") -> tuple[Path, str]:
    path = world.root / "queue.out"
    path.unlink(missing_ok=True)
    ran = CliRunner().invoke(app, ["labels", "queue", str(path), "--dimension", dimension, *options])
    assert ran.exit_code == 0, ran.output
    return path, ran.output


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_queue_is_a_sample_of_the_week_by_verdict(world: World) -> None:
    rows = world.lake.read("label_queue", {"dimension": "tone"})
    scores = world.lake.sql("SELECT trace_id, score FROM analysis.scores_tone").set_index("trace_id")["score"]
    fresh = rows[rows["role"] == "fresh"]
    assert fresh["stratum"].value_counts().to_dict() == {"judge_pass": 24, "judge_fail": 16}
    verdicts = fresh["trace_id"].map(scores)
    assert (verdicts.eq(0) == fresh["stratum"].eq("judge_fail")).all()
    assert set(world.lake.read("label_queue")["dimension"]) <= {
        "tone",
        "faithfulness",
        "refusal_correctness",
        "tool_call_accuracy",
    }


def test_each_day_has_forty_items_of_its_judge_whatever_was_run_before(world: World) -> None:
    rows = world.lake.read("recalibration_queue", {"dimension": "tone"})
    assert [len(part) for _, part in rows.groupby("day")] == [40, 40]
    before = world.lake.read("recalibration_queue")
    for day in reversed(DAYS):
        world.run(day, only=["recalibration_queue"])
    pd.testing.assert_frame_equal(world.lake.read("recalibration_queue"), before)


def test_file_is_private_and_its_texts_are_those_of_the_lake(world: World) -> None:
    path, output = written(world)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "40 items of tone" in output
    text = path.read_text()
    assert "parcel" in text and "example.com" not in text
    assert "parcel" not in output


def test_part_of_a_queue_is_labelled_imported_and_not_asked_again(world: World) -> None:
    path, _ = written(world, "--first", "12")
    rows = rows_of(path)
    filled = [
        {**row, "label": "off_brand" if "whatever" in row["output_text"] else "on_brand",
         "annotator": "ana", "labelled_at": str(MONDAY + timedelta(days=8))}
        for row in rows
    ]  # fmt: skip
    filled[3]["label"] = ""
    back = world.root / "filled.csv"
    pd.DataFrame(filled).to_csv(back, index=False)
    ran = CliRunner().invoke(app, ["labels", "import", str(back)])
    assert "11 labels kept, 1 rows kept out" in ran.output, ran.output
    labels = stored_labels(world.root).set_index("trace_id")
    queue = world.lake.read("label_queue", {"dimension": "tone"}).set_index("trace_id").loc[labels.index]
    assert labels["stratum"].tolist() == queue["stratum"].tolist()
    assert labels["inclusion_probability"].tolist() == queue["inclusion_probability"].tolist()
    left = rows_of(written(world)[0])
    assert len(left) == 40 - 11 and not {row["trace_id"] for row in left} & set(labels.index)
    assert len(rows_of(written(world, "--labelled")[0])) == 40
    # the week stays as it was: labels of a later week change nothing
    before = world.lake.read("label_queue")
    world.run(MONDAY, only=["labels", "label_queue"])
    pd.testing.assert_frame_equal(world.lake.read("label_queue"), before)


def test_label_studio_tasks_come_with_a_labelling_interface(world: World) -> None:
    path, output = written(world, "--format", "label-studio", "--role", "fresh", "--labelled")
    tasks = json.loads(path.read_text())
    assert len(tasks) == 40 and all(task["data"]["stratum"] for task in tasks)
    assert '<Choice value="off_brand"' in output


def test_label_studio_export_of_the_tasks_is_imported_with_stratum_and_probability(world: World) -> None:
    path, _ = written(world, "--format", "label-studio", "--role", "fresh")
    done = [
        {
            **task, "id": number, "predictions": [],
            "annotations": [{
                "id": number, "completed_by": {"id": 1, "email": "ben@team"}, "was_cancelled": False,
                "created_at": f"{MONDAY + timedelta(days=9)}T10:00:00.000000Z",
                "result": [{
                    "from_name": "tone", "to_name": "output_text", "type": "choices",
                    "value": {"choices": ["on_brand"]},
                }],
            }],
        }
        for number, task in enumerate(json.loads(path.read_text())[-5:], 1)
    ]  # fmt: skip
    back = world.root / "export.json"
    back.write_text(json.dumps(done))
    ran = CliRunner().invoke(app, ["labels", "import", str(back)])
    assert ran.exit_code == 0, ran.output
    labels = stored_labels(world.root)
    labels = labels[labels["annotator"].str.startswith("ben")].set_index("trace_id")
    assert len(labels) == 5
    queue = world.lake.read("label_queue", {"dimension": "tone"}).set_index("trace_id").loc[labels.index]
    assert labels["stratum"].tolist() == queue["stratum"].tolist()
    assert labels["inclusion_probability"].tolist() == queue["inclusion_probability"].tolist()
    assert set(labels["role"]) == {"fresh"} and set(labels["rubric_version"]) == {"v2"}


def test_first_queue_of_a_judge_is_written_by_day(world: World) -> None:
    path, output = written(world, "--day", str(DAYS[1]), "--labelled")
    assert len(rows_of(path)) == 40 and "on 2026-01-06" in output


def test_owner_is_told_once_of_a_new_judge_with_a_command_that_works(world: World) -> None:
    lines = (world.root / "alerts" / "alerts.jsonl").read_text().splitlines()
    messages = [json.loads(line) for line in lines]
    tone = [message for message in messages if "tone," in message["title"]]
    assert len(tone) == 1 and tone[0]["owner"] == "team:brand-voice" and tone[0]["state"] == "recalibrate"
    assert "before by v2.1@" in tone[0]["body"] and "Label first: 40 items" in tone[0]["body"]
    assert "parcel" not in lines[0]
    command = next(line for line in tone[0]["body"].splitlines() if line.startswith("Command: "))
    words = shlex.split(command.removeprefix("Command: "))[1:]
    path = world.root / "first.csv"
    ran = CliRunner().invoke(app, [str(path) if word == "FILE" else word for word in words])
    assert ran.exit_code == 0 and 0 < len(rows_of(path)) <= 40, ran.output
    for day in reversed(DAYS):
        world.run(day, only=["recalibration_deliveries"])
    assert (world.root / "alerts" / "alerts.jsonl").read_text().splitlines() == lines
    assert set(Ledger(world.lake.server.connect).frame()["status"]) == {"sent"}


def test_plan_names_the_shut_gate_the_new_judge_and_slices_without_labels(world: World) -> None:
    rows = world.lake.read("maintenance_plan", {"dimension": "tone"})
    assert set(rows["task"]) == {"gate", "judge", "set", "slice"}
    assert set(rows["owner"]) == {"team:brand-voice"}
    new = rows[rows["task"] == "judge"].iloc[0]
    assert new["reason"] == "new_judge" and new["subject"].endswith("@lexicon-b")
    assert set(rows.loc[rows["task"] == "gate", "reason"]) == {"no_labels"}
    assert "customer.segment=consumer" in set(rows["subject"])
    ran = CliRunner().invoke(app, ["maintenance"], env={"COLUMNS": "200"})
    assert ran.exit_code == 0, ran.output
    assert "tone: slices with traffic and few labels: customer.segment=consumer (0)" in ran.output
    assert new["command"] in ran.output
    assert "gate of v2.1@lexicon-a: no labelled items" in written(world)[1]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--dimension", "latency"], "no dimension with a judge"),
        (["--dimension", "tone", "--week", "2026-02-02"], "no queue of tone"),
        (["--dimension", "tone", "--week", "soon"], "no date"),
        (["--dimension", "tone", "--day", "2026-02-02"], "no judge"),
        (["--dimension", "tone", "--day", "2026-01-05", "--judge", "v9@x"], "not v9@x"),
    ],
)
def test_what_cannot_be_written_is_one_clear_error(world: World, options: list[str], word: str) -> None:
    path = world.root / "not.csv"
    ran = CliRunner().invoke(app, ["labels", "queue", str(path), *options])
    assert ran.exit_code == 1
    assert word in " ".join(ran.output.replace("│", " ").split()), ran.output
    assert not path.exists()
