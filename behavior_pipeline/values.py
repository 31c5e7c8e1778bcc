"""Plain values out of frames and records, and the SQL that lies beside a module."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

Record = dict[str, Any]


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


@cache
def sql_beside(module_file: str, name: str) -> str:
    """Return the text of `name`.sql, which lies in the folder of a module (its `__file__`)."""
    return (Path(module_file).parent / f"{name}.sql").read_text(encoding="utf-8")
