import csv
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import orjson
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.datafiles.label_store import stored_labels
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.formats.csv import labels_csv
from behavior_pipeline.labels.formats.to_label_studio import label_studio_tasks
from behavior_pipeline.settings.model import Labels
from behavior_pipeline.tables.labels import LABELS
from behavior_pipeline_tests.labels.reading import SPECS

Writer = Callable[[pd.DataFrame, DimensionSpec], bytes]
OF_A_FILE = ("file", "digest", "imported", "place", "task", "annotation")
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=8)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TIMES = st.sampled_from(["", "", "T10:30:00Z", "T10:30:00.000001+02:00", "T00:00:00Z", "T23:59:59Z"])
ROWS = st.fixed_dictionaries({
    "trace_id": st.sampled_from(["a1", "b2", "c3"]),
    "item_id": st.one_of(st.just(""), st.sampled_from(["i-1", "i-2"]), WORDS),
    "annotator": st.one_of(st.sampled_from(["ana", "ben@x.example", "7", "07", "adjudicated"]), WORDS),
    "label": st.integers(0, 4),
    "role": st.sampled_from(["fresh", "anchor", "diagnostic", ""]),
    "dataset_version": st.sampled_from(["", "v3"]),
    "rubric_version": st.sampled_from(["", "v1", "v2+0a1b2c3d"]),
    "stratum": st.one_of(st.just(""), WORDS),
    "inclusion_probability": st.one_of(st.just(""), st.floats(1e-9, 1).map(repr)),
    "labelled_at": st.builds(
        lambda day, time: f"{day}{time}", st.dates(date(2026, 1, 5), date(2026, 1, 26)), TIMES
    ),
    "text": TEXTS,
    "corrects": st.sampled_from(["", "", "yes"]),
})  # fmt: skip


def as_csv(rows: pd.DataFrame, _: DimensionSpec) -> bytes:
    return labels_csv(rows).encode()


def as_tasks(rows: pd.DataFrame, spec: DimensionSpec) -> bytes:
    return orjson.dumps(label_studio_tasks(rows, spec, {"a1": {"output_text": "So sorry."}}))


def brought(root: Path, body: bytes) -> pd.DataFrame:
    (root / "given").write_bytes(body)
    done = import_labels(root / "given", root, rules=Labels(), specs=SPECS, known_traces=set())
    labels = stored_labels(root)
    assert done.kept == (labels["digest"] == done.digest).sum()
    return labels


def write(rows: list[dict[str, str]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path.read_bytes()


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    kept = rows.drop(columns=list(OF_A_FILE))
    return kept.sort_values(list(LABELS.key), kind="stable").reset_index(drop=True)


@pytest.mark.parametrize("writer", [as_csv, as_tasks])
@settings(max_examples=20, deadline=None)
@given(dimension=st.sampled_from(["tone", "faithfulness"]), rows=st.lists(ROWS, min_size=1, max_size=12))
def test_export_then_import_gives_the_same_rows(
    writer: Writer, dimension: str, rows: list[dict[str, object]]
) -> None:
    words = list(SPECS[dimension].scale.labels)
    given_rows = [
        {name: str(value) for name, value in row.items()}
        | {"dimension": dimension, "label": words[int(str(row["label"])) % len(words)]}
        for row in rows
    ]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        labels = brought(Path(first), write(given_rows))
        assert_frame_equal(brought(Path(first), write(given_rows)), labels)
        if labels.empty:
            return
        again = brought(Path(second), writer(labels, SPECS[dimension]))
        assert_frame_equal(comparable(again), comparable(labels))
        third = brought(Path(first), writer(labels, SPECS[dimension]))
        assert_frame_equal(comparable(third), comparable(labels))


def test_tasks_have_what_label_studio_asks_of_them() -> None:
    with tempfile.TemporaryDirectory() as root:
        row = {
            "trace_id": "a1", "dimension": "faithfulness", "label": "4", "labelled_at": "2026-03-04",
            "annotator": "7", "text": "one claim",
        }  # fmt: skip
        labels = brought(Path(root), write([row, row | {"annotator": "adjudicated", "label": "5"}]))
    contents = {"a1": {"output_text": "So sorry.", "documents": None}}
    (task,) = label_studio_tasks(labels, SPECS["faithfulness"], contents)
    assert task["data"] | {"documents": "", "output_text": "So sorry."} == task["data"]
    first, second = task["annotations"]
    assert (first["completed_by"], second["completed_by"]) == (7, {"email": "adjudicated"})
    assert (first["ground_truth"], second["ground_truth"]) == (False, True)
    assert [(result["type"], result["value"]) for result in first["result"]] == [
        ("rating", {"rating": 4}),
        ("textarea", {"text": ["one claim"]}),
    ]
    assert {result["to_name"] for result in first["result"]} == {"output_text"}
    assert first["updated_at"] == "2026-03-04T00:00:00.000000Z"


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "'=x"])
def test_no_file_of_labels_has_a_cell_that_a_spreadsheet_runs(text: str, tmp_path: Path) -> None:
    row = {
        "trace_id": "a1", "dimension": "tone", "label": "on_brand", "labelled_at": "2026-03-04",
        "annotator": text, "text": text, "role": "anchor", "dataset_version": text.strip(),
    }  # fmt: skip
    row["label"] = next(iter(SPECS["tone"].scale.labels))
    labels = brought(tmp_path, write([row]))
    stored = [path.read_text("utf-8") for path in (tmp_path / "labels").glob("*.csv")]
    for written in (*stored, labels_csv(labels)):
        cells = [cell for cells in csv.reader(written.splitlines(keepends=True)) for cell in cells]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert comparable(brought(tmp_path, labels_csv(labels).encode())).equals(comparable(labels))
