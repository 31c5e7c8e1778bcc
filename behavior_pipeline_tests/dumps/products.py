"""Reads the products' fixtures, frames them in other ways, and compares what is stored of them."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from behavior_pipeline.spans.day.parse_day import ParsedDay
from behavior_pipeline_tests.spans.world import FIXTURES, parse

PRODUCTS = FIXTURES / "products"
WHERE = ["file", "line"]
TERMS = ["stored", "duplicated", "not_consented", "logs_attached", "logs_unmatched", "quarantined"]
Row = dict[str, Any]


def lines_of(name: str) -> list[Row]:
    text = gzip.decompress((PRODUCTS / f"{name}.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.split("\n") if line]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def as_lines(rows: Sequence[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def framings(rows: Sequence[Row], page: str = "data") -> dict[str, bytes]:
    """Return the same rows in every framing of JSON that a product or a script of a team writes."""
    return {
        "lines": as_lines(rows).encode(),
        "windows": b"\xef\xbb\xbf" + as_lines(rows).replace("\n", "\r\n").encode(),
        "list": json.dumps(rows).encode(),
        "indented list": json.dumps(rows, indent=2).encode(),
        "list, one a line": ("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n").encode(),
        "indented, one after another": "\n".join(json.dumps(row, indent=4) for row in rows).encode(),
        "one page": json.dumps({page: rows, "meta": {"page": 1, "totalItems": len(rows)}}).encode(),
        "pages": as_lines([{page: rows[:3], "meta": {}}, {page: rows[3:], "meta": {}}]).encode(),
        "indented page": json.dumps({page: rows, "meta": {}}, indent=1).encode(),
        "packed": gzip.compress(as_lines(rows).encode()),
    }


def stored(parsed: ParsedDay, *without: str) -> list[Row]:
    """Return what is stored, whatever its order and place; everything that was there is accounted for."""
    ingested = parsed.ingested
    assert (ingested["present"] == ingested[TERMS].sum(axis=1)).all()
    spans = pd.DataFrame(parsed.spans).drop(columns=[*WHERE, *without]).sort_values(["trace_id", "span_id"])
    return [
        {name: None if pd.api.types.is_scalar(cell) and pd.isna(cell) else cell for name, cell in row.items()}
        for row in spans.to_dict("records")
    ]


def stored_of(path: Path, *without: str) -> list[Row]:
    parsed = parse([path])
    assert parsed.quarantine.empty, parsed.quarantine.to_string()
    return stored(parsed, *without)


def by_question(rows: Sequence[Row], **wanted: Any) -> Row:
    """Return the one row that has these values."""
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row
