"""What a container is: a framing of records in a file, found by its first bytes and not by its name."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from behavior_pipeline import plugins
from behavior_pipeline.dumps.compression import BROKEN_STREAM, open_layers
from behavior_pipeline.dumps.records import Place, Record, Unreadable
from behavior_pipeline.reasons import Reason

# What an application printed before its first span has to fit into it, or a row's first cell, a long prompt:
# keys behind them tell products apart.
HEAD_BYTES = 1 << 16
MOST_REFUSED, MOST_REFUSED_SHARE = 100_000, 0.9


class Table(Protocol):
    """How a product's export reads where it comes as a table: known by its columns, read row by row."""

    def fits(self, columns: frozenset[str], /) -> bool:
        """Return whether these columns are the product's."""
        ...

    def records(self, value: Any, place: Place) -> Iterator[Record]:
        """Yield the records of a row."""
        ...


@dataclass(frozen=True)
class Container:
    """A plug-in: `recognises` sees the first bytes, `read` yields every record; the highest precedence wins.

    `read(stream, max_line_bytes)` never raises for what the bytes hold; only for a stream that breaks.
    A product that also exports tables says by `table` how their rows are read.
    """

    precedence: int
    recognises: Callable[[bytes], bool]
    read: Callable[[BinaryIO, int], Iterator[Record]]
    table: Table | None = None


@dataclass(frozen=True)
class Framed:
    """How a file turned out to be packed: its container's name and its compressions, outermost first."""

    container: str
    compression: tuple[str, ...]


@dataclass
class Refused:
    """How many of a file's lines were refused, asked only where one was."""

    count: int = 0

    def is_the_file(self, place: Place) -> bool:
        """Return whether so many were that the file is no dump, and what follows is refused as one."""
        self.count += 1
        return self.count >= MOST_REFUSED and self.count >= place.line * MOST_REFUSED_SHARE


@cache
def containers() -> dict[str, Container]:
    """Return every container by name, the most specific first."""
    plug_ins = plugins.discover("behavior_pipeline.dumps.containers", Container)
    return dict(sorted(plug_ins.items(), key=lambda named: -named[1].precedence))


def framing_of(path: Path) -> Framed | None:
    """Return how a file is packed, or None where that cannot be seen."""
    try:
        with open_layers(path) as (stream, layers):
            return Framed(_recognised(_head(stream)), layers)
    except BROKEN_STREAM:
        return None


def read_records(path: Path, max_line_bytes: int) -> Iterator[Record]:
    """Yield every record of a file; a file that cannot be read, or breaks off, ends in one Unreadable.

    So does one of which nearly every line is refused: a few kB of gzip can hold fifty million of them.
    """
    last = Place(0, 0)
    try:
        with open_layers(path) as (stream, _):
            container = containers()[_recognised(_head(stream))]
        with open_layers(path) as (stream, _):
            refused = Refused()
            for record in container.read(stream, max_line_bytes):
                last = record.place
                yield record
                if isinstance(record, Unreadable) and refused.is_the_file(last):
                    yield Unreadable.of(Place(last.line + 1, last.byte_offset), Reason.NO_DUMP, path.name)
                    return
    except BROKEN_STREAM as broken:
        reason = (
            Reason.TRUNCATED_FILE if last.line or isinstance(broken, EOFError) else Reason.UNREADABLE_FILE
        )
        yield Unreadable.of(Place(last.line + 1 if last.line else 0, last.byte_offset), reason, path.name)


def _recognised(head: bytes) -> str:
    return next(name for name, container in containers().items() if container.recognises(head))


def _head(stream: BinaryIO) -> bytes:
    """Return the first bytes; where the stream breaks among them, those before it."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (more := cast(io.BufferedReader, stream).read1(HEAD_BYTES)):
            head += more
    except BROKEN_STREAM:
        if not head:
            raise
    return head[:HEAD_BYTES]
