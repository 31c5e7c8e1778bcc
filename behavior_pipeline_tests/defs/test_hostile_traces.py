"""Hostile values in well-formed records go through every step of a day: none stops it, none makes it hang."""

import time

from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import write_dump
from behavior_pipeline_tests.defs.world import MONDAY
from behavior_pipeline_tests.hostile_traces import hostile_turns

COUNT = 60
SLOWEST_S = 120  # of a day with its fixed cost, on a busy machine; a hang would be one trace's alone


def test_a_day_of_hostile_traces_is_stored_and_scored(new_world: NewWorld) -> None:
    world = new_world()
    write_dump(
        world.dumps / f"{MONDAY}.jsonl", *(span for turn in hostile_turns(COUNT, MONDAY, 1) for span in turn)
    )
    began = time.monotonic()
    ran = world.run(MONDAY, checks=True)
    assert ran.success
    assert time.monotonic() - began < SLOWEST_S
    traces = world.lake.read("traces")
    assert len(traces) > COUNT / 2
    for name in ("latency", "cost", "format_compliance", "tool_call_accuracy"):
        scores = world.lake.read(f"scores_{name}")
        assert set(scores["trace_id"]) <= set(traces["trace_id"])
        assert (scores["score"].notna() != scores["missing_reason"].notna()).all()
    assert "broken_contract" not in set(world.lake.read("quarantine")["reason"])
