"""Cuts a stream at its lines into JSON documents, each on one line or indented over many.

For what stands between other text: lines that hold no document are refused one by one, and behind a broken
document reading goes on where the margin says that the next one starts. A list is one document, its line the
unit; where lists are longer than any line and their elements the unit, `elements` cuts at brackets instead.
Memory stays within the limit, and every line is looked at a fixed number of times.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

from behavior_pipeline.dumps.json.lines import decode, lines, too_long
from behavior_pipeline.dumps.records import Place, Unreadable
from behavior_pipeline.reasons import Reason

OPENERS, CLOSERS, MARGIN = (b"{", b"["), (b"}", b"]"), (b" ", b"\t")
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')  # no line end may stand in a JSON string
BRACKETS = re.compile(rb"[\[\]\s,]*")


class Document(NamedTuple):
    """A decoded document, where it starts, and its bytes."""

    place: Place
    content: bytes
    value: Any


Reading = Document | Unreadable
Decoder = Callable[[bytes], Any]
Line = tuple[Place, bytes]


@dataclass
class _Block:
    """The lines of a document that has begun and not ended.

    Indented documents keep their inner lines off the margin, so that a line at the margin ends them, whole or
    broken. Others (a list with one element a line, an indent of 0) end where their brackets are even.
    """

    lines: list[Line] = field(default_factory=list)
    size: int = 0
    depth: int = 0
    indented: bool | None = None  # unknown until the second line
    dropped: bool = False  # over the limit: its end is looked for, its lines are not kept

    def takes(self, line: bytes) -> bool:
        """Return whether a line can belong to the document."""
        return not self.indented or line.startswith((*MARGIN, *CLOSERS))

    def add(self, place: Place, line: bytes) -> None:
        if self.lines and self.indented is None:
            self.indented = line.startswith(MARGIN)
        if not self.indented:
            self.depth += depth_of(line)
        if not self.dropped:
            self.lines.append((place, line))
            self.size += len(line)

    def is_ended_by(self, line: bytes) -> bool:
        """Return whether the line that was added last ends the document."""
        if not self.indented:
            return self.depth <= 0
        closer = b"}" if self.lines[0][1].startswith(b"{") else b"]"
        return line.startswith(CLOSERS) and line.rstrip().endswith(closer)

    @property
    def place(self) -> Place:
        return self.lines[0][0]

    def content(self) -> bytes:
        return b"".join(line for _, line in self.lines).strip()

    def drop(self) -> Unreadable:
        """Forget the lines, the first one excepted, and return that the document is too long."""
        self.dropped = True
        del self.lines[1:]
        return too_long(self.place, self.lines[0][1])


def documents(stream: BinaryIO, max_bytes: int, decoder: Decoder = decode) -> Iterator[Reading]:
    """Yield every document of a file; a line outside of documents, or a broken document, is unreadable.

    `decoder` gives a document's value, or the Reason why its bytes are none.
    """
    block: _Block | None = None
    for place, line, complete in lines(stream, max_bytes):
        if not line.strip():
            continue
        if block is not None and not (complete and block.takes(line)):
            yield from _ended(block, decoder)
            block = None
        if not complete:
            yield too_long(place, line)
            continue
        if block is None and not (line.startswith(OPENERS) and _goes_on(line, decoder)):
            yield _alone(place, line, decoder)
            continue
        block = block or _Block()
        block.add(place, line)
        if block.is_ended_by(line):
            yield from _ended(block, decoder)
            block = None
        elif block.size > max_bytes and not block.dropped:
            readings, block = _over_limit(block, decoder)
            yield from readings
    if block is not None:
        yield from _ended(block, decoder)


def reading_of(place: Place, content: bytes, value: Any) -> Reading:
    """Return a document, or its refusal where the decoder gave a Reason for a value."""
    return (
        Unreadable.of(place, value, content) if isinstance(value, Reason) else Document(place, content, value)
    )


def depth_of(line: bytes) -> int:
    """Return how many more brackets a line opens than it closes."""
    bare = STRING.sub(b"", line)
    return bare.count(b"{") + bare.count(b"[") - bare.count(b"}") - bare.count(b"]")


def _goes_on(line: bytes, decoder: Decoder) -> bool:
    """Return whether a line begins a document that it does not end."""
    if line.rstrip().endswith(CLOSERS) and not isinstance(decoder(line.strip()), Reason):
        return False
    return depth_of(line) > 0


def _alone(place: Place, line: bytes, decoder: Decoder) -> Reading:
    """Return the document on a line, a comma behind it forgiven: it may be an element of a list."""
    content = line.strip()
    value = decoder(content)
    if isinstance(value, Reason) and content.endswith(b","):
        value = decoder(content[:-1])
    return reading_of(place, content, value)


def _ended(block: _Block, decoder: Decoder) -> Iterator[Reading]:
    if block.dropped:
        return
    content = block.content()
    value = decoder(content)
    if not isinstance(value, Reason):
        yield Document(block.place, content, value)
        return
    pieces = [] if block.indented else _pieces(block.lines)
    yield from _each(pieces, decoder) or [Unreadable.of(block.place, value, content)]


def _over_limit(block: _Block, decoder: Decoder) -> tuple[Iterable[Reading], _Block]:
    """Return what can be read of a document that grew too long, and the document that may go on."""
    *pieces, last = [block.lines] if block.indented else _pieces(block.lines)
    if (readings := _each(pieces, decoder)) is None:
        return [block.drop()], block
    rest = _Block()
    for place, line in last:
        rest.add(place, line)
    return readings, rest


def _pieces(lines: list[Line]) -> list[list[Line]]:
    """Return the lines cut at the margin, where what looked like one document may be several."""
    pieces: list[list[Line]] = []
    for place, line in lines:
        if not pieces or not line.startswith((*MARGIN, *CLOSERS)):
            pieces.append([])
        pieces[-1].append((place, line))
    return pieces


def _each(pieces: list[list[Line]], decoder: Decoder) -> Iterator[Reading] | None:
    """Return what each piece holds, brackets around them left out; None where none is a document."""
    filled = [piece for piece in pieces if not all(BRACKETS.fullmatch(line) for _, line in piece)]
    begun = (piece for piece in filled if piece[0][1].startswith(OPENERS))
    if not any(isinstance(_piece(piece, decoder), Document) for piece in begun):
        return None
    return (_piece(piece, decoder) for piece in filled)


def _piece(piece: list[Line], decoder: Decoder) -> Reading:
    place, whole = piece[0][0], b"".join(line for _, line in piece)
    reading = _alone(place, whole, decoder)
    if isinstance(reading, Document) or not BRACKETS.fullmatch(piece[-1][1]):
        return reading
    bare = [line for _, line in piece if not BRACKETS.fullmatch(line)]
    return _alone(place, b"".join(bare), decoder)
