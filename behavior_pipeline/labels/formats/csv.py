"""Reads a label CSV into records, and writes one: a line that is no CSV costs that line, never the file."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

import pandas as pd

from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.records import FIELDS, LINE, REQUIRED, Problem, Records
from behavior_pipeline.settings.model import Labels
from behavior_pipeline.values import from_spreadsheet, spreadsheet_cell

WRITTEN = (
    "trace_id", "item_id", "dimension", "label", "annotator", "role", "rubric_version", "dataset_version",
    "stratum", "inclusion_probability", "labelled_at", "text", "label_id", "corrects",
)  # fmt: skip
DELIMITERS = (",", ";", "\t")
MOST_RESUMES = 100
UNDECODED = re.compile("[\udc80-\udcff]")
NOT_UTF8 = "holds bytes that are not UTF-8"
BROKEN = {
    "unexpected end": "a quote is opened and never closed",
    "expected after": "something stands behind a closing quote",
    "field larger": "a cell is longer than 131,072 characters",
}


def csv_records(text: str, name: str, *, rules: Labels) -> Records:
    """Return the records of a CSV; `text` was decoded with surrogateescape.

    InputError where the header lacks a required column, has one twice or cannot be read.
    """
    rows = rows_of(text)
    header = _header(next(rows, (1, []))[1], name, rules)
    kept, places, problems = [], [], []
    undecoded = UNDECODED.search(text) is not None
    for line, cells in rows:
        if isinstance(cells, str):
            problems.append(Problem(f"{LINE}{line}", cells))
        elif len(cells) > len(header):
            problems.append(Problem(f"{LINE}{line}", f"has {len(cells)} cells, the header {len(header)}"))
        elif undecoded and UNDECODED.search("".join(cells)):
            problems.append(Problem(f"{LINE}{line}", NOT_UTF8))
        else:
            kept.append(list(map(from_spreadsheet, cells)))
            places.append(f"{LINE}{line}")
    return Records("csv", _columns(kept, header), places, frozenset(header), problems)


def rows_of(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record that is not empty with its line, the header first, or what is wrong with it."""
    lines = list(io.StringIO(text, newline=""))
    delimiter = max(DELIMITERS, key=lambda sign: lines[0].count(sign) if lines else 0)
    return ((line, cells) for line, cells in _rows(lines, delimiter) if cells)


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record with the line on which it begins, or what is wrong with it.

    Behind a broken record of several lines reading goes on at its second line: a quote that is never closed
    would otherwise swallow the rest.
    """
    skipped = resumes = 0
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, next((why for word, why in BROKEN.items() if word in str(error)), "is no CSV")
            if skipped + reader.line_num > line and resumes < MOST_RESUMES:
                resumes, skipped = resumes + 1, line
                reader = csv.reader(islice(lines, line, None), delimiter=delimiter, strict=True)


def _header(cells: list[str] | str, name: str, rules: Labels) -> list[str]:
    if isinstance(cells, str) or UNDECODED.search("".join(cells)):
        what = cells if isinstance(cells, str) else NOT_UTF8
        raise refusal(name, f"has a header that cannot be read: it {what}", "save the file as CSV in UTF-8")
    theirs = [cell.strip() for cell in cells]
    names = {their: ours for ours, their in rules.columns.items() if their in theirs}
    # Where a column of theirs stands for one of ours, their own column of that name means something else.
    columns = [names.get(cell, cell if cell not in names.values() else "") for cell in theirs]
    if missing := [column for column in REQUIRED if column not in columns]:
        raise refusal(
            name, f"has no column for {missing}; it has {[column for column in columns if column in FIELDS]}",
            "name your columns under [labels.columns] in pipeline.toml, as trace_id = 'your_column'",
        )  # fmt: skip
    if twice := sorted({column for column in columns if column in FIELDS and columns.count(column) > 1}):
        raise refusal(name, f"has the columns {twice} twice", "rename or remove one of each")
    return columns


def _columns(rows: list[list[str]], header: list[str]) -> dict[str, list[str]]:
    width = len(header)
    full = (cells if len(cells) == width else [*cells, *[""] * (width - len(cells))] for cells in rows)
    turned = dict(zip_longest(header, map(list, zip(*full, strict=True)), fillvalue=None))
    return {name: turned.get(name) or [""] * len(rows) for name in FIELDS}


def refusal(name: str, happened: str, remedy: str) -> InputError:
    """Return the error of a file of which nothing can be used."""
    return InputError(
        happened=f"{name} {happened}", kept="the labels that were imported before", remedy=remedy
    )


def labels_csv(labels: pd.DataFrame) -> str:
    """Return the rows of content.labels as CSV; a correction names the label that it replaces."""
    rows = labels.sort_values(["item_id", "annotator", "revision"], kind="stable")
    given = rows.assign(
        labelled_at=[
            _moment_text(day, at) for day, at in zip(rows["labelled_at"], rows["given_at"], strict=True)
        ],
        inclusion_probability=[
            "" if pd.isna(share) else repr(float(share)) for share in rows["inclusion_probability"]
        ],
    )
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(WRITTEN)
    for row in given[list(WRITTEN)].itertuples(index=False, name=None):
        writer.writerow(["" if pd.isna(value) else spreadsheet_cell(str(value)) for value in row])
    return stream.getvalue()


def _moment_text(day: pd.Timestamp, at: pd.Timestamp) -> str:
    """Return when a label was given: the instant where it is known, else the day."""
    return day.date().isoformat() if pd.isna(at) else at.isoformat()
