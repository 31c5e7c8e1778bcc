"""How frames are shown in the Dagster UI."""

from typing import Any

import dagster as dg
import pandas as pd


def markdown_table(rows: pd.DataFrame, *, most: int = 50) -> dg.MarkdownMetadataValue:
    """Return the first rows as a table; what could be read as markup is escaped."""
    head = " | ".join(map(str, rows.columns))
    lines = [f"| {head} |", "|" + " --- |" * len(rows.columns)]
    lines += [
        "| " + " | ".join(map(_cell, row)) + " |"
        for row in rows.head(most).itertuples(index=False, name=None)
    ]
    return dg.MetadataValue.md("\n".join(lines))


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    text = str(value).replace("\\", "\\\\").replace("<", "&lt;").replace("|", "\\|")
    return "".join(f"\\{sign}" if sign in "*_`[]" else sign for sign in text)
