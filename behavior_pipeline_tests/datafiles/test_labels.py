import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.datafiles.label_sets import dataset_registry
from behavior_pipeline.datafiles.label_store import stored_labels
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.history import CLOSED
from behavior_pipeline.labels.records import Problem
from behavior_pipeline.labels.report import Import, as_json, lines, summary
from behavior_pipeline.labels.sets import closed_sets, dataset_in_force
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
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def brought(path: Path, root: Path, rules: Labels | None = None, **options: Any) -> Import:
    return import_labels(path, root, rules=rules or Labels(), specs=SPECS, known_traces={"a1"}, **options)


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
    assert [problem.place for problem in done.problems] == [f"line {number}" for number in range(3, 9)]
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
    label = stored_labels(tmp_path).iloc[0]
    assert done.kept == 1
    assert (label["label"], label["role"], label["rubric_version"]) == ("on_brand", "fresh", "v2")


def test_a_file_without_the_columns_or_no_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column for"):
        brought(table(tmp_path / "l.csv", {"who": "x"}), tmp_path)
    with pytest.raises(InputError, match="no label file"):
        brought(tmp_path / "absent.csv", tmp_path)
    (tmp_path / "latin.csv").write_bytes(
        b"trace_id,dimension,label,labelled_at\n\xff\xfe,tone,on_brand,2026-03-04\n"
    )
    assert brought(tmp_path / "latin.csv", tmp_path).problems == [
        Problem("line 2", "holds bytes that are not UTF-8")
    ]


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
    assert (done.kept, [problem.place for problem in done.problems]) == (
        1, [f"line {number}" for number in range(3, 8)],
    )  # fmt: skip
    assert "a number from 0 to 1" in done.problems[0].why


def test_the_same_file_again_may_bring_more_under_other_rules(tmp_path: Path) -> None:
    path = table(tmp_path / "l.csv", GOOD, {**GOOD, "trace_id": "b2", "label": "fine"})
    assert brought(path, tmp_path).kept == 1
    done = brought(path, tmp_path, Labels(labels={"tone": {"fine": "on_brand"}}))
    assert (done.kept, done.problems) == (2, [])
    assert stored_labels(tmp_path)["imported"].tolist() == [1, 1]


def test_the_same_file_again_keeps_what_a_later_file_corrected(tmp_path: Path) -> None:
    first = table(tmp_path / "one.csv", GOOD)
    brought(first, tmp_path)
    brought(table(tmp_path / "two.csv", {**GOOD, "label": "off_brand", "corrects": "yes"}), tmp_path)
    before = stored_labels(tmp_path)
    assert before.sort_values("revision")["label"].tolist() == ["on_brand", "off_brand"]
    assert brought(first, tmp_path).problems == []
    assert stored_labels(tmp_path).equals(before)


def test_a_registered_set_is_not_changed_by_the_file_that_brought_it(tmp_path: Path) -> None:
    path = table(tmp_path / "l.csv", {**GOOD, "role": "anchor", "dataset_version": "v3"})
    brought(path, tmp_path)
    before = stored_labels(tmp_path)
    with pytest.raises(InputError, match=r"would now change the calibration set v3 of tone"):
        brought(path, tmp_path, Labels(labels={"tone": {"on_brand": "off_brand"}}))
    assert stored_labels(tmp_path).equals(before)
    done = brought(path, tmp_path)
    assert [name for _, name, _ in done.datasets] == ["v3"]


def test_a_correction_of_a_set_is_refused_and_one_of_a_fresh_label_is_a_new_row(tmp_path: Path) -> None:
    anchor = {**GOOD, "role": "anchor", "dataset_version": "v3"}
    brought(table(tmp_path / "one.csv", anchor, GOOD), tmp_path)
    later = {"label": "off_brand", "labelled_at": "2026-03-12"}
    done = brought(table(tmp_path / "two.csv", {**anchor, **later}, {**GOOD, **later}), tmp_path)
    assert [problem.why for problem in done.problems] == [CLOSED]
    assert [note.kind for note in done.notes] == ["corrections"]
    rows = stored_labels(tmp_path).sort_values("revision")
    last = rows.iloc[-1]
    assert (last["revision"], last["file"], last["imported"], last["place"]) == (1, "two.csv", 2, "line 3")
    assert last["corrects"] in set(rows["label_id"].iloc[:-1])


