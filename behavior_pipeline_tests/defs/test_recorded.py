"""Evaluators the user already has, through the whole pipeline: scored, weighted, gated like any judge."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import Span, turn, write_dump
from behavior_pipeline_tests.defs.world import (
    CONFIG,
    MONDAY,
    World,
    assert_equal_lakes,
    lake_rows,
    weekly_assets,
    write_labels,
)

TUESDAY = MONDAY + timedelta(days=1)
TURNS = 12
FILE = (
    CONFIG
    + """
[judging.recorded]
file = "judges.csv"

[dimensions.tone.judge]
backend = "recorded"
version = "r1"
model = "v1"
parameters = { thresholds = { on_brand = 0.5, off_brand = 0 }, versions = [
    { since = 2026-01-05, version = "v1" }, { since = 2026-01-06, version = "v2" },
] }
"""
)
EVENTS = (
    CONFIG
    + """
[dimensions.faithfulness]
sampling = { share = 1.0 }

[dimensions.faithfulness.judge]
backend = "recorded"
version = "r1"
model = "nightly-3"
parameters = { source = "events", name = "Groundedness", labels = { pass = "faithful", fail = "unfaithful" } }
"""
)


def trace_of(day: date, index: int) -> str:
    return f"{1 + (day - MONDAY).days * TURNS + index:032x}"


def write_verdicts(world: World, *, but: int) -> None:
    """Write two judges' verdicts of all turns, whose texts are all the same; one trace is left out."""
    rows = [
        f"{trace_of(day, index)},tone,{version},{0.9 if (index % 3 == 0) == (version == 'v1') else 0.2}"
        for day in (MONDAY, TUESDAY)
        for index in range(TURNS)
        for version in ("v1", "v2")
        if index != but
    ]
    (world.root / "judges.csv").write_text("\n".join(["trace_id,dimension,judge_version,score", *rows]))


@pytest.fixture(scope="module")
def judged(open_new_world: NewWorld) -> World:
    """Return two days with recorded verdicts, of which people say the same as v1, and the week after them."""
    world = open_new_world(FILE)
    for day in (MONDAY, TUESDAY):
        turns = [turn(int(trace_of(day, index), 16), day) for index in range(TURNS)]
        write_dump(world.dumps / f"{day}.jsonl", *(span for spans in turns for span in spans))
    write_verdicts(world, but=TURNS - 1)
    rows = [
        {
            "trace_id": trace_of(day, index), "dimension": "tone", "labelled_at": MONDAY + timedelta(days=4),
            "label": "on_brand" if index % 3 == 0 else "off_brand",
        }
        for day in (MONDAY, TUESDAY)
        for index in range(TURNS)
    ]  # fmt: skip
    labels = write_labels(world.root / "labels.csv", rows)
    import_labels(labels, world.root, rules=settings().labels, specs=dimensions(), known_traces=set())
    world.run(MONDAY, TUESDAY)
    world.run(MONDAY, only=weekly_assets())
    return world


def test_each_trace_has_its_own_verdict_although_all_texts_are_equal(judged: World) -> None:
    scores = judged.lake.read("scores_tone", {"day": MONDAY}).set_index("trace_id")
    labels = [scores.loc[trace_of(MONDAY, index), "label"] for index in range(TURNS - 1)]
    assert labels == ["on_brand" if index % 3 == 0 else "off_brand" for index in range(TURNS - 1)]


def test_a_trace_without_a_verdict_is_missing_and_keeps_its_weight(judged: World) -> None:
    scores = judged.lake.read("scores_tone", {"day": MONDAY, "trace_id": trace_of(MONDAY, TURNS - 1)})
    (row,) = scores.to_dict("records")
    assert (row["missing_reason"], row["weight"]) == ("not_recorded", 1.0)
    assert scores["score"].isna().all()


