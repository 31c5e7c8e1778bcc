"""The published copy, for notebooks and reports: read-only, and always the newest."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pandas as pd

from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.frames import to_frame
from behavior_pipeline.lake.publish import NAME
from behavior_pipeline.settings.model import settings


class Published:
    """The published copy of a data root; reopened before a query when a newer one was published."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file, self._connection = self._open()

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the rows of a query; tables are named `scores`, `weekly_scores`, `alerts`, ..."""
        with self._lock:
            if self.path.resolve() != self._file:
                self._connection.close()
                self._file, self._connection = self._open()
            return to_frame(self._connection.execute(query, parameters).to_arrow_table())

    def tables(self) -> list[str]:
        """Return the names of all tables and views."""
        return list(self.sql("SELECT table_name FROM information_schema.tables ORDER BY 1")["table_name"])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> "Published":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> tuple[Path, duckdb.DuckDBPyConnection]:
        file = self.path.resolve()
        if not file.is_file():
            raise StorageError(
                happened=f"nothing is published yet at {self.path}",
                kept="the lake as it is",
                remedy="materialise `published`, or run `behavior-pipeline run`",
            )
        try:
            connection = duckdb.connect(str(file), read_only=True)
        except duckdb.Error as error:
            raise StorageError(
                happened=f"{file} cannot be opened: {str(error).splitlines()[0]}",
                kept="the lake as it is; the file is only a copy of it",
                remedy="close whoever has it open for writing, or materialise `published` again",
            ) from error
        connection.execute("SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'")
        return file, connection


def open_published(root: Path | None = None) -> Published:
    """Open the published copy of a data root (of the settings by default) read-only."""
    return Published((root.expanduser().resolve() if root else settings().root) / NAME)
