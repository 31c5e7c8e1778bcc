"""The Collector's file exporter in its binary form: a 4-byte big-endian length, then one export request.

Each request may be compressed by zstd on its own; with compression, the exporter frames JSON requests, too.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.compression import ZSTD_MAGIC, zstd
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.json.lines import decode
from behavior_pipeline.dumps.otlp.json import requests_of
from behavior_pipeline.dumps.otlp.length_prefixed import HEAD_BYTES, Framing, messages
from behavior_pipeline.dumps.otlp.protobuf import records_of
from behavior_pipeline.dumps.otlp.wire import begins_request, fills_request
from behavior_pipeline.dumps.records import Place, Record, Unreadable
from behavior_pipeline.reasons import Reason

PREFIX = 4
JSON_REQUEST = b'{"resource'
MAX_PLAUSIBLE = 1 << 30  # a length of text begins with a letter, and is larger
RESTART = re.compile(rb"[\x00-\x3f].{3}(?:\x0a|\x28\xb5\x2f\xfd|\{\"resource)", re.DOTALL)


def recognises(head: bytes) -> bool:
    """Return whether the file begins with a length and a message that can have it.

    Where the first length is broken, two messages one after the other say the same.
    """
    if _begins_at(head, 0):
        return True
    return b"\0" in head and any(_is_followed(head, restart.start()) for restart in RESTART.finditer(head))


def _begins_at(head: bytes, at: int) -> bool:
    bounds = _bounds(head[at : at + PREFIX])
    return bounds is not None and _begins(head[at + PREFIX : at + HEAD_BYTES], bounds[1] - PREFIX)


def _is_followed(head: bytes, at: int) -> bool:
    length = int.from_bytes(head[at : at + PREFIX], "big")
    return _begins_at(head, at) and _begins_at(head, at + PREFIX + length)


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield the records of every message."""

    def records(content: bytes, place: Place) -> Iterator[Record]:
        plain = _decompressed(content, max_line_bytes) if content.startswith(ZSTD_MAGIC) else content
        if isinstance(plain, Reason):
            yield Unreadable.of(place, plain, content)
        elif plain.startswith(b"{"):
            document = decode(plain)
            if isinstance(document, Reason):
                yield Unreadable.of(place, document, plain)
            else:
                yield from requests_of(document, place, plain)
        else:
            yield from records_of(plain, place)

    framing = Framing(header=_bounds, begins=_begins, fills=fills_request, read=records, restart=RESTART)
    yield from messages(stream, framing, max_line_bytes)


def _bounds(head: bytes) -> tuple[int, int] | None:
    length = int.from_bytes(head[:PREFIX], "big")
    return (PREFIX, PREFIX + length) if len(head) >= PREFIX and 0 < length < MAX_PLAUSIBLE else None


def _begins(head: bytes, length: int) -> bool:
    return head.startswith((ZSTD_MAGIC, JSON_REQUEST)) or begins_request(head, length)


def _decompressed(content: bytes, limit: int) -> bytes | Reason:
    """Return a message's plain bytes, or why there are none; it may expand to the limit and no further."""
    try:
        if (zstd.get_frame_info(content).decompressed_size or 0) > limit:
            return Reason.LINE_TOO_LONG
        frame = zstd.ZstdDecompressor()
        plain = frame.decompress(content, max_length=limit + 1)
    except zstd.ZstdError:
        return Reason.INVALID_PROTOBUF
    whole = frame.eof and not frame.unused_data and len(plain) <= limit
    return plain if whole else Reason.INVALID_PROTOBUF


PLUGIN = Container(precedence=50, recognises=recognises, read=read)
