"""A row that breaks a contract stops no partition: it stands in quarantine until it is whole again."""

from datetime import timedelta
from typing import Any

import dagster as dg

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.reasons import Reason
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import MONDAY, World
from behavior_pipeline_tests.lake.frames import scores

NEXT = MONDAY + timedelta(days=1)


def write(world: World, **broken: Any) -> dg.ExecuteInProcessResult:
    """Write two days of scores, of which the first has a row with these cells."""

    @dg.asset(partitions_def=daily, backfill_policy=dg.BackfillPolicy.single_run())
    def some_scores(context: dg.AssetExecutionContext) -> None:
        with day_writer(context, world.lake) as writer:
            for day in writer.partitions:
                rows = scores(day).loc[[0, 0]].astype(object).assign(trace_id=["good", "bad"])
                rows = rows.reset_index(drop=True)
                for name, value in broken.items():
                    rows.at[1, name] = value if day == MONDAY else rows.at[1, name]
                writer.replace(day, {"scores_cost": rows}, metadata={})

    return dg.materialize(
        [some_scores],
        instance=world.instance,
        tags={
            "dagster/asset_partition_range_start": MONDAY.isoformat(),
            "dagster/asset_partition_range_end": NEXT.isoformat(),
        },
    )


def test_the_range_stands_and_quarantine_names_the_row_until_it_is_whole(new_world: NewWorld) -> None:
    world = new_world()
    for broken in ({"score": 7.0}, {"cost_usd": "much"}, {"missing_reason": "no word"}):
        assert write(world, **broken).success
        assert sorted(world.lake.read("scores_cost")["trace_id"]) == ["bad", "good", "good"]
        row = world.lake.read("quarantine").iloc[0]
        assert (row["file"], row["reason"]) == ("analysis.scores_cost", Reason.BROKEN_CONTRACT)
    assert write(world).success
    assert len(world.lake.read("scores_cost")) == 4
    assert world.lake.read("quarantine").empty


def test_counts_beyond_what_a_call_can_have_are_missing_and_stop_no_range(new_world: NewWorld) -> None:
    world = new_world()
    for day, counts in ((MONDAY, (2**63 - 1, 2**53 + 1)), (NEXT, (7, 8))):
        spans = turn(1 + day.day, day)
        for span in spans:
            for attribute in span["attributes"]:
                if attribute["key"] == "gen_ai.usage.input_tokens":
                    attribute["value"] = {"intValue": str(counts[span["spanId"].endswith("5")])}
        write_dump(world.dumps / f"{day}.jsonl", *spans)
    world.run(MONDAY, NEXT)
    traces = world.lake.read("traces")
    assert traces["input_tokens"].isna().tolist() == [True, False]
    assert traces["cost_missing"].iloc[0] == Reason.NO_TOKENS
    assert traces["input_tokens"].iloc[1] == 15


def test_a_tiny_probability_of_a_tracer_is_trimmed_and_a_check_says_so(new_world: NewWorld) -> None:
    world = new_world()
    turns = [turn(1, MONDAY), turn(2, MONDAY)]
    for span in turns[1]:
        span["traceState"] = "ot=th:ffffffffffffff"
    write_dump(world.dumps / f"{MONDAY}.jsonl", *turns[0], *turns[1])
    world.run(MONDAY, only=("raw_dumps", "spans", "traces"))
    assert sorted(world.lake.read("trace_facts")["sampling_weight"]) == [1, 10_000]
    check = world.check("weights_are_as_told", asset="traces")
    assert not check.passed
    assert check.metadata["trimmed"].value == 1
