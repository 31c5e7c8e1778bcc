"""Cuts a stream at its brackets into JSON documents: a line each, indented, joined, or elements of lists.

For exports, which are nothing but JSON: a list may be longer than any line, and is never held whole.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.json.documents import Document, Reading, reading_of
from behavior_pipeline.dumps.json.lines import BOM, SHOWN_BYTES, decode_printed
from behavior_pipeline.dumps.records import Place, Unreadable
from behavior_pipeline.reasons import Reason

# A whole string, the start of one that does not end here, or a bracket. JSON strings hold no line ends.
TOKEN = re.compile(rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|["\[\]{}]')
BETWEEN = b" \t\r\n,"
CHUNK = 1 << 20


def elements(stream: BinaryIO, limit: int) -> Iterator[Reading]:
    """Yield every document of a stream, and every piece of text that is none; blank lines hold nothing.

    Of a list the elements are yielded, also while the list is longer than any line may be. A document may
    span lines; a line that is a document by itself ends an unfinished one, so half a line costs only itself.
    `limit` bounds one document. NaN, which Python writes and JSON does not have, is null.
    """
    cutter = _Cutter(limit)
    number, offset, fresh = 1, 0, True
    while piece := stream.readline(min(limit, CHUNK)):
        whole = fresh and not cutter.streams(piece)
        if whole:
            piece += _rest_of_line(stream, piece, limit)
        ends = piece.endswith(b"\n")
        text = piece if offset else piece.removeprefix(BOM)
        whole = ends or (whole and len(piece) < limit)
        yield from cutter.feed(Place(number, offset), text, whole_line=fresh and whole)
        number, offset, fresh = number + ends, offset + len(piece), ends
    yield from cutter.finish()


def _rest_of_line(stream: BinaryIO, piece: bytes, limit: int) -> bytes:
    return b"" if piece.endswith(b"\n") or len(piece) >= limit else stream.readline(limit - len(piece))


class _Cutter:
    """Holds the document that is open while text comes in, line by line or in pieces of a line."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.depth = 0  # of brackets inside of the open document; 0 between documents
        self.in_list = False
        self.pending = bytearray()  # of the open document, from earlier text
        self.place = Place(0, 0)  # of the open document
        self.last = Place(1, 0)  # of the latest text
        self.carry = b""  # the beginning of a string that goes on in the next piece of its line
        self.too_long = False
        self.dropping = False  # the rest of a line whose string was longer than the limit

    def streams(self, line: bytes) -> bool:
        """Return whether a line can be taken piece by piece: it is a list, or goes on with a document."""
        return self.in_list or self.depth > 0 or line.removeprefix(BOM).lstrip()[:1] == b"["

    def feed(self, place: Place, text: bytes, *, whole_line: bool) -> Iterator[Reading]:
        """Take a line or a piece of one."""
        self.last = place
        if self.dropping:
            self.dropping = not text.endswith(b"\n")
            return
        if whole_line and text[:1] in (b"{", b"[") and (self.depth or not self.in_list):
            alone = text.strip().removesuffix(b",") if self.in_list else text.strip()
            value = decode_printed(alone)
            if (isinstance(value, dict) and value) or (isinstance(value, list) and not self.depth):
                yield from self._broken(Reason.INVALID_JSON)
                for item in value if isinstance(value, list) else [value]:
                    yield Document(place, alone, item)
                return
        yield from self._scan(place, self.carry + text)

    def finish(self) -> Iterator[Unreadable]:
        """End the stream: what is still open was cut off."""
        if self.in_list and not self.depth:
            yield Unreadable.of(self.last, Reason.INVALID_JSON, b"[")
        yield from self._broken(Reason.INVALID_JSON)

    def _scan(self, place: Place, text: bytes) -> Iterator[Reading]:
        """Cut text at the brackets that are outside of strings."""
        start, after = 0, 0  # of the open document in this text; behind the last closed one
        self.carry = b""
        for token in TOKEN.finditer(text):
            mark, at = token.group(), token.start()
            if mark == b'"':
                yield from self._unended(place, text, start if self.depth else after, at)
                return
            if mark in (b"{", b"["):
                if not self.depth:
                    yield from self._stray(place, text[after:at])
                    start, after = at, token.end()
                self._open(mark, place, at)
            elif mark in (b"}", b"]") and self.depth:
                self.depth -= 1
                if not self.depth:
                    yield self._document(text[start : token.end()])
                    after = token.end()
            elif mark == b"]" and self.in_list:
                yield from self._stray(place, text[after:at])
                self.in_list, after = False, token.end()
        if self.depth:
            self._keep(text[start:])
        else:
            yield from self._stray(place, text[after:])

    def _open(self, mark: bytes, place: Place, at: int) -> None:
        if not self.depth:
            self.place = place._replace(byte_offset=place.byte_offset + at)
        if mark == b"[" and not self.depth and not self.in_list:
            self.in_list = True
        else:
            self.depth += 1

    def _unended(self, place: Place, text: bytes, start: int, at: int) -> Iterator[Unreadable]:
        """Keep a string for the next piece of its line, or refuse a document whose string has no end."""
        if text.endswith(b"\n"):
            self._keep(text[start:])
            if not self.depth:
                self.place = place
            yield from self._broken(Reason.INVALID_JSON)
        elif len(text) - at > self.limit:
            self._keep(text[start:at])
            yield from self._broken(Reason.LINE_TOO_LONG)
            self.dropping = True
        elif self.depth:
            self._keep(text[start:at])
            self.carry = text[at:]
        else:
            yield from self._stray(place, text[start:])

    def _keep(self, text: bytes) -> None:
        if not self.too_long:
            self.pending += text
        if len(self.pending) > self.limit:
            self.too_long = True
            del self.pending[SHOWN_BYTES:]

    def _document(self, text: bytes) -> Reading:
        self._keep(text)
        raw, too_long, place = bytes(self.pending), self.too_long, self.place
        self._reset()
        return reading_of(place, raw, Reason.LINE_TOO_LONG if too_long else decode_printed(raw))

    def _broken(self, reason: Reason) -> Iterator[Unreadable]:
        if self.pending or self.carry:
            why = Reason.LINE_TOO_LONG if self.too_long else reason
            raw = bytes(self.pending) + self.carry
            yield Unreadable.of(self.place, why, raw[:SHOWN_BYTES])
        self._reset()

    def _stray(self, place: Place, text: bytes) -> Iterator[Unreadable]:
        if content := text.strip(BETWEEN):
            yield Unreadable.of(place, Reason.INVALID_JSON, content[:SHOWN_BYTES])

    def _reset(self) -> None:
        self.pending.clear()
        self.depth, self.carry, self.too_long = 0, b"", False