def test_a_new_version_of_the_evaluator_breaks_the_series(judged: World) -> None:
    series = judged.lake.sql(
        "SELECT day, evaluator, count(*) AS n FROM analysis.scores_tone GROUP BY ALL ORDER BY ALL"
    )
    assert series["evaluator"].tolist() == ["judge:r1@v1", "judge:r1@v2"]
    weekly = judged.lake.read("weekly_scores", {"dimension": "tone", "slice_key": "all"})
    assert sorted(weekly["judge"]) == ["r1@v1", "r1@v2"]


def test_each_version_is_measured_by_the_labels_of_its_own_days(judged: World) -> None:
    agreement = judged.lake.read("calibration_agreement", {"dimension": "tone"}).set_index("judge")
    assert agreement["n"].to_dict() == {"r1@v1": TURNS - 1, "r1@v2": TURNS - 1}
    assert agreement["point"].to_dict() == pytest.approx({"r1@v1": 1.0, "r1@v2": -1.0})
    missing = judged.lake.read("calibration_scores", {"missing_reason": "not_recorded"})
    assert len(missing) == 2


def test_a_day_again_gives_the_same_rows(judged: World) -> None:
    before = lake_rows(judged.lake)
    judged.run(TUESDAY)
    judged.run(MONDAY)
    assert_equal_lakes(lake_rows(judged.lake), before)


def result(word: str | None, **more: str) -> list[Span]:
    attributes = {"gen_ai.evaluation.name": "Groundedness", **more}
    if word is not None:
        attributes["gen_ai.evaluation.score.label"] = word
    return [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]


def log(attributes: list[Span], trace: str = "", span: str = "") -> bytes:
    record: dict[str, Any] = {"eventName": "gen_ai.evaluation.result", "timeUnixNano": "7"}
    record |= {"attributes": attributes, "traceId": trace, "spanId": span}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def write_results(path: Path, next_day: Path) -> None:
    """Write turns whose results came as span event, as log, by response id, failed, late, or not at all."""
    turns = [turn(number, MONDAY) for number in range(1, 7)]
    event = {"name": "gen_ai.evaluation.result", "attributes": result("pass")}
    turns[0][0]["events"] = [event]
    named = {"key": "gen_ai.response.id", "value": {"stringValue": "resp-3"}}
    turns[2][4]["attributes"].append(named)
    logs = (
        log(result("fail", **{"gen_ai.evaluation.explanation": "Ask bob.canary@example.org"}),
            turns[1][0]["traceId"], turns[1][0]["spanId"]),
        log(result("fail", **{"gen_ai.response.id": "resp-3"})),
        log(result(None, **{"error.type": "timeout"}), turns[3][0]["traceId"], turns[3][0]["spanId"]),
    )  # fmt: skip
    write_dump(path, *(span for spans in turns for span in spans), broken=logs)
    write_dump(next_day, broken=(log(result("pass"), turns[4][0]["traceId"], turns[4][0]["spanId"]),))


@pytest.mark.parametrize(
    ("config", "late"), [(EVENTS, None), (EVENTS.replace("name =", "late_days = 1, name ="), "faithful")]
)
def test_results_in_the_telemetry_are_verdicts(new_world: NewWorld, config: str, late: str | None) -> None:
    world = new_world(config)
    write_results(world.dumps / f"{MONDAY}.jsonl", world.dumps / f"{TUESDAY}.jsonl")
    world.run(MONDAY, TUESDAY, checks=True)
    scores = world.lake.read("scores_faithfulness", {"day": MONDAY}).set_index("trace_id")
    by_number = {number: scores.loc[f"{number:032x}"] for number in range(1, 7)}
    labels = {number: None if row.isna()["label"] else str(row["label"]) for number, row in by_number.items()}
    assert labels == {1: "faithful", 2: "unfaithful", 3: "unfaithful", 4: None, 5: late, 6: None}
    reasons = [by_number[number]["missing_reason"] for number in (4, 6)]
    assert reasons == ["judge_failed", "not_recorded"]
    kept = world.lake.read("evaluations")
    assert len(kept) == 5
    judgements = world.lake.read("judgements", {"dimension": "faithfulness"})
    for texts in (kept["explanation"], judgements["rationale"]):
        (text,) = texts.dropna()
        assert text.startswith("Ask <EMAIL_ADDRESS_")
