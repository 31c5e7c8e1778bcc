"""Parquet: which product wrote it shows in its columns, so every product's export is asked."""

from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.container import Container, containers
from behavior_pipeline.dumps.exports.parquet import MAGIC, open_parquet, rows
from behavior_pipeline.dumps.exports.product_export import placed
from behavior_pipeline.dumps.records import Place, Record, Unreadable
from behavior_pipeline.reasons import Reason


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield every row's records; `line` counts rows. A file with foreign columns is one unreadable record."""
    with open_parquet(stream) as file:
        if file is None:
            yield Unreadable.of(Place(0, 0), Reason.UNREADABLE_FILE, MAGIC)
            return
        columns = frozenset(file.schema_arrow.names)
        exports = (one.table for one in containers().values() if one.table is not None)
        export = next((one for one in exports if one.fits(columns)), None)
        if export is None:
            yield Unreadable.of(Place(0, 0), Reason.UNKNOWN_COLUMNS, ",".join(sorted(columns)))
            return
        for number, row in rows(file):
            if isinstance(row, Reason):
                yield Unreadable.of(Place(number, 0), row, f"row {number}")
            else:
                for record, read_record in enumerate(export.records(row, Place(number, 0))):
                    yield placed(read_record, Place(number, 0, record))


PLUGIN = Container(precedence=90, recognises=lambda head: head.startswith(MAGIC), read=read)
