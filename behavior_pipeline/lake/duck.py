"""DuckDB with the lake attached: extensions from their packages, nothing downloaded."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb
from psycopg2.extensions import parse_dsn

from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.folders import private_folder
from behavior_pipeline.lake.server import Server

EXTENSIONS = ("ducklake", "postgres_scanner")
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
CATALOG = "lake"


class Duck:
    """One DuckDB instance of this process; a cursor is a connection of its own, so threads do not meet."""

    def __init__(self, server: Server, *, data_path: str, spill_path: Path) -> None:
        self._server, self._data_path, self._spill_path = server, data_path, spill_path
        self._lock = threading.Lock()
        self._pid, self._instance = os.getpid(), self._attach()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a connection whose names are `schema.table` of the lake."""
        with self._lock:
            if self._pid != os.getpid():  # DuckDB's threads do not survive a fork
                self._pid, self._instance = os.getpid(), self._attach()
            cursor = self._instance.cursor()
        try:
            cursor.execute(f"USE {CATALOG}")
            yield cursor
        finally:
            cursor.close()

    def close(self) -> None:
        """Detach the lake."""
        if self._pid == os.getpid():
            self._instance.close()

    def _attach(self) -> duckdb.DuckDBPyConnection:
        instance = connect()
        instance.execute(f"SET temp_directory = {_literal(str(private_folder(self._spill_path)))}")
        if self._data_path.startswith("s3://"):
            load(instance, "httpfs")
            instance.execute(s3_secret(os.environ))
        target = " ".join(f"{name}={_quoted(value)}" for name, value in parse_dsn(self._server.dsn).items())
        try:
            instance.execute(
                f"ATTACH {_literal('ducklake:postgres:' + target)} AS {CATALOG} "
                f"(DATA_PATH {_literal(self._data_path)}, OVERRIDE_DATA_PATH true, METADATA_SCHEMA 'lake', "
                "DATA_INLINING_ROW_LIMIT 0)"
            )
        except duckdb.Error as error:
            raise StorageError(
                happened=f"the lake cannot be opened: {str(error).splitlines()[0]}",
                kept="its files and its catalog are as they were",
                remedy="check that PostgreSQL and the lake's folder can be reached",
            ) from error
        return instance


def connect() -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB in UTC with the lake's extensions, which installs nothing by itself."""
    instance = duckdb.connect(config=OFFLINE)
    instance.execute("SET TimeZone = 'UTC'")
    for name in EXTENSIONS:
        load(instance, name)
    return instance


def load(instance: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its PyPI package, in place."""
    folder = Path(str(resources.files(f"duckdb_extension_{name}")))
    path = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    instance.execute(f"LOAD {_literal(str(path))}")


def s3_secret(environment: Mapping[str, str]) -> str:
    """Return the statement that gives DuckDB the S3 access of the usual AWS variables."""
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    options = {
        "KEY_ID": environment.get("AWS_ACCESS_KEY_ID"),
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN"),
        "REGION": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        "ENDPOINT": endpoint.partition("://")[2],
        "URL_STYLE": "path" if endpoint else "",
        "USE_SSL": "false" if endpoint.startswith("http://") else "",
    }
    given = ", ".join(f"{name} {_literal(value)}" for name, value in options.items() if value)
    return f"CREATE OR REPLACE SECRET lake_s3 (TYPE s3{', ' if given else ''}{given})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
