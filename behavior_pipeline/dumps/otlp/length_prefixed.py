"""Cuts a stream into messages that say their length first, and finds its way back where a length is wrong."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO

from behavior_pipeline.dumps.records import Place, Record, Unreadable
from behavior_pipeline.reasons import Reason

HEAD_BYTES = 4096  # of a message, these say whether it can be one
CHUNK_BYTES = 1 << 16
SHOWN_BYTES = 4096  # of what was lost, these stand for it in its digest
HEADER_BYTES = 5  # fewer than these at the end of a file are the start of a message
MOST_WASTE = 4  # a stream made of false beginnings is given up, not tried at every byte
BROKEN = (Reason.INVALID_PROTOBUF, Reason.INVALID_JSON, Reason.INVALID_UTF8)


@dataclass(frozen=True)
class Framing:
    """How messages follow each other.

    `header` returns where a message starts and ends, counted from the first byte of its length, or None where
    the bytes are no header. `begins` looks at a message's first bytes, told its length; `fills` says that
    they leave no doubt about it. `read` returns the message's records; one that is broken as a whole is one
    of BROKEN. Where lengths are lost, reading goes on at the next match of `restart` at which a message
    begins; without `restart` it ends there.
    """

    header: Callable[[bytes], tuple[int, int] | None]
    begins: Callable[[bytes, int], bool]
    fills: Callable[[bytes, int], bool]
    read: Callable[[bytes, Place], Iterator[Record]]
    restart: re.Pattern[bytes] | None = None


def messages(stream: BinaryIO, framing: Framing, max_bytes: int) -> Iterator[Record]:
    """Yield the records of every message; `line` of their place counts messages from 1."""
    window = _Window(stream)
    for number in count(1):
        if not window.has(1):
            return
        place = Place(number, window.offset)
        start, end = framing.header(window.part(0, HEAD_BYTES)) or (0, 0)
        if end - start > max_bytes and framing.fills(window.part(start, start + HEAD_BYTES), end - start):
            shown = window.part(start, start + SHOWN_BYTES)
            yield Unreadable.of(place, Reason.LINE_TOO_LONG, shown)
            window.skip(end)
        elif 0 < end - start <= max_bytes and window.has(end):
            yield from _message(window, framing, place, max_bytes)
        else:
            yield _lost(window, framing, place, max_bytes)


def _message(window: "_Window", framing: Framing, place: Place, max_bytes: int) -> Iterator[Record]:
    """Yield a message's records and go on, to where its length says only if a message begins there."""
    start, end = framing.header(window.part(0, HEAD_BYTES)) or (0, 0)
    records = framing.read(window.part(start, end), place)
    first = next(records, None)
    broken = isinstance(first, Unreadable) and first.reason in BROKEN
    if broken and framing.restart is not None:
        window.wasted += end
        yield _lost(window, framing, place, max_bytes)  # its length may be what is wrong
        return
    yield from () if first is None else (first,)
    yield from records
    if framing.restart is None or not window.has(end + 1) or _begins(window, framing, end):
        window.skip(end)
    else:
        window.skip(_within(window, framing, framing.restart, end))


def _begins(window: "_Window", framing: Framing, at: int) -> bool:
    head = window.part(at, at + HEAD_BYTES)
    start, end = framing.header(head) or (0, 0)
    return end > start and framing.begins(head[start:], end - start)


def _lost(window: "_Window", framing: Framing, place: Place, max_bytes: int) -> Unreadable:
    """Skip to where a message begins again, and return what lies before as one unreadable record."""
    shown = window.part(0, SHOWN_BYTES)
    reason = _why(window, framing, max_bytes)
    hopeless = window.wasted > MOST_WASTE * (window.offset + max_bytes)
    at = None if framing.restart is None or hopeless else _next_start(window, framing, framing.restart)
    if at is None:
        window.skip_all()
    else:
        window.skip(at)
        reason = Reason.INVALID_PROTOBUF if reason is Reason.TRUNCATED_FILE else reason
    return Unreadable.of(place, reason, shown)


def _why(window: "_Window", framing: Framing, max_bytes: int) -> Reason:
    start, end = framing.header(window.part(0, HEAD_BYTES)) or (0, 0)
    if end - start > max_bytes:
        return Reason.LINE_TOO_LONG if _begins(window, framing, 0) else Reason.INVALID_PROTOBUF
    return Reason.INVALID_PROTOBUF if window.has(max(end, HEADER_BYTES)) else Reason.TRUNCATED_FILE


def _within(window: "_Window", framing: Framing, restart: re.Pattern[bytes], end: int) -> int:
    """Return where the next message begins within one that seems too long, else the end of that one."""
    position = 1
    while (start := window.search(restart, position, end + HEAD_BYTES)) is not None and start < end:
        if _begins(window, framing, start):
            return start
        position = start + 1
    return end


def _next_start(window: "_Window", framing: Framing, restart: re.Pattern[bytes]) -> int | None:
    """Return where the next message begins; what lies far before it is skipped on the way."""
    position = 1
    while True:
        more = window.has(CHUNK_BYTES + HEAD_BYTES)
        # A match near the end of what is held is looked at once its message's first bytes are held, too.
        until = window.held - HEAD_BYTES if more else window.held
        start = window.search(restart, position, until)
        if start is not None:
            if _begins(window, framing, start) and (more or _is_held(window, framing, start)):
                return start
            position = start + 1
        elif more:
            window.skip(until)
            position = 0
        else:
            return None


def _is_held(window: "_Window", framing: Framing, at: int) -> bool:
    """Return whether a message is there to its end: of a few bytes before the end, too many could be one."""
    _, end = framing.header(window.part(at, at + HEAD_BYTES)) or (0, 0)
    return at + end <= window.held


class _Window:
    """The bytes of a stream from `offset` on, as far as they were asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = bytearray()
        self.offset = 0
        self.wasted = 0  # bytes of messages that were tried in vain

    @property
    def held(self) -> int:
        return len(self._bytes)

    def has(self, size: int) -> bool:
        """Read until that many bytes are held, and return whether there are so many."""
        while len(self._bytes) < size:
            more = self._stream.read(max(CHUNK_BYTES, size - len(self._bytes)))
            if not more:
                return False
            self._bytes += more
        return True

    def part(self, start: int, end: int) -> bytes:
        """Return bytes, fewer where the stream ends before."""
        self.has(end)
        return bytes(self._bytes[start:end])

    def skip(self, size: int) -> None:
        """Go on; bytes that are not held yet are passed without being held."""
        self.offset += size
        ahead = size - len(self._bytes)
        del self._bytes[:size]
        while ahead > 0 and (passed := self._stream.read(min(CHUNK_BYTES, ahead))):
            ahead -= len(passed)

    def skip_all(self) -> None:
        """Go to the end of the stream."""
        self._bytes.clear()
        while self._stream.read(CHUNK_BYTES):
            pass

    def search(self, pattern: re.Pattern[bytes], start: int, end: int) -> int | None:
        match = pattern.search(self._bytes, start, end)
        return match.start() if match else None
