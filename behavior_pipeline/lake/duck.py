"""DuckDB with the lake attached: extensions from their packages, nothing downloaded."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb
from psycopg2.extensions import parse_dsn

from behavior_pipeline.datafiles.buckets.s3 import ATTEMPTS, FIRST_WAIT_MS, SCHEME, Access, access
from behavior_pipeline.datafiles.folders import private_folder
from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.server.server import Server
from behavior_pipeline.settings.model import Duckdb

EXTENSIONS = ("ducklake", "postgres_scanner")
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
CATALOG = "lake"
MOST_THREADS = 4  # if not told: each holds a row group of what is written
# DuckDB's own three retries are over after half a second, and its parts of 80 MB on 50 threads would need
# more memory than all else. Files of the lake never change once written, so what a HEAD said of one holds.
S3_SETTINGS = {
    "http_retries": ATTEMPTS - 1,
    "http_retry_wait_ms": FIRST_WAIT_MS,
    "http_retry_backoff": 2,
    "enable_http_metadata_cache": "true",
    "s3_uploader_max_filesize": "'100GB'",
    "s3_uploader_thread_limit": 8,
    "enable_global_s3_configuration": "false",
}


class Duck:
    """One DuckDB instance of this process; a cursor is a connection of its own, so threads do not meet."""

    def __init__(self, server: Server, *, data_path: str, spill_path: Path, use: Duckdb) -> None:
        self._server, self._data_path, self._spill_path, self._use = server, data_path, spill_path, use
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
        except duckdb.IOException as error:
            first_line = str(error).splitlines()[0]
            if not self._data_path.startswith(SCHEME) or "HTTP" not in first_line:
                raise
            # Of S3, where the first line holds an address and never a key.
            raise StorageError(
                happened=f"the lake's files cannot be read or written: {first_line}",
                kept="the lake as it was; nothing of an unfinished write was committed",
                remedy="check the bucket, the AWS variables and what their user may do, then run it again",
            ) from None
        finally:
            cursor.close()

    def close(self) -> None:
        """Detach the lake."""
        if self._pid == os.getpid():
            self._instance.close()

    def _attach(self) -> duckdb.DuckDBPyConnection:
        instance = connect()
        instance.execute(f"SET memory_limit = {_literal(self._use.memory)}")
        instance.execute(f"SET threads = {self._use.threads or min(MOST_THREADS, os.cpu_count() or 1)}")
        instance.execute(f"SET temp_directory = {_literal(str(private_folder(self._spill_path)))}")
        if self._data_path.startswith(SCHEME):
            use_s3(instance, access())
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
    instance.execute("SET enable_progress_bar = false")  # it would be drawn into the output of commands
    # It would hold what passes through it: a day of spans, once, on its way from Parquet into the lake.
    instance.execute("SET enable_external_file_cache = false")
    for name in EXTENSIONS:
        load(instance, name)
    return instance


def load(instance: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its PyPI package, in place."""
    folder = Path(str(resources.files(f"duckdb_extension_{name}")))
    path = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    instance.execute(f"LOAD {_literal(str(path))}")


def use_s3(instance: duckdb.DuckDBPyConnection, given: Access) -> None:
    """Let an instance read and write s3:// with some access, patient with a busy store."""
    load(instance, "httpfs")
    for name, value in S3_SETTINGS.items():
        instance.execute(f"SET GLOBAL {name} = {value}")
    instance.execute(s3_secret(given))


def s3_secret(given: Access) -> str:
    """Return the statement that gives DuckDB an access to S3, kept in this process only."""
    options = {
        "KEY_ID": given.key_id,
        "SECRET": given.secret,
        "SESSION_TOKEN": given.token,
        "REGION": given.region,
        "ENDPOINT": given.host,
        "URL_STYLE": "path" if given.endpoint else "",
        "USE_SSL": "" if given.encrypted else "false",
    }
    stated = ", ".join(f"{name} {_literal(value)}" for name, value in options.items() if value)
    return f"CREATE OR REPLACE SECRET lake_s3 (TYPE s3, {stated})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
