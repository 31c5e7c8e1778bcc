"""Materialising a partition again gives the same rows, whatever the asset, the day and the order."""

import random
from datetime import date, timedelta

import pandas as pd
import pytest

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import (
    CONFIG,
    MONDAY,
    World,
    assert_equal_lakes,
    daily_assets,
    lake_rows,
    weekly_assets,
    write_labels,
)

WEEKS = [MONDAY, MONDAY + timedelta(weeks=1)]
DAYS = [MONDAY, MONDAY + timedelta(days=1), WEEKS[1]]
TURNS = 24
KIND = "Thank you for asking! Your parcel 4711 arrives on Friday. Happy to help."
RUDE = "lol whatever dude, calm down. Your stupid parcel 4711 arrives on Friday."
FLIPPED = {"on_brand": "off_brand", "off_brand": "on_brand"}
# Nothing here tells of deploys, asks for consent, grades, or changes its judge; in two weeks nothing is
# pinned, and no anchor comes up a second time.
NOT_FILLED = {
    "events", "not_consented", "weekly_levels", "series_links", "drift_state", "anchor_days",
}  # fmt: skip
HARMLESS = """
[dimensions.refusal_correctness]
checks = [{ check = "refusal", parameters = { expects = { "query.category" = { orders = "comply" } } } }]
"""
Rows = dict[str, pd.DataFrame]


def is_rude(index: int) -> bool:
    return index % 3 == 0


def trace_number(day: date, index: int) -> int:
    return 1 + DAYS.index(day) * TURNS + index


def write_days(world: World) -> None:
    for day in DAYS:
        turns = [
            turn(
                trace_number(day, index),
                day,
                {"answer": RUDE if is_rude(index) else KIND, "user": f"u-{index % 7}"},
            )
            for index in range(TURNS)
        ]
        late = turns[0].pop(3)
        turns[1][0]["events"] = [{"name": "gen_ai.evaluation.result", "attributes": []}]
        spans = [span for spans in turns for span in spans]
        write_dump(world.dumps / f"{day}.jsonl", *spans, spans[1], broken=(b"{not json",))
        write_dump(world.dumps / f"{day + timedelta(days=1)}-late.jsonl", late)


def label_days(world: World) -> None:
    """Label tone as it is in the first week and as it is not in the second: its gate opens, then shuts."""
    rows = [
        {
            "trace_id": f"{trace_number(day, index):032x}", "dimension": "tone", "annotator": "ana",
            "role": "fresh", "labelled_at": week + timedelta(days=4),
            "label": "off_brand" if is_rude(index) == (week == WEEKS[0]) else "on_brand",
        }
        for week in WEEKS
        for day in DAYS[:2]
        for index in range(TURNS)
    ]  # fmt: skip
    anchors = [{**row, "role": "anchor", "dataset_version": "v1"} for row in rows[: TURNS - 4]]
    path = write_labels(world.root / "labels.csv", [*anchors, *rows])
    kept = import_labels(path, world.root, rules=settings().labels, specs=dimensions(), known_traces=set())
    assert kept.kept == len(rows) + len(anchors)


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return a world of two weeks, run once."""
    world = open_new_world(CONFIG + HARMLESS)
    write_days(world)
    label_days(world)
    run_everything(world)
    return world


def run_everything(world: World) -> None:
    for first, last in ((DAYS[0], DAYS[1]), (DAYS[2], DAYS[2] + timedelta(days=1))):
        world.run(first, last)
    world.run(WEEKS[0], WEEKS[-1], only=weekly_assets())


def test_this_world_fills_the_tables(world: World) -> None:
    empty = {name for name, rows in lake_rows(world.lake).items() if rows.empty}
    assert empty == NOT_FILLED


@pytest.mark.slow  # the test below covers each asset in less time
def test_everything_twice_gives_the_same_rows(world: World) -> None:
    before = without_anchor_days(lake_rows(world.lake))
    run_everything(world)
    assert_equal_lakes(without_anchor_days(lake_rows(world.lake)), before)


def without_anchor_days(rows: Rows) -> Rows:
    """Leave out the days' anchors: here days run before the labels of any week, and again after them."""
    return {
        name: frame[frame["detector"] != "anchors_daily"] if "detector" in frame else frame
        for name, frame in rows.items()
        if name != "anchor_days"
    }


def test_any_partition_of_any_asset_again_gives_the_same_rows(world: World) -> None:
    before = lake_rows(world.lake)
    chosen = random.Random(11)  # noqa: S311 - a repeatable choice
    for name, partition in _partitions(chosen):
        world.run(partition, only=[name])
    assert_equal_lakes(lake_rows(world.lake), before)


def _partitions(chosen: random.Random) -> list[tuple[str, date]]:
    """Return every asset once, with one of its days or weeks, in an order without meaning."""
    pairs = [(name, chosen.choice(DAYS)) for name in sorted(daily_assets())]
    pairs += [(name, chosen.choice(WEEKS)) for name in sorted(weekly_assets())]
    chosen.shuffle(pairs)
    return pairs


def test_a_run_is_recorded_with_what_it_read_and_wrote(world: World) -> None:
    runs = world.lake.read("analysis_runs")
    assert set(runs["asset"]) >= daily_assets() - {"recalibration_deliveries"}
    assert (runs["finished_at"] >= runs["started_at"]).all()
    assert runs["snapshot_written"].notna().all()
