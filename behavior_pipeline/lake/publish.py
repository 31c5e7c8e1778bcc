"""Writes the published copy: a DuckDB file of the analysis tables, without any user text."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import duckdb
import filelock

from behavior_pipeline.datafiles.folders import private_folder
from behavior_pipeline.lake.schema import SCORES_PREFIX, VIEWS
from behavior_pipeline.tables.contract import Table

NAME = "behavior.duckdb"
FOLDER = "published"
READ_ONLY = 0o444


def publish(cursor: duckdb.DuckDBPyConnection, root: Path, *, tables: Iterable[Table]) -> Path:
    """Write all analysis tables as one snapshot shows them, and put `behavior.duckdb` in their place at once.

    The name is a link to a file of its own for each publication. DuckDB keeps a write-ahead log beside the
    file that the link led to; so whoever had an older copy open for writing, even if killed with its log
    unwritten, cannot have that log replayed into a newer copy (measured: a plain rename allows it).
    """
    folder = private_folder(root / FOLDER)
    with filelock.FileLock(root / ".publish.lock", mode=0o600):
        fresh = folder / f"behavior-{uuid4().hex[:12]}.duckdb"
        try:
            _write(cursor, fresh, tables=[table for table in tables if table.schema == "analysis"])
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        fresh.chmod(READ_ONLY)
        _point(root / NAME, fresh)
        for path in folder.iterdir():  # older copies, which their readers keep until they close, and logs
            if path != fresh:
                _remove(path)
    return root / NAME


def _write(cursor: duckdb.DuckDBPyConnection, path: Path, *, tables: Iterable[Table]) -> None:
    quoted = str(path).replace("'", "''")
    cursor.execute(f"ATTACH '{quoted}' AS fresh_copy")
    try:
        cursor.execute("BEGIN")  # one transaction sees one snapshot of the lake
        for statement in _statements(tables):
            cursor.execute(statement)
        cursor.execute("COMMIT")
        cursor.execute("CHECKPOINT fresh_copy")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    finally:
        cursor.execute("DETACH fresh_copy")


def _statements(tables: Iterable[Table]) -> list[str]:
    """Return what fills the copy; scores lie there once, and each dimension's table is a view of them."""
    names = [table.name for table in tables]
    dimensions = [name for name in names if name.startswith(SCORES_PREFIX)]
    stored = [name for name in names if name not in dimensions] + list(VIEWS)
    return [
        *(f"CREATE TABLE fresh_copy.main.{name} AS SELECT * FROM analysis.{name}" for name in stored),  # noqa: S608
        *(
            f"CREATE VIEW fresh_copy.main.{name} AS SELECT * EXCLUDE (dimension) FROM main.scores "  # noqa: S608
            f"WHERE dimension = '{name.removeprefix(SCORES_PREFIX)}'"
            for name in dimensions
        ),
    ]


def _point(link: Path, target: Path) -> None:
    draft = link.with_name(f".{target.stem}.link")
    draft.symlink_to(Path(FOLDER) / target.name)  # relative: the data root may be moved
    link.with_name(link.name + ".wal").unlink(missing_ok=True)
    draft.replace(link)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
