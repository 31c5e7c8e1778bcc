"""Queues as files: what people see, what comes back with their labels, nothing that a spreadsheet runs."""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from behavior_pipeline.evaluators.check import Case
from behavior_pipeline.labelling.tasks import as_csv, as_label_studio, as_text, tasks
from behavior_pipeline.labels.formats.recognise import read_records
from behavior_pipeline.labels.validate import checked
from behavior_pipeline.settings.model import Labels
from behavior_pipeline.tables.labelling import LABEL_QUEUE
from behavior_pipeline_tests.calibration.frames import RUBRIC, spec

TONE = spec()
NASTY = '=HYPERLINK("http://x")\r\nline two, with "quotes"\u2028and \ud800 more'


def queue(*roles: str) -> pd.DataFrame:
    fresh = [role == "fresh" for role in roles]
    rows = pd.DataFrame(
        {
            "week": pd.Timestamp("2026-03-02"), "dimension": "tone", "position": range(1, len(roles) + 1),
            "item_id": [f"item-{n}" for n in range(len(roles))],
            "trace_id": [f"{n:032x}" for n in range(len(roles))],
            "role": roles, "stratum": ["judge_fail" if one else None for one in fresh],
            "inclusion_probability": [1 / 3 if one else None for one in fresh], "u": 0.5,
            "dataset": ["v3" if role == "relabel" else None for role in roles],
            "rubric": RUBRIC, "reason": "weekly_sample", "due": pd.Timestamp("2026-03-15"),
        }
    )  # fmt: skip
    return LABEL_QUEUE.validate(rows)


def cases(count: int, **content: object) -> list[Case]:
    texts = {"input_text": "Where is it?", "output_text": "On its way.", **content}
    return [Case(f"{n:032x}", **texts) for n in range(count)]  # type: ignore[arg-type]


def test_a_task_has_the_texts_that_the_judge_reads_and_what_its_label_needs() -> None:
    queued = tasks(queue("fresh", "relabel", "diagnostic"), TONE, cases(3))
    assert [task["input_text"] for task in queued] == ["Where is it?"] * 3
    assert [task["dataset_version"] for task in queued] == [None, "v3", None]
    assert [task["inclusion_probability"] for task in queued] == [1 / 3, None, None]
    assert {task["rubric_version"] for task in queued} == {"v2"}
    assert "system_prompt" not in queued[0]


def test_rows_whose_trace_is_not_stored_have_no_task() -> None:
    assert [task["position"] for task in tasks(queue("fresh", "fresh", "fresh"), TONE, cases(2))] == [1, 2]


def test_filled_in_csv_is_imported_with_stratum_and_probability_intact(tmp_path: Path) -> None:
    reader = csv.DictReader(
        io.StringIO(as_csv(tasks(queue("fresh", "relabel"), TONE, cases(2, output_text=NASTY))), newline="")
    )
    filled = [{**row, "label": "on_brand", "annotator": "ana", "labelled_at": "2026-03-11"} for row in reader]
    path = tmp_path / "filled.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(reader.fieldnames or ()))
        writer.writeheader()
        writer.writerows(filled)
    records = read_records(path.read_bytes(), path.name, rules=Labels(), specs={"tone": TONE})
    read = checked(records, rules=Labels(), specs={"tone": TONE})
    assert [*records.problems, *read.problems] == []
    rows = read.rows
    assert list(rows["item_id"]) == ["item-0", "item-1"]
    assert list(rows["role"]) == ["fresh", "relabel"]
    assert rows["stratum"].isna().tolist() == [False, True] and rows["stratum"][0] == "judge_fail"
    assert rows["inclusion_probability"].tolist()[0] == 1 / 3
    assert list(rows["dataset_version"]) == ["", "v3"] and set(rows["rubric_version"]) == {"v2"}
    assert list(rows["labelled_at"]) == [pd.Timestamp(2026, 3, 11)] * 2


def test_stratum_and_probability_stand_last_and_what_people_fill_in_behind_the_texts() -> None:
    names = as_csv(tasks(queue("fresh"), TONE, cases(1))).splitlines()[0].split(",")
    assert names[-2:] == ["stratum", "inclusion_probability"]
    assert names.index("output_text") + 1 == names.index("label")


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_text_is_a_formula_in_a_spreadsheet(start: str) -> None:
    text = as_csv(tasks(queue("fresh"), TONE, cases(1, input_text=start)))
    assert next(csv.DictReader(io.StringIO(text, newline="")))["input_text"] == f"'{start}"


def test_label_studio_tasks_keep_all_that_an_import_needs_in_data() -> None:
    listed = json.loads(as_label_studio(tasks(queue("fresh", "relabel"), TONE, cases(2))))
    assert [set(task) for task in listed] == [{"data", "meta"}] * 2
    first, second = (task["data"] for task in listed)
    assert first["stratum"] == "judge_fail" and first["inclusion_probability"] == 1 / 3
    assert "stratum" not in second and second["dataset_version"] == "v3"
    assert listed[0]["meta"] == {"position": 1, "reason": "weekly_sample", "due": "2026-03-15"}


def test_an_empty_queue_is_a_file_without_items() -> None:
    assert as_csv([]).strip() == "label,annotator,labelled_at,text"
    assert json.loads(as_label_studio([])) == []


def test_nested_values_are_json_and_broken_characters_do_not_break_the_file() -> None:
    assert json.loads(as_text([{"content": "x"}]) or "") == [{"content": "x"}]
    assert as_text("a\ud800b") == "a?b"
    assert as_text(None) is None


def test_a_text_that_is_missing_is_empty_for_label_studio_which_asks_for_each_field() -> None:
    queued = tasks(queue("fresh"), TONE, cases(1, input_text=None))
    data = json.loads(as_label_studio(queued))[0]["data"]
    assert data["input_text"] == ""
    assert "dataset_version" not in data
