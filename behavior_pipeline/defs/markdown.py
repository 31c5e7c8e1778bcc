"""How frames are shown in the Dagster UI."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg
import pandas as pd

from behavior_pipeline.delivery.deliver import Delivery


def markdown_table(rows: pd.DataFrame, *, most: int = 50) -> dg.MarkdownMetadataValue:
    """Return the first rows as a table; what could be read as markup is escaped."""
    head = " | ".join(map(str, rows.columns))
    lines = [f"| {head} |", "|" + " --- |" * len(rows.columns)]
    lines += [
        "| " + " | ".join(map(_cell, row)) + " |"
        for row in rows.head(most).itertuples(index=False, name=None)
    ]
    return dg.MetadataValue.md("\n".join(lines))


def deliveries_metadata(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """Return who was told of what, how many that are, and how many of it failed."""
    rows = pd.DataFrame([asdict(one) for one in deliveries], columns=list(Delivery.__dataclass_fields__))
    failed = sum(one.status == "failed" for one in deliveries)
    return {"told": len(deliveries), "failed": failed, "deliveries": markdown_table(rows)}


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    text = str(value).replace("\\", "\\\\").replace("<", "&lt;").replace("|", "\\|")
    return "".join(f"\\{sign}" if sign in "*_`[]" else sign for sign in text)
