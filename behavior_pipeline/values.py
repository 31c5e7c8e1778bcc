"""Plain values out of frames and records, how they may be printed, and the SQL beside a module.

What is printed steers no terminal and is not endless: cells may hold what came with the traces.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import NONE

Record = dict[str, Any]
MAX_WORD = 80
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run
_HINTS = {str(reason): reason.hint for reason in Reason}


def none_if_missing(value: Any) -> Any:
    """Return the value, or None for what a frame holds where nothing is: None, NaN, NaT, NA."""
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def number_or_none(value: Any) -> float | None:
    """Return a cell as a float, None where nothing is."""
    return None if pd.isna(value) else float(value)


def records(frame: pd.DataFrame) -> list[Record]:
    """Return the rows as plain values, missing ones as None."""
    return [plain_record(row) for row in frame.to_dict("records")]


def plain_record(row: Mapping[Any, Any]) -> Record:
    """Return a row's cells by name, missing ones as None."""
    return {str(name): none_if_missing(value) for name, value in row.items()}


def first(frame: pd.DataFrame) -> Record:
    """Return the first row as plain values, or an empty record."""
    rows = records(frame.head(1))
    return rows[0] if rows else {}


def printable(text: str, *, lines: bool = False) -> str:
    """Return text without signs that steer a terminal or turn its direction; with `lines`, line ends stay."""
    return "".join(
        letter if letter.isprintable() or (lines and letter == "\n") else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def bounded(text: str, limit: int) -> str:
    """Return text of at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def plain(text: str) -> str:
    """Return text that came with the traces as one printable word of bounded length."""
    return bounded(printable(text), MAX_WORD)


def scorer(judge: str, *, judged: str = "") -> str:
    """Return a judge's name, after a word for it if asked; a dimension without one has `checks`."""
    return "checks" if judge == NONE else f"{judged}{plain(judge)}"


def short(value: float | None) -> str:
    """Return a score with two digits, as people write it: .94, 1.00; `unknown` when missing."""
    if value is None or pd.isna(value):
        return "unknown"
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0.") else text.replace("-0.", "-.")


def spoken(word: Any) -> str:
    """Return the sentence behind a reason, or the word itself; nothing where there is none."""
    return "" if pd.isna(word) else _HINTS.get(str(word), str(word))


@cache
def sql_beside(module_file: str, name: str) -> str:
    """Return the text of `name`.sql, which lies in the folder of a module (its `__file__`)."""
    return (Path(module_file).parent / f"{name}.sql").read_text(encoding="utf-8")


def spreadsheet_cell(text: str) -> str:
    """Return a cell of a CSV that a spreadsheet does not run: what begins like a formula gets an apostrophe.

    So does one that has an apostrophe there already, so that `from_spreadsheet` gives back each text.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def from_spreadsheet(cell: str) -> str:
    """Return what `spreadsheet_cell` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell
