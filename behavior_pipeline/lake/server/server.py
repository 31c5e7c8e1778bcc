"""The one door to PostgreSQL: embedded below the data root by default, or a server of the team's own."""

import atexit
import multiprocessing
import multiprocessing.util
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import psycopg2
from psycopg2.extensions import connection, cursor, make_dsn, parse_dsn
from sqlalchemy.engine import URL

from behavior_pipeline.datafiles.folders import private_folder, unwritable
from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.server.embedded import Cluster
from behavior_pipeline.lake.server.server_users import ServerUsers
from behavior_pipeline.settings.model import Settings

DATABASE = "behavior_pipeline"
SCHEMAS = ("lake", "ledger", "dagster")
CONNECT_SECONDS = 20

_joined: dict[tuple[Path, int], "Embedded"] = {}
_joining = threading.Lock()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL database with the schemas `lake` (catalog), `ledger` (row by row) and `dagster`.

    `dsn` is what libpq reads; `root` is the data root of an embedded server, else None.
    """

    dsn: str
    root: Path | None = None

    @property
    def url(self) -> str:
        """Return the SQLAlchemy URL of Dagster's storage: `postgresql+psycopg2`, in the schema `dagster`."""
        return self.schema_url("dagster")

    def schema_url(self, schema: str) -> str:
        """Return the SQLAlchemy URL whose search path is one schema."""
        parts: dict[str, Any] = dict(parse_dsn(self.dsn))
        fixed = {name: parts.pop(name, None) for name in ("user", "password", "dbname")}
        parts["options"] = f"{parts.get('options', '')} -csearch_path={schema}".strip()
        made = URL.create(
            "postgresql+psycopg2",
            username=fixed["user"], password=fixed["password"], database=fixed["dbname"], query=parts,
        )  # fmt: skip
        return made.render_as_string(hide_password=False)

    def connect(self, schema: str = "ledger") -> connection:
        """Return a new connection whose search path is one schema; the caller closes it."""
        try:
            options = f"-csearch_path={schema}"
            return psycopg2.connect(self.dsn, options=options, connect_timeout=CONNECT_SECONDS)
        except psycopg2.OperationalError as error:
            raise _unreachable(error) from None

    @contextmanager
    def locked(self, names: Iterable[str]) -> Iterator[None]:
        """Hold the advisory locks of some names, over all processes and machines.

        They are taken in sorted order, so that two writers never wait for each other, and held by a session
        of their own: they end with it, also when this process is killed. A lock taken through DuckDB's ATTACH
        does not exclude, because its connections come from a pool.
        """
        holder = self.connect()
        holder.autocommit = True
        try:
            with holder.cursor() as cursor:
                for name in sorted(set(names)):
                    cursor.execute(
                        "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"behavior_pipeline.{name}"]
                    )
            yield
        finally:
            holder.close()

    def close(self) -> None:
        """Leave an embedded server, which stops when this process was the last one; else nothing."""
        with _joining:
            embedded = _joined.pop((self.root, os.getpid()), None) if self.root else None
        if embedded:
            embedded.leave()


class Embedded:
    """The embedded server of one data root, as this process uses it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cluster = Cluster(root / "postgres")
        self.users = ServerUsers(root / "postgres" / ".handles.json")
        self.pid = os.getpid()
        self._lock = filelock.FileLock(root / ".postgres.lock", mode=0o600, thread_local=False)

    def join(self) -> Server:
        """Start the server if it does not run, enter this process in its list, and return where it is."""
        try:
            with self._lock:
                socket = self.cluster.socket_folder() or self.cluster.start()
                self.users.add()
                server = Server(make_dsn(host=str(socket), user="postgres", dbname=DATABASE), self.root)
                _ensure_database(make_dsn(server.dsn, dbname="postgres"))
        except PermissionError as error:
            raise unwritable(self.root, error.strerror) from error
        return server

    def leave(self) -> None:
        """Take this process out of the list, and stop the server when it was the last."""
        # A forked child inherits its parent's atexit functions, but not its place in the list.
        if os.getpid() != self.pid or not self.cluster.path.is_dir():
            return
        with self._lock:
            if self.users.remove():
                self.cluster.stop()


def server(settings: Settings) -> Server:
    """Return the server of these settings, started and joined when it is embedded."""
    joined = Server(_libpq(settings.postgres_url)) if settings.postgres_url else _join(settings.root)
    _ensure_schemas(joined.dsn)
    return joined


def _join(root: Path) -> Server:
    private_folder(root)
    with _joining:
        embedded = _joined.get((root, os.getpid())) or Embedded(root)
        joined = embedded.join()
        if (root, os.getpid()) not in _joined:
            _joined[root, os.getpid()] = embedded
            atexit.register(embedded.leave)
            if multiprocessing.parent_process() is not None:  # such children end without atexit
                multiprocessing.util.Finalize(None, embedded.leave, exitpriority=1)
    return joined


def _libpq(url: str) -> str:
    """Return what libpq reads of a URL that may be SQLAlchemy's."""
    scheme, _, rest = url.partition("://")
    plain = f"{scheme.partition('+')[0]}://{rest}" if rest else url
    try:
        return str(make_dsn(**parse_dsn(plain)))
    except psycopg2.ProgrammingError:
        raise StorageError(
            happened="BEHAVIOR_PIPELINE_POSTGRES_URL is not an address of a PostgreSQL database",
            kept="nothing was run",
            remedy="write it as postgresql://user:password@host:5432/database",
        ) from None


def _ensure_database(dsn: str) -> None:
    with _closing(dsn) as run:
        run.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if run.fetchone() is None:  # the caller holds the file lock, so nobody else creates it
            run.execute(f'CREATE DATABASE "{DATABASE}"')


def _ensure_schemas(dsn: str) -> None:
    with _closing(dsn) as run:
        run.execute("SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%s)", [list(SCHEMAS)])
        if run.fetchone() == (len(SCHEMAS),):
            return
        # CREATE SCHEMA IF NOT EXISTS fails when two processes come at once.
        run.execute("SELECT pg_advisory_lock(hashtextextended('behavior_pipeline.schemas', 0))")
        for schema in SCHEMAS:
            run.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


@contextmanager
def _closing(dsn: str) -> Iterator[cursor]:
    try:
        opened = psycopg2.connect(dsn, connect_timeout=CONNECT_SECONDS)
    except psycopg2.OperationalError as error:
        raise _unreachable(error) from None
    opened.autocommit = True
    try:
        with opened.cursor() as run:
            yield run
    finally:
        opened.close()


def _unreachable(error: psycopg2.OperationalError) -> StorageError:
    return StorageError(
        happened=f"PostgreSQL does not answer: {str(error).strip().splitlines()[0]}",
        kept="everything as it was; nothing was written",
        remedy="start it, or correct BEHAVIOR_PIPELINE_POSTGRES_URL; without it, an embedded one is used",
    )
