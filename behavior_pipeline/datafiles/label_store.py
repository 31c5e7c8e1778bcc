"""The imported labels of a data root: one CSV of good rows an import, under `labels/`."""

import csv
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd

from behavior_pipeline.dumps.ids import TRACE_DIGITS, foreign_id, hex_id
from behavior_pipeline.labels.history import chained
from behavior_pipeline.reasons import Reason
from behavior_pipeline.tables.labels import LABELS
from behavior_pipeline.values import from_spreadsheet, spreadsheet_cell

REGISTRY = "datasets.csv"
DERIVED = ("revision", "label_id", "corrects")
STORED = tuple(name for name in LABELS.columns if name not in DERIVED)
OURS = re.compile(r".*-[0-9a-f]{12}\.csv", re.DOTALL)
ABSENT_TEXT = ("dataset_version", "rubric_version")


def stored_labels(root: Path) -> pd.DataFrame:
    """Return all imported labels in the shape of content.labels, each with its place in its history."""
    rows = stored_rows(root)
    return LABELS.validate(chained(rows)) if len(rows) else LABELS.empty()


def trace_labels(root: Path) -> pd.DataFrame:
    """Return all imported labels by the ids that their traces have: of a text, the one that is made of it."""
    labels = stored_labels(root)
    texts = {trace for trace in set(labels["trace_id"]) if hex_id(trace, TRACE_DIGITS) is None}
    made = {text: foreign_id(text, TRACE_DIGITS, Reason.BAD_TRACE_ID) for text in texts}
    ids = {name: [made.get(value, value) for value in labels[name]] for name in ("trace_id", "item_id")}
    return labels.assign(**ids) if texts else labels


def stored_rows(root: Path, *, but: Path | None = None) -> pd.DataFrame:
    """Return all imported labels as they are stored, in the order of their files' names.

    Another CSV that somebody keeps there, as an export, is none of ours.
    """
    files = sorted(path for path in (root / "labels").glob("*.csv") if OURS.fullmatch(path.name))
    frames = [read_rows(path) for path in files if path != but]
    if not frames:
        return LABELS.empty()[list(STORED)]
    return pd.concat(frames, ignore_index=True)


def read_rows(path: Path) -> pd.DataFrame:
    """Return the rows of one stored file; what a file of an older version lacks is missing."""
    cells = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], engine="c")
    rows = cells.reindex(columns=list(STORED)).astype(object)
    for name in STORED:
        if rows[name].str.startswith("'").any():
            rows[name] = rows[name].map(from_spreadsheet, na_action="ignore")
    for name in ABSENT_TEXT:
        rows[name] = rows[name].fillna("")
    for name in ("week", "labelled_at"):
        rows[name] = pd.to_datetime(rows[name], format="%Y-%m-%d")
    rows["given_at"] = pd.to_datetime(rows["given_at"], format="ISO8601", utc=True)
    rows["inclusion_probability"] = pd.to_numeric(rows["inclusion_probability"])
    rows["imported"] = pd.to_numeric(rows["imported"]).fillna(0).astype("int64")
    return rows


def write_rows(path: Path, rows: pd.DataFrame) -> None:
    """Write the rows of an import; another process sees all of them or none."""
    days = {name: rows[name].dt.strftime("%Y-%m-%d") for name in ("week", "labelled_at")}
    given_at = ["" if pd.isna(at) else at.isoformat() for at in rows["given_at"]]
    shares = ["" if pd.isna(share) else repr(float(share)) for share in rows["inclusion_probability"]]
    texts = rows.assign(**days, given_at=given_at, inclusion_probability=shares)[list(STORED)]
    half = path.with_suffix(".part")
    with half.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")  # faster than to_csv
        writer.writerow(STORED)
        writer.writerows(zip(*(_cells(texts[name]) for name in STORED), strict=True))
    os.replace(half, path)  # noqa: PTH105 - in place of what was there


def _cells(column: pd.Series) -> list[Any]:
    """Return the cells of a column; a text that begins like a formula is none to a spreadsheet."""
    return [spreadsheet_cell(cell) if isinstance(cell, str) else cell for cell in column.fillna("")]


def import_number(before: pd.DataFrame | None, earlier: pd.DataFrame) -> int:
    """Return which import this is: the number that the same file had before, else the next one."""
    if before is not None and len(before):
        return int(before["imported"].iloc[0])
    return int(earlier["imported"].max()) + 1 if len(earlier) else 1
