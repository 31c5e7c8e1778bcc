"""Rows on disk: what is too much for one frame goes through Parquet files, in batches, between steps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
from pyarrow import parquet

from behavior_pipeline.tables.contract import Table

if TYPE_CHECKING:
    import pandas as pd

ARROW_TYPES = {
    "VARCHAR": pa.large_string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}


SQL_TYPES = {**{kind: name for name, kind in ARROW_TYPES.items()}, pa.int32(): "INTEGER"}


def arrow_schema(table: Table, **more: pa.DataType) -> pa.Schema:
    """Return a table's columns as Arrow's, and some more behind them."""
    columns = [(name, ARROW_TYPES[kind]) for name, kind in table.sql_types().items()]
    return pa.schema([*columns, *more.items()])


NO_CELL = (pa.ArrowException, OverflowError, UnicodeError, TypeError)  # what pyarrow raises for other values


@dataclass(frozen=True)
class Rows:
    """Rows of one schema in Parquet files, maybe none; `leases` keep their folders while they live.

    `amendments` hold some columns of some rows anew; they are found by the column `by`, a key of the rows.

    Parquet, because DuckDB reads it itself: as a dataset of pyarrow that it scans, the same rows crashed it
    once in about ten large days (duckdb 1.5.5, pyarrow 26, any number of threads), and were no faster.
    """

    schema: pa.Schema
    paths: tuple[Path, ...]
    count: int
    leases: tuple[TemporaryDirectory[str], ...] = ()
    amendments: "Rows | None" = None
    by: str = ""

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.count

    def relation(self) -> str:
        """Return what stands behind FROM in DuckDB's SQL; it reads only the columns that are asked for."""
        if not self.paths:
            nothing = (f'CAST(NULL AS {SQL_TYPES[field.type]}) AS "{field.name}"' for field in self.schema)
            return f"(SELECT {', '.join(nothing)} WHERE FALSE)"
        files = f"read_parquet([{', '.join(map(sql_literal, self.paths))}])"
        if self.amendments is None or not len(self.amendments):
            return files
        names = [name for name in self.amendments.schema.names if name != self.by]
        anew = ", ".join(f'coalesce(anew."{name}", stored."{name}") AS "{name}"' for name in names)
        return (
            f"(SELECT stored.* REPLACE ({anew}) FROM {files} AS stored"  # noqa: S608 - names of columns
            f' LEFT JOIN {self.amendments.relation()} AS anew USING ("{self.by}"))'
        )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches; memory holds one of them."""
        for path in self.paths:
            with parquet.ParquetFile(path) as file:
                for number in range(file.num_row_groups):
                    yield from file.read_row_group(number, columns=list(columns)).to_batches()

    def frame(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return all rows at once, for tests and for what is known to be small."""
        import duckdb  # noqa: PLC0415 - not where dumps are read

        schema = pa.schema([self.schema.field(name) for name in columns]) if columns else self.schema
        names = ", ".join(f'"{name}"' for name in schema.names)
        with duckdb.connect() as database:
            rows = database.sql(f"SELECT {names} FROM {self.relation()}").to_arrow_table()  # noqa: S608
        frame: pd.DataFrame = rows.cast(schema).to_pandas()
        return frame

    @classmethod
    def joined(cls, parts: Sequence["Rows"]) -> "Rows":
        """Return the rows of several, of the same schema, behind each other."""
        paths = tuple(path for part in parts for path in part.paths)
        leases = tuple(lease for part in parts for lease in part.leases)
        rows = cls(parts[0].schema, paths, sum(map(len, parts)), leases)
        amended = [(part.amendments, part.by) for part in parts if part.amendments is not None]
        return rows.amended(cls.joined([one for one, _ in amended]), by=amended[0][1]) if amended else rows

    def amended(self, amendments: "Rows", *, by: str) -> "Rows":
        """Return rows of which some columns are told anew, where not NULL, by the rows of another schema."""
        return replace(self, amendments=amendments, by=by)

    def leased(self, folder: TemporaryDirectory[str]) -> "Rows":
        """Return rows that keep a folder, which goes with the last that holds it."""
        return replace(self, leases=(*self.leases, folder))


def sql_literal(path: Path) -> str:
    """Return a path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    # Half of the columns of spans are empty in most batches, and pyarrow is slow to see it.
    if values[0] is None and values.count(None) == len(values):
        return pa.nulls(len(values), kind)
    return pa.array(values, type=kind)


class RowWriter:
    """Writes rows to a Parquet file in batches of bounded size; the file is there only if rows came."""

    MAX_ROWS = 1024
    MAX_BYTES = 8 << 20

    def __init__(
        self, path: Path, schema: pa.Schema, refuse: Callable[[Mapping[str, Any]], None] | None = None
    ) -> None:
        """Take the schema; `refuse` is told of rows that do not fit it, which else are an error."""
        self.path, self.schema, self.count = path, schema, 0
        self._refuse = refuse
        self._rows: list[Mapping[str, Any]] = []
        self._begun: int | None = None
        self._values = itemgetter(*schema.names)
        self._file: parquet.ParquetWriter | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits and close the file."""
        if error is None:
            self._flush()
        if self._file is not None:
            self._file.close()

    def add(self, row: Mapping[str, Any], position: int = 0) -> None:
        """Take a row; `position` is where it was read, by which a batch of long rows ends early."""
        rows = self._rows
        rows.append(row)
        if not self._begun:
            self._begun = position
        if len(rows) >= self.MAX_ROWS or position - self._begun >= self.MAX_BYTES:
            self._flush()

    def rows(self) -> Rows:
        """Return what was written."""
        return Rows(self.schema, (self.path,) if self.count else (), self.count)

    def _flush(self) -> None:
        if not self._rows:
            return
        try:
            batch = self._batch(self._rows)
        except NO_CELL:
            if self._refuse is None:
                raise
            self._rows = [row for row in self._rows if self._fits(row)]
            self._flush()
            return
        if self._file is None:
            # neither is worth its time for a file that is read once and goes
            self._file = parquet.ParquetWriter(
                self.path, self.schema, compression="snappy", use_dictionary=False, write_statistics=False
            )
        self._file.write_batch(batch)
        self.count += len(self._rows)
        self._rows.clear()
        self._begun = None

    def _batch(self, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        values = zip(*map(self._values, rows), strict=True)
        columns = [_array(column, kind) for column, kind in zip(values, self.schema.types, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _fits(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row fits the schema; one that does not is refused."""
        try:
            self._batch([row])
        except NO_CELL:
            if self._refuse is not None:
                self._refuse(row)
            return False
        return True
