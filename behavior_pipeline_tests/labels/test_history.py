from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.calibration.items.week import items_of_week
from behavior_pipeline.labels import history
from behavior_pipeline.labels.history import chained, new_rows
from behavior_pipeline.labels.latest import CHAIN, latest_labels, under_declared_rubric
from behavior_pipeline_tests.labels.reading import SPECS, read

HEADER = "trace_id,dimension,label,labelled_at,annotator,corrects\n"
NOTHING = pd.DataFrame(columns=[*CHAIN, "labelled_at", "given_at", "label", "imported"])


def line(
    label: str, at: str = "2026-03-04", *, by: str = "ana", corrects: str = "", trace: str = "a1"
) -> str:
    return f"{trace},tone,{label},{at},{by},{corrects}\n"


def taken(text: str, stored: pd.DataFrame = NOTHING, *, imported: int = 1) -> tuple[pd.DataFrame, list[str]]:
    """Return all labels after an import, and why the others were kept out."""
    rows, problems = new_rows(read(HEADER + text)[0], stored, closed=set())
    rows = rows.assign(imported=imported)
    return pd.concat([stored, rows] if len(stored) else [rows], ignore_index=True), [p.why for p in problems]


def labels_by_revision(rows: pd.DataFrame) -> list[str]:
    return chained(rows).sort_values("revision")["label"].tolist()


def test_a_later_label_of_the_same_annotator_is_a_correction_that_points_to_the_first() -> None:
    rows, problems = taken(line("on_brand") + line("off_brand", "2026-03-12"))
    first, second = chained(rows).to_dict("records")
    assert problems == []
    assert first["revision"] == 0
    assert pd.isna(first["corrects"])
    assert (second["revision"], second["corrects"]) == (1, first["label_id"])


def test_a_correction_in_another_file_is_one_too_whichever_is_read_first() -> None:
    rows, _ = taken(line("off_brand", "2026-03-12"))
    rows, problems = taken(line("on_brand"), rows, imported=2)
    assert problems == []
    assert labels_by_revision(rows) == ["on_brand", "off_brand"]


def test_two_labels_of_one_moment_contradict_each_other_unless_one_says_that_it_corrects() -> None:
    rows, problems = taken(line("on_brand") + line("off_brand"))
    assert (len(rows), problems) == (1, [history.CONTRADICTS + history.HINT])
    _, problems = taken(line("off_brand", "2026-03-04T10:00:00Z"), rows, imported=2)
    assert problems == [history.CONTRADICTS_STORED + history.HINT]
    rows, problems = taken(line("off_brand", corrects="yes"), rows, imported=3)
    assert problems == []
    assert labels_by_revision(rows) == ["on_brand", "off_brand"]


def test_of_one_day_the_time_decides_and_a_correction_without_one_comes_after() -> None:
    rows, problems = taken(
        line("on_brand", "2026-03-04T18:00:00Z") + line("off_brand", "2026-03-04T09:00:00Z")
        + line("off_brand", corrects="yes")
    )  # fmt: skip
    assert problems == []
    assert labels_by_revision(rows) == ["off_brand", "on_brand", "off_brand"]


def test_a_correction_may_name_what_it_corrects() -> None:
    rows, _ = taken(line("on_brand"))
    named = chained(rows)["label_id"].iloc[0]
    assert taken(line("off_brand", corrects=named), rows)[1] == []
    assert taken(line("off_brand", corrects=named, by="ana"), rows)[1] == []
    other, _ = taken(line("on_brand", by="ben"), rows)
    assert taken(line("off_brand", by="ben", corrects=named), other)[1] == [history.OTHER_CHAIN]


def test_a_correction_that_is_older_than_what_it_corrects_is_none() -> None:
    rows, _ = taken(line("on_brand"))
    assert taken(line("off_brand", "2026-03-01", corrects="yes"), rows)[1] == [history.OLDER]


def test_the_same_again_brings_nothing() -> None:
    rows, problems = taken(line("on_brand") + line("on_brand") + line("on_brand", "2026-03-12"))
    assert problems == [history.AGAIN, history.AGAIN]
    assert (
        taken(line("on_brand", corrects="yes") + line("on_brand", "2026-02-01"), rows)[1]
        == [history.STORED] * 2
    )


@settings(deadline=None, max_examples=24)
@given(st.permutations(range(4)))
def test_corrections_stand_in_the_order_in_which_they_were_given(order: list[int]) -> None:
    lines = [line("on_brand" if day % 2 else "off_brand", f"2026-03-0{day + 1}") for day in range(4)]
    rows = NOTHING
    for number, place in enumerate(order):
        rows, _ = taken(lines[place], rows, imported=number)
    ordered = chained(rows).sort_values("revision")["labelled_at"]
    assert ordered.is_monotonic_increasing


@pytest.mark.parametrize(
    ("before", "label"),
    [(date(2026, 3, 5), "on_brand"), (date(2026, 3, 12), "on_brand"), (date(2026, 3, 13), "off_brand")],
)
def test_what_counts_is_the_last_label_given_before(before: date, label: str) -> None:
    rows, _ = taken(line("on_brand") + line("off_brand", "2026-03-12"))
    assert latest_labels(chained(rows), before=before)["label"].tolist() == [label]


def test_what_counts_answers_the_declared_rubric_of_its_dimension() -> None:
    declared = SPECS["tone"].rubric_version
    rubrics = [declared, f"{declared}+digest", "v0"]
    labels = pd.DataFrame(
        {"dimension": ["tone", "tone", "tone", "refusal"], "rubric_version": [*rubrics, declared]}
    )
    assert under_declared_rubric(labels, SPECS["tone"])["rubric_version"].tolist() == rubrics[:2]


class TestItemsOfAWeek:
    """A correction counts from its week on; earlier weeks keep what was known in them."""

    def items(self, text: str, week: date) -> list[tuple[str, str, int]]:
        labels = chained(taken(text)[0])
        week_items = items_of_week(labels, SPECS["tone"], week=week, dataset="none")
        return list(week_items[["item_id", "human_label", "annotators"]].itertuples(index=False, name=None))

    def test_a_corrected_item_is_fresh_again_with_what_everyone_said(self) -> None:
        panel = line("on_brand") + line("on_brand", by="ben") + line("off_brand", by="chi")
        later = line("off_brand", "2026-03-12") + line("off_brand", "2026-03-12", trace="b2")
        assert self.items(panel + later, date(2026, 3, 2)) == [("a1", "on_brand", 3)]
        assert self.items(panel + later, date(2026, 3, 9)) == [("a1", "off_brand", 3), ("b2", "off_brand", 1)]
        assert self.items(panel + later, date(2026, 3, 16)) == []

    def test_within_a_week_the_last_label_counts(self) -> None:
        assert self.items(line("on_brand") + line("off_brand", "2026-03-06"), date(2026, 3, 2)) == [
            ("a1", "off_brand", 1)
        ]

    def test_an_adjudicated_label_decides_and_can_be_corrected(self) -> None:
        panel = line("on_brand") + line("on_brand", by="ben") + line("off_brand", by="adjudicated")
        again = line("on_brand", "2026-03-12", by="adjudicated")
        assert self.items(panel, date(2026, 3, 2)) == [("a1", "off_brand", 3)]
        assert self.items(panel + again, date(2026, 3, 9)) == [("a1", "on_brand", 3)]
