"""Directories of ours below the data root: made with the rights they need, or one clear error.

Beside the lake (`lake/`) and its PostgreSQL (`postgres/`) a data root holds `labels/` (imported label files),
`tmp/` (scratch folders, what DuckDB spills), `undated_objects.json` (what is known of objects in buckets),
`pseudonym.key`, `reports/`, `published/` and the link to its newest copy, `behavior.duckdb`.
"""

import os
from pathlib import Path

from behavior_pipeline.errors import StorageError

PRIVATE = 0o700


def private_folder(path: Path) -> Path:
    """Make a directory that only its owner may enter, and return it; StorageError where it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    except OSError as error:
        raise unwritable(path, error.strerror) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise unwritable(path, "permission denied")
    return path


def unwritable(path: Path, reason: str | None) -> StorageError:
    """Return the error of a data root that cannot be written."""
    return StorageError(
        happened=f"{path} cannot be written: {reason}",
        kept="nothing was changed",
        remedy="give this user the right to write there, or name another data root in BEHAVIOR_PIPELINE_DATA",
    )
