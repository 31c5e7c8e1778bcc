"""The lake: rows keep their contracts, partitions are replaced as a whole, every commit is a snapshot."""

import contextlib
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from behavior_pipeline.datafiles.buckets.sources import data_path
from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake import schema
from behavior_pipeline.lake.contract_guard import (
    partition_of,
    refuse_broken,
    refuse_repeated,
    refuse_rows,
    refuse_strangers,
)
from behavior_pipeline.lake.duck import CATALOG, Duck
from behavior_pipeline.lake.frames import to_arrow, to_frame
from behavior_pipeline.lake.publish import publish
from behavior_pipeline.lake.server.server import Server, server
from behavior_pipeline.lake.where import condition
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.rows import Rows, sql_literal
from behavior_pipeline.tables.traces import QUARANTINE

MAX_ATTEMPTS = 12
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 5.0
STREAMED_ROWS = 2048
GRACE = "INTERVAL 1 DAY"  # a reader may still be in a file that was replaced a moment ago
CURRENT = f"SELECT id FROM ducklake_current_snapshot('{CATALOG}')"  # noqa: S608 - a constant
COMMITTED = f"SELECT id FROM ducklake_last_committed_snapshot('{CATALOG}')"  # noqa: S608 - a constant


class Write(NamedTuple):
    """What a commit does to one table: `delete`, a statement with its parameters, then insert `rows`."""

    table: Table
    rows: pa.Table | Rows
    delete: str
    parameters: list[Any]


