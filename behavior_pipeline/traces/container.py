"""What a container is: a framing of records in a file, found by its first bytes and not by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from behavior_pipeline import plugins
from behavior_pipeline.reasons import Reason
from behavior_pipeline.traces.compression import BROKEN_STREAM, open_plain
from behavior_pipeline.traces.records import Place, Record, Unreadable

HEAD_BYTES = 4096


@dataclass(frozen=True)
class Container:
    """A plug-in: `recognises` sees the first bytes, `read` yields every record; the highest precedence wins.

    `read(stream, max_line_bytes)` never raises for what the bytes hold; only for a stream that breaks.
    """

    precedence: int
    recognises: Callable[[bytes], bool]
    read: Callable[[BinaryIO, int], Iterator[Record]]


@cache
def containers() -> tuple[Container, ...]:
    """Return every container, the most specific first."""
    found = plugins.discover("behavior_pipeline.traces.containers", Container)
    return tuple(sorted(found.values(), key=lambda container: -container.precedence))


def read_records(path: Path, max_line_bytes: int) -> Iterator[Record]:
    """Yield every record of a file; a file that cannot be read, or breaks off, ends in one Unreadable."""
    last = Place(0, 0)
    try:
        with open_plain(path) as stream:
            head = stream.read(HEAD_BYTES)
            container = next(one for one in containers() if one.recognises(head))
        with open_plain(path) as stream:
            for record in container.read(stream, max_line_bytes):
                last = record.place
                yield record
    except BROKEN_STREAM as broken:
        reason = (
            Reason.TRUNCATED_FILE if last.line or isinstance(broken, EOFError) else Reason.UNREADABLE_FILE
        )
        yield Unreadable.of(Place(last.line + 1 if last.line else 0, last.byte_offset), reason, path.name)
