"""Every message of an import's report is on the page of labels."""

from pathlib import Path

import pytest

from behavior_pipeline.labels import history, validate
from behavior_pipeline.labels.formats import csv as csv_records
from behavior_pipeline.labels.formats import label_studio

PAGE = (Path(__file__).parents[2] / "docs" / "labels.md").read_text(encoding="utf-8")
MESSAGES = [
    *csv_records.BROKEN.values(), csv_records.NOT_UTF8, validate.NO_DATE, label_studio.SEVERAL,
    label_studio.SKIPPED, label_studio.NO_VERDICT, history.AGAIN, history.STORED, history.CONTRADICTS,
    history.CONTRADICTS_STORED, history.OLDER, history.OTHER_CHAIN, history.TWICE, history.CLOSED,
    "unknown dimension", "label is empty", "labelled_at lies in the future", "has no data",
    "is no annotation",
]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES)
def test_message_is_explained(message: str) -> None:
    words = message.split()
    assert " ".join(words[:4]) in PAGE, message
