import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from behavior_pipeline.demo.labels import COLUMNS, act_files, write_labels
from behavior_pipeline.demo.people import JUDGED, labels_of
from behavior_pipeline.demo.plan import plan_day
from behavior_pipeline.demo.story import DEFAULT_SEED, Story
from behavior_pipeline.demo.writing import write_turn
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.judging.lexical.lexicon import load_lexicon
from behavior_pipeline.judging.lexical.readings import READINGS
from behavior_pipeline_tests.demo.contents import content

START = date(2026, 1, 5)
STORY = Story(START, 15)
SPECS = load_dimensions({})
WORLD = {"conversations_per_day": 600, "seed": DEFAULT_SEED}
Row = dict[str, str]


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    files = write_labels(tmp_path_factory.mktemp("world"), start=START, weeks=STORY.weeks)
    return {act: list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for act, path in files.items()}


def week(row: Row) -> int:
    return STORY.week_of(date.fromisoformat(row["labelled_at"]))


def test_acts_hold_the_weeks_in_which_they_are_played(acts: dict[str, list[Row]]) -> None:
    weeks = {act: sorted({week(row) for row in rows}) for act, rows in acts.items()}
    assert weeks == {"weeks_1_12": list(range(1, 13)), "week_13": [13], "relabelled": [14], "rest": [14, 15]}


def test_a_shorter_world_has_fewer_acts(tmp_path: Path) -> None:
    files = write_labels(tmp_path, start=START, weeks=2, conversations_per_day=200)
    assert files == {"weeks_1_12": act_files(tmp_path)["weeks_1_12"]}
    assert tuple(next(csv.reader(files["weeks_1_12"].open(encoding="utf-8")))) == COLUMNS


def test_labels_are_those_of_the_scales_and_rubrics_that_ship(acts: dict[str, list[Row]]) -> None:
    for row in (row for rows in acts.values() for row in rows):
        spec = SPECS[row["dimension"]]
        assert row["label"] in spec.scale.labels
        assert row["rubric_version"] == spec.rubric_version
        assert (row["role"] == "anchor") is bool(row["dataset_version"])


def test_calibration_sets_and_weekly_labels_have_their_sizes(acts: dict[str, list[Row]]) -> None:
    items: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for row in (row for rows in acts.values() for row in rows):
        items[row["dimension"], row["role"], week(row)].add(row["trace_id"])
    for dimension, judged in JUDGED.items():
        assert len(items[dimension, "anchor", 1]) >= 80
        assert all(len(items[dimension, "fresh", number]) == judged.fresh for number in range(1, 16))
    assert len(items["tone", "anchor", 14]) == 40
    assert items["tone", "anchor", 14] < items["tone", "anchor", 1]


def test_no_item_is_labelled_twice_by_one_person(acts: dict[str, list[Row]]) -> None:
    keys = Counter(
        (row["dimension"], row["trace_id"], row["annotator"], row["dataset_version"])
        for rows in acts.values()
        for row in rows
    )
    assert max(keys.values()) == 1


def test_some_items_are_seen_by_three_people_who_mostly_agree(acts: dict[str, list[Row]]) -> None:
    labels_by_item: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in acts["week_13"]:
        labels_by_item[row["dimension"], row["trace_id"]].append(row["label"])
    panels = [labels for labels in labels_by_item.values() if len(labels) > 1]
    assert all(len(labels) == 3 and len(set(labels)) <= 2 for labels in panels)
    assert 0 < sum(len(set(labels)) > 1 for labels in panels) < len(panels) / 2


STORY_AGREEMENT = [
    ("faithfulness", 5, "a", 0.72), ("tool_call_accuracy", 5, "a", 0.70),
    ("refusal_correctness", 5, "a", 0.72), ("tone", 5, "a", 0.72), ("tone", 13, "b", 0.48),
    ("tone", 14, "b", 0.81),
]  # fmt: skip


@pytest.mark.parametrize(("dimension", "number", "build", "story"), STORY_AGREEMENT)
def test_judge_agrees_with_all_of_a_weeks_people_about_as_in_the_story(
    dimension: str, number: int, build: str, story: float
) -> None:
    """The story is of the world, and not of the items that happened to be drawn from it."""
    words = labels_of(dimension, read_anew=STORY.reads_rubric_anew(number))
    read, lexicon, scale = READINGS[dimension][0], load_lexicon(build), SPECS[dimension].scale
    pairs: Counter[tuple[bool, bool]] = Counter()
    for offset in range(7):
        plan = plan_day(STORY, STORY.monday(number) + timedelta(days=offset), **WORLD)
        kinds, inside = getattr(plan, JUDGED[dimension].column), JUDGED[dimension].frame(plan)
        for position in map(int, inside.nonzero()[0]):
            shown = content(write_turn(plan, position))
            verdict = _arguments_fit(shown) and scale.labels[str(read(shown, lexicon).label)] == 1
            pairs[scale.labels[words[kinds[position]]] == 1, verdict] += 1
    tp, fn, fp, tn = (pairs[pair] for pair in ((True, True), (True, False), (False, True), (False, False)))
    mcc = (tp * tn - fp * fn) / ((tp + fn) * (tp + fp) * (tn + fn) * (tn + fp)) ** 0.5
    assert mcc == pytest.approx(story, abs=0.04)


def test_labels_are_a_plain_random_draw(acts: dict[str, list[Row]]) -> None:
    """Shares of labels wander from week to week as chance lets them: a draw by kind would hold them still."""
    failed = [0] * 12
    for row in acts["weeks_1_12"]:
        if row["dimension"] == "tone" and row["role"] == "fresh":
            failed[week(row) - 1] += row["label"] == "off_brand"
    assert np.std(failed) > 3  # of about 53 of 320: 6.6 by chance, below 1 by kind


def _arguments_fit(shown: dict[str, Any]) -> bool:
    """Return what the composite's check of arguments says; only the order's number is ever missing."""
    return all("order_id" in call["arguments"] for call in shown["tool_calls"] or [])
