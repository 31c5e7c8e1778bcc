"""The check of coverage over dumps: it names what a library no longer writes, and is silent otherwise."""

from datetime import date, timedelta

import dagster as dg
import pytest

from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import Span, turn, write_dump
from behavior_pipeline_tests.defs.world import MONDAY, World

DAYS = [MONDAY + timedelta(days=number) for number in range(10)]
LAST = DAYS[-1]
INGEST = ("raw_dumps", "spans", "traces")
TURNS = 8
TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")


def spans_of(day: date) -> list[Span]:
    first = DAYS.index(day) * 10 + 1
    return [span for number in range(TURNS) for span in turn(first + number, day)]


def without(spans: list[Span], *keys: str) -> list[Span]:
    return [
        span | {"attributes": [attribute for attribute in span["attributes"] if attribute["key"] not in keys]}
        for span in spans
    ]


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    world = open_new_world()
    for day in DAYS:
        write_dump(world.dumps / f"{day}.jsonl", *spans_of(day))
    world.run(DAYS[0], LAST, only=INGEST)
    return world


def check(world: World, *spans: Span) -> dg.AssetCheckEvaluation:
    write_dump(world.dumps / f"{LAST}.jsonl", *spans)
    world.run(LAST, only=INGEST)
    return world.check("coverage_is_steady", LAST, asset="traces")


def test_a_day_like_those_before_is_silent(world: World) -> None:
    check = world.check("coverage_is_steady", LAST, asset="traces")
    assert check.passed and check.metadata["compared"].value > 5


def test_lost_token_counts_are_named_with_before_and_after(world: World) -> None:
    checked = check(world, *without(spans_of(LAST), *TOKENS))
    assert not checked.passed and checked.severity == dg.AssetCheckSeverity.WARN
    assert f"input_tokens of all traces vanished: 100% to 0% on {LAST}" in str(checked.description)
    shown = str(checked.metadata["shares"].value)
    assert "customer.segment" in shown and "input\\_tokens" in shown


def test_lost_content_is_named(world: World) -> None:
    contents = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions")
    checked = check(world, *without(spans_of(LAST), *contents))
    assert "texts of all traces vanished" in str(checked.description)


def test_a_first_day_has_nothing_to_compare_with(world: World) -> None:
    checked = world.check("coverage_is_steady", DAYS[0], asset="traces")
    assert checked.passed and checked.metadata["compared"].value == 0
