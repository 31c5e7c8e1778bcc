"""OTLP protobuf: the body of an export request as it travels, or several of them one after another.

Protobuf merges what is concatenated, so each entry of a request (what one resource sent) is read by itself.
"""

from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.otlp.length_prefixed import Framing, messages
from behavior_pipeline.dumps.otlp.protobuf import records_of
from behavior_pipeline.dumps.otlp.wire import MAX_VARINT_BYTES, REQUEST_FIELD, begins_request, field
from behavior_pipeline.dumps.records import Record


def recognises(head: bytes) -> bool:
    """Return whether the first bytes are a chain of entries, of which one is readable."""
    at, readable = 0, False
    while at < len(head):
        entry = field(head, at)
        if entry is None or not head.startswith(REQUEST_FIELD, at):
            return readable and len(head) - at < MAX_VARINT_BYTES
        length = entry[3] - at
        readable = readable or (entry[2] < entry[3] and begins_request(head[at : at + length], length))
        at = entry[3]
    return readable


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield the records of every entry."""
    yield from messages(stream, FRAMING, max_line_bytes)


def _bounds(head: bytes) -> tuple[int, int] | None:
    entry = field(head, 0)
    return None if entry is None or entry[0] == 0 else (0, entry[3])


FRAMING = Framing(header=_bounds, begins=begins_request, fills=begins_request, read=records_of)
PLUGIN = Container(precedence=40, recognises=recognises, read=read)
