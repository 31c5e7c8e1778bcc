"""OTLP protobuf: the body of an export request as it travels, or several of them one after another.

Protobuf merges what is concatenated, so each entry of a request (what one resource sent) is read by itself.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.otlp.length_prefixed import Framing, messages
from behavior_pipeline.dumps.otlp.protobuf import records_of
from behavior_pipeline.dumps.otlp.wire import REQUEST_FIELD, begins_request, field
from behavior_pipeline.dumps.records import Record

# An entry, and in it a resource or the spans of a scope.
RESTART = re.compile(rb"\x0a[\x80-\xff]{0,4}[\x00-\x7f][\x0a\x12][\x80-\xff]{0,4}[\x00-\x7f]\x0a", re.DOTALL)
TEXT = re.compile(rb"[^\x00-\x08\x0e-\x1a]*")


def recognises(head: bytes) -> bool:
    """Return whether the first bytes are entries of which one is readable, also behind a broken one."""
    at = 0
    while at < len(head):
        entry = field(head, at)
        if entry is None or not head.startswith(REQUEST_FIELD, at):
            break
        length = entry[3] - at
        if entry[2] < entry[3] and begins_request(head[at : at + length], length):
            return at + length <= len(head) or not TEXT.fullmatch(head)
        at = entry[3]
    if not head.startswith(REQUEST_FIELD) or TEXT.fullmatch(head):
        return False
    return any(_holds_entry(head, start.start()) for start in RESTART.finditer(head, 1))


def _holds_entry(head: bytes, at: int) -> bool:
    bounds = _bounds(head[at:])
    return bounds is not None and at + bounds[1] <= len(head) and begins_request(head[at:], bounds[1])


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield the records of every entry."""
    yield from messages(stream, FRAMING, max_line_bytes)


def _bounds(head: bytes) -> tuple[int, int] | None:
    entry = field(head, 0)
    return None if entry is None or entry[0] == 0 else (0, entry[3])


def _begins(head: bytes, length: int) -> bool:
    """Return whether an entry begins; one of a field that OTLP does not have yet is passed over, too."""
    return begins_request(head, length) or not head.startswith(REQUEST_FIELD)


FRAMING = Framing(header=_bounds, begins=_begins, fills=begins_request, read=records_of, restart=RESTART)
PLUGIN = Container(precedence=40, recognises=recognises, read=read)