def test_files_of_an_older_version_are_still_read(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    old = (
        "week,dimension,item_id,trace_id,annotator,label,rubric_version,dataset_version,role,stratum,"
        "inclusion_probability,labelled_at,text,file"
    )
    row = "2026-03-02,tone,a1,a1,ana,on_brand,v2,v1,anchor,,,2026-03-04,,old.csv"
    (folder / "old-0123456789ab.csv").write_text(old + "\n" + row + "\n")
    (folder / "datasets.csv").write_text(
        "dimension,dataset,since,items,digest\ntone,v1,2026-03-04,1,0123456789ab\n"
    )
    assert stored_labels(tmp_path)[["revision", "imported"]].to_numpy().tolist() == [[0, 0]]
    assert closed_sets(dataset_registry(tmp_path), "other") == {("tone", "v1")}
    done = brought(
        table(tmp_path / "l.csv", {**GOOD, "label": "off_brand", "labelled_at": "2026-03-11"}), tmp_path
    )
    assert done.kept == 1


def test_what_else_lies_beside_the_imports_is_not_read(tmp_path: Path) -> None:
    long_name = table(tmp_path / f"{'é' * 120}.csv", GOOD)
    assert brought(long_name, tmp_path).kept == 1
    (tmp_path / "labels" / "exported.csv").write_text("trace_id,label\na1,on_brand\n")
    assert len(stored_labels(tmp_path)) == 1


class TestReport:
    """An import says what was used, what was not and why."""

    def imported(self, tmp_path: Path, *rows: dict[str, str], **options: Any) -> Import:
        return brought(table(tmp_path / "l.csv", *rows), tmp_path, **options)

    def test_mixed_rubrics_are_counted_and_it_is_said_which_count(self, tmp_path: Path) -> None:
        done = self.imported(tmp_path, GOOD, {**GOOD, "trace_id": "b2", "rubric_version": "v1"})
        (note,) = [note for note in done.notes if note.kind == "rubrics"]
        assert note.message == (
            "labels of tone mix rubrics: 1 of v1 (kept, do not count), 1 of v2 (these count);"
            " its rubric is v2"
        )
        assert note.warning

    def test_who_answers_always_the_same_is_named_where_others_do_not(self, tmp_path: Path) -> None:
        items = [{**GOOD, "trace_id": f"t{n}"} for n in range(20)]
        ben = [
            {**row, "annotator": "ben", "label": "off_brand" if n < 3 else "on_brand"}
            for n, row in enumerate(items)
        ]
        assert not [
            note for note in self.imported(tmp_path / "a", *items).notes if note.kind == "same_answers"
        ]
        done = self.imported(tmp_path / "b", *items, *ben[:10])
        (note,) = [note for note in done.notes if note.kind == "same_answers"]
        assert note.message == (
            "ana answers on_brand to all 20 items of tone;"
            " others say otherwise of 3 of the 10 that they share"
        )
        assert done.kept == 30
        few = self.imported(tmp_path / "c", *items[:19], *ben)
        assert not [note for note in few.notes if note.kind == "same_answers"]

    def test_an_empty_file_and_an_empty_set_are_named(self, tmp_path: Path) -> None:
        empty = tmp_path / "empty.csv"
        empty.write_text("trace_id,dimension,label,labelled_at\n")
        assert [note.message for note in brought(empty, tmp_path).notes] == ["the file holds no labels"]
        bad = {**GOOD, "role": "anchor", "dataset_version": "v4", "label": "meh"}
        done = self.imported(tmp_path, bad, {**bad, "trace_id": "b2"})
        assert [note.message for note in done.notes] == [
            "calibration set v4 of tone would be empty and is not registered:"
            " none of its 2 labels can be used"
        ]
        assert dataset_registry(tmp_path).empty

    def test_labels_that_will_not_count_yet_or_never_are_named(self, tmp_path: Path) -> None:
        done = self.imported(tmp_path, GOOD, {**GOOD, "trace_id": "b2"}, start_day=date(2026, 3, 9))
        assert {note.kind: note.count for note in done.notes} == {
            "before_start": 2,
            "waiting": 1,
            "texts_as_ids": 1,
        }

    def test_the_report_has_every_place_as_values(self, tmp_path: Path) -> None:
        done = self.imported(tmp_path, GOOD, *({**GOOD, "label": "meh"} for _ in range(20)))
        report = as_json(done, "l.csv")
        assert report["problems"] == [
            {"why": "label is not one of tone's: ['off_brand', 'on_brand']", "count": 20,
             "places": [f"line {number}" for number in range(3, 23)]},
        ]  # fmt: skip
        assert report["used"] == {"tone": 1}
        assert lines(done)[1].endswith("(lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ...)")
