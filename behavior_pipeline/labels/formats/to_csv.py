"""Writes labels as CSV, as the import reads them."""

import csv
import io

import pandas as pd

COLUMNS = (
    "trace_id", "item_id", "dimension", "label", "annotator", "role", "rubric_version", "dataset_version",
    "stratum", "inclusion_probability", "labelled_at", "text", "label_id", "corrects",
)  # fmt: skip


def labels_csv(labels: pd.DataFrame) -> str:
    """Return the rows of content.labels as CSV; a correction names the label that it replaces."""
    rows = labels.sort_values(["item_id", "annotator", "revision"], kind="stable")
    given = rows.assign(
        labelled_at=[
            moment_text(day, at) for day, at in zip(rows["labelled_at"], rows["given_at"], strict=True)
        ],
        inclusion_probability=[
            "" if pd.isna(share) else repr(float(share)) for share in rows["inclusion_probability"]
        ],
    )
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in given[list(COLUMNS)].itertuples(index=False, name=None):
        writer.writerow(["" if pd.isna(value) else value for value in row])
    return stream.getvalue()


def moment_text(day: pd.Timestamp, at: pd.Timestamp) -> str:
    """Return when a label was given: the instant where it is known, else the day."""
    return day.date().isoformat() if pd.isna(at) else at.isoformat()
