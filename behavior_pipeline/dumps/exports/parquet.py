"""Reads the rows of a Parquet stream in batches of bounded size."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from behavior_pipeline.dumps.exports.cell_values import plain
from behavior_pipeline.dumps.ids import NANOSECONDS_A_SECOND
from behavior_pipeline.reasons import Reason

MAGIC = b"PAR1"
ROWS_A_BATCH = 64
SPOOLED_BYTES = 64 << 20
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": NANOSECONDS_A_SECOND}
Row = dict[str, Any]


@contextmanager
def open_parquet(stream: BinaryIO) -> Iterator[pq.ParquetFile | None]:
    """Yield the open file, or None where the bytes are no complete Parquet.

    Parquet is read from its end, so a stream that cannot seek cheaply (a compressed one) is unpacked into a
    temporary file first.
    """
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as spooled:
        source: Any = stream
        if not (isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO)):
            shutil.copyfileobj(stream, spooled)
            spooled.seek(0)
            source = spooled
        try:
            file = pq.ParquetFile(source)
        except (pa.ArrowException, OSError, ValueError):
            file = None
        yield file


def rows(file: pq.ParquetFile) -> Iterator[tuple[int, Row | Reason]]:
    """Yield every row by its number from 1, or why it, or the rest of its row group, is unreadable."""
    number = 1
    for group in range(file.num_row_groups):
        following = number + file.metadata.row_group(group).num_rows
        try:
            for batch in file.iter_batches(batch_size=ROWS_A_BATCH, row_groups=[group]):
                for row in _rows(batch):
                    yield number, row
                    number += 1
        except (pa.ArrowException, OSError, ValueError):
            yield number, Reason.UNREADABLE_FILE
        number = following


def _rows(batch: pa.RecordBatch) -> list[Row | Reason]:
    timed = _whole_times(batch)
    try:
        return [plain(row) for row in timed.to_pylist(maps_as_pydicts="lossy")]
    except (pa.ArrowException, ValueError, OverflowError):
        return [_row(timed.slice(number, 1)) for number in range(timed.num_rows)]


def _row(one: pa.RecordBatch) -> Row | Reason:
    try:
        return dict(plain(one.to_pylist(maps_as_pydicts="lossy")[0]))
    except UnicodeDecodeError:
        return Reason.INVALID_UTF8
    except (pa.ArrowException, ValueError, OverflowError):
        return Reason.BAD_SPAN


def _whole_times(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with its timestamps as whole nanoseconds, which datetime cannot hold."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            whole = batch.column(index).cast(pa.int64()).to_pylist()
            factor = NANOSECONDS_A_SECOND // PER_SECOND[field.type.unit]
            times = pa.array([_scaled(value, factor) for value in whole], pa.int64())
            batch = batch.set_column(index, pa.field(field.name, pa.int64()), times)
    return batch


def _scaled(value: int | None, factor: int) -> int | None:
    """Return nanoseconds; a time that they cannot hold stays out of range, so that it is refused."""
    return None if value is None else value * factor if abs(value) < 2**63 // factor else -1