class Lake:
    """The lake of one data root, as one process sees it; its methods may be called from several threads."""

    def __init__(
        self, settings: Settings, tables: Mapping[str, Table], *, server: Server, duck: Duck
    ) -> None:
        self.settings, self.tables, self.server = settings, dict(tables), server
        self._duck = duck

    @classmethod
    def open(cls, settings: Settings, tables: Mapping[str, Table]) -> "Lake":
        """Join or start PostgreSQL, attach the lake and create what is missing of it."""
        joined = server(settings)
        with joined.locked(["lake.attach"]):  # the first ATTACH creates the catalog
            duck = Duck(
                joined, data_path=data_path(settings), spill_path=settings.root / "tmp", use=settings.duckdb
            )
            lake = cls(settings, tables, server=joined, duck=duck)
            with duck.cursor() as cursor:
                if statements := schema.upgrades(cursor, tables):
                    cursor.execute(";".join(["BEGIN", *statements, "COMMIT"]))
        return lake

    def read(
        self, table: str, where: Mapping[str, Any] | None = None, *, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return rows of a table in the order of its key, with the types of its contract.

        `where` maps a column to a value, a list of values or Between(low, high).
        """
        contract = self._table(table)
        clause, parameters = condition(contract, where or {})
        chosen = ", ".join(f'"{name}"' for name in columns or contract.columns)
        order = ", ".join(f'"{name}"' for name in contract.key)
        return self.sql(f"SELECT {chosen} FROM {contract.qualified} {clause} ORDER BY {order}", parameters)  # noqa: S608

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the rows of a query; tables are named `content.spans`, `analysis.scores`."""
        with self._duck.cursor() as cursor:
            return to_frame(cursor.execute(query, parameters).to_arrow_table())

    def records(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query as plain values by name, NULL as None: for steps that go row by row."""
        return list(self.stream(query, parameters))

    def stream(self, query: str, parameters: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query as `records` returns them; memory holds a batch."""
        with self._duck.cursor() as cursor:
            cursor.execute(query, parameters)
            names = [column[0] for column in cursor.description or ()]
            while rows := cursor.fetchmany(STREAMED_ROWS):
                for row in rows:
                    yield dict(zip(names, row, strict=True))

    def frames(self, query: str, parameters: Mapping[str, Any] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the rows of a query as `sql` returns them, in batches of bounded size."""
        with self._duck.cursor() as cursor:
            for batch in cursor.execute(query, parameters).to_arrow_reader(STREAMED_ROWS):
                yield to_frame(pa.Table.from_batches([batch]))

    def check(self, table: str, where: Mapping[str, Any]) -> int:
        """Return how many rows of a table were looked at; ContractError where they break its contract."""
        contract = self._table(table)
        clause, parameters = condition(contract, where)
        relation = f"{contract.qualified} {clause}"
        with self._duck.cursor() as cursor:
            rows = refuse_broken(cursor, contract, relation, parameters)
            refuse_repeated(cursor, contract, relation, parameters)
        return rows

    def replace(
        self,
        frames: Mapping[str, pd.DataFrame | Rows],
        partition: Mapping[str, Any],
        *,
        refused: pd.DataFrame | None = None,
    ) -> int:
        """Replace one partition of some tables in one transaction, and return its snapshot id.

        Each table uses those columns of `partition` by which it is partitioned; a value may be a list. Rows
        that break a contract, or lie outside of the partition, raise ContractError before any write.
        `refused` are rows of quarantine for what was left out of these tables; they take the place of those
        that an earlier write left there.
        """
        writes = []
        for name, frame in frames.items():
            table = self._table(name)
            chosen = partition_of(table, partition)
            clause, parameters = condition(table, chosen)
            delete = f"DELETE FROM {table.qualified} {clause}"  # noqa: S608 - names of contracts only
            writes.append(Write(table, self._checked(table, frame, chosen), delete, parameters))
        if refused is not None:
            writes += self._refused(refused, frames, partition)
        return self._commit(writes)

    def _refused(
        self, refused: pd.DataFrame, frames: Mapping[str, Any], partition: Mapping[str, Any]
    ) -> list[Write]:
        """Return what quarantine has to be told, if it does not say the same already by holding nothing."""
        quarantine = self._table(QUARANTINE.name)
        chosen = partition_of(quarantine, partition)
        tables = [self._table(name).qualified for name in frames]
        clause, parameters = condition(quarantine, {**chosen, "file": tables})
        rows = f"SELECT count(*) AS rows FROM {quarantine.qualified} {clause}"  # noqa: S608 - names of contracts only
        if refused.empty and not self.sql(rows, parameters)["rows"].iloc[0]:
            return []
        delete = f"DELETE FROM {quarantine.qualified} {clause}"  # noqa: S608 - names of contracts only
        return [Write(quarantine, self._checked(quarantine, refused, chosen), delete, parameters)]

    def _checked(
        self, table: Table, frame: pd.DataFrame | Rows, partition: Mapping[str, Any]
    ) -> pa.Table | Rows:
        """Return rows as DuckDB takes them, once they keep the contract and the partition."""
        if isinstance(frame, Rows):
            with self._duck.cursor() as cursor:
                refuse_rows(cursor, table, frame, partition)
            return frame
        rows = table.validate(frame)
        refuse_strangers(table, rows, partition)
        try:
            return to_arrow(rows)
        except (pa.ArrowException, UnicodeError):  # half a surrogate pair; the message would quote the text
            raise table.refusal(["a text is not UTF-8"]) from None

    def append(self, table: str, frame: pd.DataFrame) -> int:
        """Add rows to a table, in place of rows with the same key, and return the snapshot id."""
        contract = self._table(table)
        rows = to_arrow(contract.validate(frame))
        same = " AND ".join(f't."{name}" IS NOT DISTINCT FROM incoming."{name}"' for name in contract.key)
        delete = f"DELETE FROM {contract.qualified} AS t WHERE EXISTS (SELECT 1 FROM incoming WHERE {same})"  # noqa: S608
        return self._commit([Write(contract, rows, delete, [])])

    def snapshot(self) -> int:
        """Return the id of the newest snapshot."""
        with self._duck.cursor() as cursor:
            return _snapshot_id(cursor.execute(CURRENT))

    def publish(self) -> Path:
        """Write the published copy, `behavior.duckdb` in the data root, and return its path."""
        with self._duck.cursor() as cursor:
            return publish(cursor, self.settings.root, tables=self.tables.values())

    def maintain(self) -> dict[str, int]:
        """Expire snapshots that are older than `retention_days`, merge small files and remove unused ones.

        Return how many snapshots expired, files were merged or rewritten, and files were removed. Time travel
        ends with the retention; the newest snapshot stays.
        """
        before = f"older_than => now() - INTERVAL {self.settings.retention_days} DAY"
        grace = f"older_than => now() - {GRACE}"
        with (
            self.server.locked(map(_lock_name, self.tables.values())),
            self._duck.cursor() as cursor,
        ):
            return {
                "expired_snapshots": _rows_of(cursor, f"ducklake_expire_snapshots('{CATALOG}', {before})"),
                "rewritten_files": _files_of(cursor, f"ducklake_rewrite_data_files('{CATALOG}')"),
                "merged_files": _files_of(cursor, f"ducklake_merge_adjacent_files('{CATALOG}')"),
                "removed_files": _rows_of(cursor, f"ducklake_cleanup_old_files('{CATALOG}', {grace})"),
                "removed_orphans": _rows_of(cursor, f"ducklake_delete_orphaned_files('{CATALOG}', {grace})"),
            }

    def close(self) -> None:
        """Detach; the server goes on until its last process leaves."""
        self._duck.close()

    def export(self, query: str, parameters: Mapping[str, Any], *, path: Path) -> Rows:
        """Write the rows of a query to a Parquet file, for steps whose core goes on in SQL."""
        with self._duck.cursor() as cursor:
            written = cursor.execute(
                f"COPY ({query}) TO {sql_literal(path)} (FORMAT parquet)", parameters
            ).fetchone()
        return Rows(parquet.read_schema(path), (path,), int(written[0]) if written else 0)

    def _table(self, name: str) -> Table:
        if name not in self.tables:
            raise StorageError(
                happened=f"the lake has no table {name!r}", kept="nothing was read or changed",
                remedy=f"there are {sorted(self.tables)}",
            )  # fmt: skip
        return self.tables[name]

    def _commit(self, writes: Sequence[Write]) -> int:
        """Write under the locks of all tables; whoever else commits meanwhile makes us try again."""
        names = [_lock_name(write.table) for write in writes]
        for attempt in range(MAX_ATTEMPTS):
            try:
                with self.server.locked(names), self._duck.cursor() as cursor:
                    return _transaction(cursor, writes)
            except duckdb.TransactionException as error:
                conflict = error
            except duckdb.Error as error:
                raise _unwritten(names, error) from None
            time.sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311
        raise StorageError(
            happened=f"{', '.join(names)}: {MAX_ATTEMPTS} commits in a row met another one",
            kept="the partitions as they were before",
            remedy="run it again; if it stays, look for a process that writes to the lake past this package",
        ) from conflict


def _rows_of(cursor: duckdb.DuckDBPyConnection, call: str) -> int:
    return len(cursor.execute(f"SELECT * FROM {call}").fetchall())  # noqa: S608


def _files_of(cursor: duckdb.DuckDBPyConnection, call: str) -> int:
    return sum(row[0] or 0 for row in cursor.execute(f"SELECT files_processed FROM {call}").fetchall())  # noqa: S608


def _lock_name(table: Table) -> str:
    return f"lake.{table.qualified}"


def _unwritten(names: Sequence[str], error: duckdb.Error) -> StorageError:
    # Only of files and connections is the message ours to show: that of a conversion quotes the value.
    shown = str(error).splitlines()[0] if isinstance(error, duckdb.IOException) else type(error).__name__
    return StorageError(
        happened=f"{', '.join(names)} could not be written: {shown}",
        kept="the partitions as they were before; nothing of this write was committed",
        remedy="check free space and that PostgreSQL runs, then run it again",
    )


def _transaction(cursor: duckdb.DuckDBPyConnection, writes: Sequence[Write]) -> int:
    cursor.execute("BEGIN")
    try:
        for table, rows, delete, parameters in writes:
            source = rows.relation() if isinstance(rows, Rows) else "incoming"
            if not isinstance(rows, Rows):
                cursor.register("incoming", rows)
            cursor.execute(delete, parameters)
            names = ", ".join(f'"{name}"' for name in table.columns)
            values = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in table.sql_types().items())
            cursor.execute(f"INSERT INTO {table.qualified} ({names}) SELECT {values} FROM {source}")  # noqa: S608
            cursor.unregister("incoming")
        cursor.execute("COMMIT")
    except BaseException:
        # A failed COMMIT has ended the transaction already.
        with contextlib.suppress(duckdb.TransactionException):
            cursor.execute("ROLLBACK")
        raise
    return _snapshot_id(cursor.execute(COMMITTED))


def _snapshot_id(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    return int(row[0]) if row and row[0] is not None else 0
