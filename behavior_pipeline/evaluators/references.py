"""Reads reference files: what was expected of single traces, one JSON object a line or one CSV row each."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, ValidationInfo

from behavior_pipeline.errors import InputError

Records = Mapping[str, Mapping[str, Any]]


def _existing(path: Path, info: ValidationInfo) -> Path:
    root = (info.context or {}).get("root", Path())
    file = Path(root) / path.expanduser()  # an absolute path stays what it is
    if not file.is_file():
        raise ValueError("is not a file (a relative path is looked up below the data root)")
    return file


ReferenceFile = Annotated[Path, AfterValidator(_existing)]
"""A file named in parameters: absolute, or relative to the data root; it must exist."""


def references(path: Path) -> Records:
    """Return the records of a .jsonl or .csv file by trace_id, read again only after the file changed."""
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _read(path: Path, _modified: int, _size: int) -> Records:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["trace_id"]: row for row in csv.DictReader(stream) if row.get("trace_id")}
    records = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if line.strip():
            record = _record(line, path, number=number)
            records[str(record["trace_id"])] = record
    return records


def _record(line: bytes, path: Path, *, number: int) -> Mapping[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = None
    if not isinstance(record, dict) or "trace_id" not in record:
        raise InputError(
            happened=f"line {number} of the reference file {path.name} is no JSON object with a trace_id",
            kept="nothing was scored with this file",
            remedy="mend or remove the line",
        )
    return record
