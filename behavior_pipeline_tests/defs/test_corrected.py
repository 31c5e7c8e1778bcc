"""From dumps and a label file to the corrected level of a week, through the lake."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.settings.model import settings
from behavior_pipeline.statistics.corrected import post_stratified
from behavior_pipeline.steps.pipeline import Pipeline, dimensions
from behavior_pipeline.steps.weekly_scores import labels_of
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import turn, write_dump
from behavior_pipeline_tests.defs.world import MONDAY, World, write_labels

TURNS, RUDE = 80, 20  # the judge of tone fails the rude ones
KIND_WORDS = "Thank you for asking! Your parcel 4711 arrives on Friday. Happy to help."
RUDE_WORDS = "lol whatever dude, calm down. Your stupid parcel 4711 arrives on Friday."
TABLE = ((28, 2), (2, 18))  # rows people, columns judge: 30 of 60 passes are labelled, and all 20 fails
WEEKLY = ["labels", "calibration_scores", "calibration_agreement", "weekly_scores", "scorecard"]
NEXT = MONDAY + timedelta(weeks=1)


@pytest.fixture(scope="module")
def world(open_new_world: NewWorld) -> World:
    """Return a week of labelled traffic and one of unlabelled traffic after it."""
    world = open_new_world()
    for week in (MONDAY, NEXT):
        turns = [
            turn(
                number + TURNS * (week == NEXT),
                week,
                {"answer": RUDE_WORDS if number <= RUDE else KIND_WORDS, "user": f"u-{number}"},
            )
            for number in range(1, TURNS + 1)
        ]
        write_dump(world.dumps / f"{week}.jsonl", *(span for spans in turns for span in spans))
    given = write_labels(world.root / "labels.csv", [*labelled(), *anchors()])
    import_labels(given, world.root, rules=settings().labels, specs=dimensions(), known_traces=set())
    for week in (MONDAY, NEXT):
        world.run(week)
    world.run(MONDAY, NEXT, only=WEEKLY)
    return world


def labelled() -> list[dict[str, Any]]:
    labels = []
    for column, (stratum, first) in enumerate((("judge_pass", RUDE + 1), ("judge_fail", 1))):
        passed, failed = (row[column] for row in TABLE)
        for number in range(passed + failed):
            label = "on_brand" if number < passed else "off_brand"
            labels.append(_label(first + number, label) | {"role": "fresh", "stratum": stratum})
    late = {"role": "fresh", "stratum": "judge_pass", "labelled_at": NEXT + timedelta(days=2)}
    return [*labels, _label(TURNS, "on_brand") | late]


def anchors() -> list[dict[str, Any]]:
    """Return labels of the same traces that would pull the level to 0, were they taken for a sample."""
    labels = [_label(number, "off_brand") for number in range(RUDE + 1, RUDE + 31)]
    return [row | {"role": "anchor", "dataset_version": "v1"} for row in labels]


def _label(number: int, label: str) -> dict[str, Any]:
    named = {"trace_id": f"{number:032x}", "dimension": "tone", "annotator": "ana"}
    return named | {"label": label, "labelled_at": MONDAY + timedelta(days=4)}


def tone(world: World, week: Any = MONDAY, slice_key: str = "all") -> dict[str, Any]:
    rows = world.lake.read("weekly_scores", {"week": week, "dimension": "tone"})
    return rows[rows["slice_key"] == slice_key].iloc[0].to_dict()


def test_level_is_what_labels_say_of_the_judges_passes_and_fails(world: World) -> None:
    row = tone(world)
    assert row["mean"] == 0.75
    expected = post_stratified(0.75, TABLE, pass_share_n=row["n_eff"], traffic=TURNS)
    assert row["corrected_mean"] == pytest.approx(0.75 * 28 / 30 + 0.25 * 0.1)
    assert (row["corrected_low"], row["corrected_high"]) == pytest.approx((expected.low, expected.high))
    assert (row["corrected_method"], row["corrected_labels"]) == ("post_stratified", 50)


def test_cross_check_puts_labels_back_in_the_proportion_of_the_traffic(world: World) -> None:
    row = tone(world)
    assert row["rogan_gladen"] == pytest.approx(row["corrected_mean"], abs=1e-9)
    assert row["rogan_gladen_low"] < row["rogan_gladen"] < row["rogan_gladen_high"]


def test_labelled_traces_are_found_in_their_slice(world: World) -> None:
    row = tone(world, slice_key="customer.segment")
    assert (row["slice_value"], row["corrected_labels"]) == ("consumer", 50)
    assert row["corrected_mean"] == pytest.approx(tone(world)["corrected_mean"])


def test_labels_of_the_week_before_correct_a_week_without_labels(world: World) -> None:
    first, row = tone(world), tone(world, NEXT)
    assert (row["corrected_labels"], row["corrected_method"]) == (51, "common_rates")
    assert row["corrected_mean"] == pytest.approx(first["corrected_mean"], abs=0.01)
    assert row["corrected_high"] - row["corrected_low"] > first["corrected_high"] - first["corrected_low"]
    assert pd.isna(row["same_rates_p_value"])


def test_label_that_was_given_late_is_of_the_week_of_its_trace(world: World) -> None:
    """The one label given in the next week would be the only one of it, and its p-value known."""
    items = labels_of(Pipeline(), NEXT).items
    assert len(items) == 51
    assert set(items["week"]) == {pd.Timestamp(MONDAY)}


def test_dimension_without_labels_says_so(world: World) -> None:
    rows = world.lake.read("weekly_scores", {"week": MONDAY, "dimension": "latency", "slice_key": "all"})
    row = rows.iloc[0]
    assert (row["corrected_reason"], row["corrected_labels"]) == ("no_labels", 0)
    assert pd.isna(row["corrected_mean"])


def test_weeks_again_in_the_other_order_give_the_same_rows(world: World) -> None:
    before = world.lake.read("weekly_scores")
    for week in (NEXT, MONDAY):
        world.run(week, only=["weekly_scores"])
    pd.testing.assert_frame_equal(world.lake.read("weekly_scores"), before)


def test_run_shows_the_corrected_level_as_a_number_that_plots(world: World) -> None:
    ran = world.run(MONDAY, only=["weekly_scores"])
    shown = ran.asset_materializations_for_node("weekly_scores")[0].metadata
    assert shown["corrected_tone"].value == pytest.approx(0.725)
    assert shown["mean_tone"].value == 0.75
