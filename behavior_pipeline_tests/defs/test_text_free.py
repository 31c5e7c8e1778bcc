"""A dump without content: what needs text is not measurable, with the reason, and never a number."""

import json
import shutil

import pandas as pd
import pytest

from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.world import MONDAY, World
from behavior_pipeline_tests.spans.world import FIXTURES

NEED_TEXT = ["faithfulness", "format_compliance", "refusal_correctness", "tone", "tool_call_accuracy"]
FAILED_CALLS = 2  # of the 24 traces: nothing was answered there, with capture or without
WEEKLY = ["labels", "calibration_scores", "calibration_agreement", "weekly_scores", "scorecard"]


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return a world that holds the dump of a library whose content capture is off, its default."""
    world = open_new_world()
    shutil.copy(FIXTURES / "genai_openai_off.jsonl.gz", world.dumps / f"{MONDAY}.jsonl.gz")
    world.run(MONDAY)
    world.run(MONDAY, only=WEEKLY)
    return world


@pytest.mark.parametrize("dimension", NEED_TEXT)
def test_no_trace_has_a_score_and_every_stored_row_says_why(world: World, dimension: str) -> None:
    rows = world.lake.read(f"scores_{dimension}")
    assert rows["score"].isna().all()
    assert set(rows["missing_reason"]) <= {"text_free", "no_output"}
    assert len(rows) == (24 if dimension == "format_compliance" else 0)  # a judge is asked nothing


@pytest.mark.parametrize("dimension", NEED_TEXT)
def test_the_frame_counts_every_trace_under_its_reason(world: World, dimension: str) -> None:
    rows = world.lake.read("sampling_frames", {"dimension": dimension, "slice_key": "all"})
    counts = dict(zip(rows["reason"], rows["traces"], strict=True))
    assert counts.get("text_free", 0) + counts.get("no_output", 0) == 24
    assert counts["text_free"] >= 24 - FAILED_CALLS


@pytest.mark.parametrize("dimension", NEED_TEXT)
@pytest.mark.parametrize("table", ["weekly_scores", "scorecard"])
def test_the_week_is_not_measurable_instead_of_absent_or_zero(
    world: World, table: str, dimension: str
) -> None:
    rows = world.lake.read(table, {"dimension": dimension})
    rows = rows[rows["slice_key"] == "all"] if "slice_key" in rows else rows
    row = rows.iloc[0]
    assert len(rows) == 1
    assert pd.isna(row["mean"]) and row["n"] == 0 and row["eligible_share"] == 0
    assert row["missing_reason"] == "text_free"
    if table == "weekly_scores":
        assert json.loads(row["excluded"])["text_free"] >= 24 - FAILED_CALLS


def test_what_needs_no_text_is_measured(world: World) -> None:
    rows = world.lake.read("weekly_scores", {"dimension": "latency"})
    assert rows.loc[rows["slice_key"] == "all", "n"].iloc[0] == 24


def test_coverage_counts_the_texts_that_are_not_there(world: World) -> None:
    rows = world.lake.read("coverage", {"slice_key": "all", "dialect": "genai"}).set_index("field")
    assert rows.loc["texts", ["expected", "seen", "text_free"]].tolist() == [24, 0, 24]
    assert rows.loc["output_text", "text_free"] == 24 - FAILED_CALLS
    assert rows.loc["input_tokens", ["expected", "seen"]].tolist() == [22, 21]  # one streamed without usage
