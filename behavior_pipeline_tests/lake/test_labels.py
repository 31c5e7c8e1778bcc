import csv
from datetime import date
from pathlib import Path

import pytest

from behavior_pipeline.calibration.label_file import summary
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.errors import InputError
from behavior_pipeline.lake.labels import (
    Import,
    dataset_in_force,
    dataset_registry,
    import_labels,
    stored_labels,
)
from behavior_pipeline.settings.model import Labels

SPECS = load_dimensions({})
GOOD = {
    "trace_id": "a1",
    "dimension": "tone",
    "label": "on_brand",
    "labelled_at": "2026-03-04",
    "annotator": "ana",
}


def table(path: Path, *rows: dict[str, str]) -> Path:
    names = sorted({name for row in rows for name in row})
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def brought(path: Path, root: Path, rules: Labels | None = None) -> Import:
    return import_labels(path, root, rules=rules or Labels(), specs=SPECS, known_traces={"a1"})


def test_good_rows_are_kept_and_bad_ones_named_by_line(tmp_path: Path) -> None:
    bad = [
        {"dimension": "kindness"},
        {"label": "meh"},
        {"labelled_at": "soon"},
        {"role": "boss"},
        {"trace_id": ""},
    ]
    done = brought(table(tmp_path / "l.csv", GOOD, *({**GOOD, **change} for change in bad), GOOD), tmp_path)
    assert done.kept == 1
    assert [problem.line for problem in done.problems] == [3, 4, 5, 6, 7, 8]
    assert "the same label again" in done.problems[-1].why
    assert len(summary(done.problems)) == 6
    assert stored_labels(tmp_path)["week"].dt.date.tolist() == [date(2026, 3, 2)]


def test_a_label_of_a_trace_that_is_not_stored_yet_is_kept_and_counted(tmp_path: Path) -> None:
    done = brought(table(tmp_path / "l.csv", GOOD, {**GOOD, "trace_id": "b2"}), tmp_path)
    assert (done.kept, done.waiting) == (2, 1)


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path / "l.csv", GOOD)
    first = brought(path, tmp_path)
    before = stored_labels(tmp_path)
    second = brought(path, tmp_path)
    assert (first.kept, second.kept) == (1, 1)
    assert stored_labels(tmp_path).equals(before)


def test_another_file_with_the_same_or_another_label_brings_nothing_new(tmp_path: Path) -> None:
    brought(table(tmp_path / "one.csv", GOOD), tmp_path)
    done = brought(
        table(tmp_path / "two.csv", GOOD, {**GOOD, "label": "off_brand", "annotator": "ben"}), tmp_path
    )
    assert done.kept == 1
    changed = brought(table(tmp_path / "three.csv", {**GOOD, "label": "off_brand"}), tmp_path)
    assert changed.kept == 0
    assert "contradicts" in changed.problems[0].why


def test_a_calibration_set_is_registered_and_never_changes(tmp_path: Path) -> None:
    anchor = {**GOOD, "role": "anchor", "dataset_version": "v3"}
    done = brought(
        table(tmp_path / "one.csv", anchor, {**anchor, "trace_id": "c3", "labelled_at": "2026-03-06"}),
        tmp_path,
    )
    assert [(name, dataset) for name, dataset, _ in done.datasets] == [("tone", "v3")]
    registry = dataset_registry(tmp_path)
    assert dataset_in_force(registry, "tone", date(2026, 3, 5)) == "none"
    assert dataset_in_force(registry, "tone", date(2026, 3, 6)) == "v3"
    late = brought(table(tmp_path / "two.csv", {**anchor, "trace_id": "d4"}), tmp_path)
    assert late.kept == 0
    assert "never changes" in late.problems[0].why


def test_other_names_and_words_are_mapped(tmp_path: Path) -> None:
    rules = Labels(
        columns={"trace_id": "id", "role": "set"},
        values={"role": {"weekly": "fresh"}},
        labels={"tone": {"1": "on_brand"}},
        rubrics={"tone-r1": "v2"},
    )
    row = {
        "id": "a1",
        "dimension": "tone",
        "label": "1",
        "labelled_at": "2026-03-04",
        "set": "weekly",
        "rubric_version": "tone-r1",
    }
    done = brought(table(tmp_path / "l.csv", row), tmp_path, rules)
    held = stored_labels(tmp_path).iloc[0]
    assert done.kept == 1
    assert (held["label"], held["role"], held["rubric_version"]) == ("on_brand", "fresh", "v2")


def test_a_file_without_the_columns_or_no_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column for"):
        brought(table(tmp_path / "l.csv", {"who": "x"}), tmp_path)
    with pytest.raises(InputError, match="no label file"):
        brought(tmp_path / "absent.csv", tmp_path)
    (tmp_path / "latin.csv").write_bytes(
        b"trace_id,dimension,label,labelled_at\n\xff\xfe,tone,on_brand,2026-03-04\n"
    )
    with pytest.raises(InputError, match="UTF-8"):
        brought(tmp_path / "latin.csv", tmp_path)


def test_anchors_may_be_labelled_again_and_their_set_stays_as_it_is(tmp_path: Path) -> None:
    anchor = {**GOOD, "role": "anchor", "dataset_version": "v3"}
    brought(table(tmp_path / "one.csv", anchor), tmp_path)
    registry = dataset_registry(tmp_path)
    again = {**anchor, "role": "relabel", "label": "off_brand", "labelled_at": "2026-05-04"}
    done = brought(table(tmp_path / "two.csv", again, {**again, "labelled_at": "2026-06-01"}), tmp_path)
    assert (done.kept, done.problems) == (2, [])
    assert dataset_registry(tmp_path).equals(registry)
    assert sorted(stored_labels(tmp_path)["role"]) == ["anchor", "relabel", "relabel"]


def test_label_of_the_same_week_is_no_label_given_again(tmp_path: Path) -> None:
    anchor = {**GOOD, "role": "anchor", "dataset_version": "v3"}
    brought(table(tmp_path / "one.csv", anchor), tmp_path)
    done = brought(table(tmp_path / "two.csv", {**anchor, "role": "relabel"}), tmp_path)
    assert done.kept == 0
    assert "in the week of its label" in done.problems[0].why


def test_continuous_dimensions_take_numbers_for_labels(tmp_path: Path) -> None:
    score = {**GOOD, "dimension": "latency", "label": "0.85"}
    bad = [{**score, "trace_id": "b2", "label": label} for label in ("fast", "1.5", "-0.1", "nan", "1e-1")]
    done = brought(table(tmp_path / "l.csv", score, *bad), tmp_path)
    assert (done.kept, [problem.line for problem in done.problems]) == (1, [3, 4, 5, 6, 7])
    assert "a number from 0 to 1" in done.problems[0].why
