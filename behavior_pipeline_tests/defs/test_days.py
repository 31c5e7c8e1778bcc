"""Days of dumps: empty, missing, unreadable, late and in any order; and the checks that tell of it."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg
import pandas as pd
import pytest

from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import (
    MONDAY,
    World,
    assert_equal_lakes,
    checks_of,
    failure_of,
    lake_rows,
)

DAYS = [MONDAY + timedelta(days=number) for number in range(4)]
READ = ("raw_dumps", "spans")
Rows = dict[str, pd.DataFrame]
INGEST = (*READ, "traces")


def write_days(world: World) -> None:
    """Write four days in which spans come late, twice, on several days, before their root or without one."""
    of_day = {
        day: [turn(10 * number + index + 1, day) for index in range(5)] for number, day in enumerate(DAYS)
    }
    late_tool = of_day[DAYS[0]][0].pop(3)
    very_late = of_day[DAYS[0]][1].pop(2)
    early = of_day[DAYS[0]][2][1:]  # its root comes the day after
    late_root = of_day[DAYS[0]][2].pop(0)
    orphans = of_day[DAYS[0]][3]
    lost_root, after_window = orphans.pop(0), orphans.pop(1)
    assert early and lost_root
    spans = {day: [span for spans in turns for span in spans] for day, turns in of_day.items()}
    spans[DAYS[0]].append(spans[DAYS[0]][0])  # twice on one day
    spans[DAYS[1]] += [late_tool, late_root, spans[DAYS[0]][1]]  # the last one again on another day
    spans[DAYS[3]] += [very_late, after_window]
    for day, day_spans in spans.items():
        write_dump(world.dumps / f"{day}.jsonl", *day_spans)


def traces_by_day(traces: pd.DataFrame) -> dict[date, int]:
    return {day.date(): int(count) for day, count in traces["day"].value_counts().items()}


def in_traces(world: World, name: str) -> dg.AssetCheckEvaluation:
    return world.check(name, asset="traces")


@pytest.fixture(scope="module")
def expected(open_new_world: NewWorld) -> Rows:
    """Return the rows of a world whose days were read one by one in order."""
    world = open_new_world()
    write_days(world)
    run_each(world, DAYS, INGEST)
    return lake_rows(world.lake)


@pytest.fixture
def read(new_world: NewWorld) -> World:
    """Return a world whose days were read in one run."""
    world = new_world()
    write_days(world)
    world.run(DAYS[0], DAYS[-1], only=INGEST)
    return world


def run_each(world: World, days: Sequence[date], only: Sequence[str]) -> None:
    for day in days:
        world.run(day, only=only)


def test_day_without_dumps_is_materialised_with_no_rows(new_world: NewWorld) -> None:
    world = new_world()
    ran = world.run(MONDAY)
    counts = {name: len(rows) for name, rows in lake_rows(world.lake).items() if len(rows)}
    assert set(counts) <= {"coverage", "sampling_rates", "sampling_frames"}
    made = {
        event.asset_key.to_user_string()
        for event in ran.get_asset_materialization_events()
        if event.asset_key
    }
    assert {"raw_dumps", "spans", "traces", "sampled_traces", "scores_tone", "scores_latency"} <= made


def test_a_range_in_one_run_gives_the_same_rows_as_its_days_one_by_one(read: World, expected: Rows) -> None:
    assert_equal_lakes(lake_rows(read.lake), expected)


def test_missing_dump_directory_is_one_clear_error(new_world: NewWorld) -> None:
    world = new_world()
    world.dumps.rmdir()
    ran = world.attempt(MONDAY, only=READ)
    assert not ran.success
    message = failure_of(ran)
    assert (
        "dump directory" in message
        and str(world.dumps) in message
        and "kept:" in message
        and "to do:" in message
    )


def test_unreadable_file_is_quarantined_and_the_day_goes_on(new_world: NewWorld) -> None:
    world = new_world()
    write_dump(world.dumps / str(MONDAY) / "good.jsonl", *turn(1, MONDAY))
    (world.dumps / str(MONDAY) / "bad.jsonl.gz").write_bytes(b"\x1f\x8b" + random.Random(1).randbytes(500))  # noqa: S311
    ran = world.run(MONDAY, only=INGEST, checks=True)
    assert checks_of(ran)["every_record_is_accounted_for"].passed
    quarantine = world.lake.read("quarantine")
    assert list(quarantine["file"]) == [f"{MONDAY}/bad.jsonl.gz"]
    assert traces_by_day(world.lake.read("traces")) == {MONDAY: 1}


def test_spans_read_in_any_order_give_the_same_traces(expected: Rows, new_world: NewWorld) -> None:
    world = new_world()
    write_days(world)
    shuffled = random.Random(5).sample(DAYS, len(DAYS))  # noqa: S311
    run_each(world, shuffled, READ)
    run_each(world, shuffled[::-1], ["traces"])
    assert_equal_lakes(lake_rows(world.lake), expected)


def test_days_read_backwards_are_named_by_a_check_and_mended_by_a_second_run(
    expected: Rows, new_world: NewWorld
) -> None:
    world = new_world()
    write_days(world)
    run_each(world, DAYS[::-1], INGEST)
    check = in_traces(world, "inputs_are_unchanged")
    assert not check.passed
    named = [date.fromisoformat(text) for text in str(check.metadata["days"].value).split(", ")]
    assert named == DAYS[1:]
    run_each(world, named, ["traces"])
    assert in_traces(world, "inputs_are_unchanged").passed
    assert_equal_lakes(lake_rows(world.lake), expected)


def test_a_trace_is_built_once_on_the_day_of_its_root_or_at_the_end_of_the_window(
    expected: Rows,
) -> None:
    rows = expected
    assert traces_by_day(rows["traces"]) == {DAYS[0]: 3, DAYS[1]: 6, DAYS[2]: 6, DAYS[3]: 5}
    orphans = rows["traces"][~rows["traces"]["has_root"]]
    assert list(orphans["day"].dt.date) == [DAYS[2]]
    counted = rows["coverage"].query("slice_key == 'all' and field == 'records'").set_index("day")["late"]
    assert list(counted) == [0, 2, 0, 2]


def test_with_late_takes_in_later_spans_and_the_check_falls_silent(read: World) -> None:
    world = read
    check = in_traces(world, "late_spans_are_included")
    assert not check.passed
    for day in (DAYS[0], DAYS[2]):
        command = f"behavior-pipeline run --start {day} --end {day} --with-late"
        assert command in str(check.metadata["commands"].value)
    before = traces_by_day(world.lake.read("traces"))
    for day in (DAYS[0], DAYS[2]):
        world.run(day, only=["traces"], traces={"with_late": True})
    assert traces_by_day(world.lake.read("traces")) == before
    assert in_traces(world, "late_spans_are_included").passed
    late = world.lake.sql("SELECT n_spans FROM content.traces WHERE day = ? ORDER BY trace_id", [DAYS[0]])
    assert list(late["n_spans"]) == [5, 5, 5]


def test_replaced_spans_are_named_until_their_traces_are_built_again(read: World) -> None:
    world = read
    assert in_traces(world, "inputs_are_unchanged").passed
    world.run(DAYS[1], only=["spans"])
    check = in_traces(world, "inputs_are_unchanged")
    assert not check.passed
    assert str(check.metadata["days"].value) == ", ".join(map(str, DAYS[1:]))
    run_each(world, DAYS[1:], ["traces"])
    assert in_traces(world, "inputs_are_unchanged").passed


def test_a_lost_record_is_noticed(read: World) -> None:
    world = read
    check = "every_record_is_accounted_for"
    assert world.check(check, asset="spans").passed
    accounts = world.lake.read("ingested", {"day": MONDAY})
    world.lake.replace({"ingested": accounts.assign(stored=accounts["stored"] - 1)}, {"day": MONDAY})
    assert not world.check(check, asset="spans").passed
    assert world.check(check, DAYS[1], asset="spans").passed


def test_a_trace_of_two_days_is_noticed(read: World) -> None:
    world = read
    assert in_traces(world, "trace_ids_are_unique").passed
    other = world.lake.read("trace_facts", {"day": DAYS[3]}).assign(day=DAYS[2])
    world.lake.replace({"trace_facts": other}, {"day": DAYS[2]})
    assert not in_traces(world, "trace_ids_are_unique").passed


def test_undated_file_of_several_days_is_read_on_each_and_says_which_days_wait(new_world: NewWorld) -> None:
    world = new_world()
    spans = [span for number, day in enumerate(DAYS[:3]) for span in turn(number + 1, day)]
    world.dumps.mkdir(exist_ok=True)
    write_dump(world.dumps / "export.jsonl", *reversed(spans))
    (world.dumps / "notes.txt").write_text("none")
    world.run(DAYS[1], only=INGEST, checks=True)
    waiting = world.check("undated_files_are_read", asset="spans")
    assert not waiting.passed
    assert f"--start {DAYS[0]} --end {DAYS[2]}" in str(waiting.description)
    assert waiting.metadata["files_without_spans"].value == "notes.txt"
    world.run(DAYS[0], DAYS[2], only=INGEST)
    once = lake_rows(world.lake)
    assert traces_by_day(once["traces"]) == dict.fromkeys(DAYS[:3], 1)
    world.run(DAYS[0], DAYS[2], only=INGEST, checks=True)
    assert_equal_lakes(lake_rows(world.lake), once)
    assert world.check("undated_files_are_read", asset="spans").metadata["days"].value == "none"
    assert world.check("every_record_is_accounted_for", asset="spans").passed
