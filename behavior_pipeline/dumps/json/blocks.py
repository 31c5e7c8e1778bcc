"""Reads JSON documents that follow each other in a file, each on one line or indented over many.

What is no JSON loses only itself: behind a broken document, reading goes on where the next one starts. Memory
stays within the limit, and every line is looked at a fixed number of times.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from behavior_pipeline.dumps.json.lines import BOM, SHOWN_BYTES, decode
from behavior_pipeline.dumps.records import Place, Unreadable
from behavior_pipeline.reasons import Reason

OPENERS, CLOSERS, MARGIN = (b"{", b"["), (b"}", b"]"), (b" ", b"\t")
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')  # no line end may stand in a JSON string
BRACKETS = re.compile(rb"[\[\]\s,]*")


@dataclass(frozen=True)
class Document:
    """A decoded document, where it starts, and its bytes."""

    place: Place
    content: bytes
    value: Any


Found = Document | Unreadable
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
        return Unreadable.of(self.place, Reason.LINE_TOO_LONG, self.lines[0][1][:SHOWN_BYTES])


def documents(stream: BinaryIO, max_bytes: int, decoder: Decoder = decode) -> Iterator[Found]:
    """Yield every document of a file; a line outside of documents, or a broken document, is unreadable.

    `decoder` gives a document's value, or the Reason why its bytes are none.
    """
    block: _Block | None = None
    for place, line, complete in _lines(stream, max_bytes):
        if block is not None and not (complete and block.takes(line)):
            yield from _ended(block, decoder)
            block = None
        if not complete:
            yield Unreadable.of(place, Reason.LINE_TOO_LONG, line[:SHOWN_BYTES])
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
            found, block = _over_limit(block, decoder)
            yield from found
    if block is not None:
        yield from _ended(block, decoder)


def depth_of(line: bytes) -> int:
    """Return how many more brackets a line opens than it closes."""
    bare = STRING.sub(b"", line)
    return bare.count(b"{") + bare.count(b"[") - bare.count(b"}") - bare.count(b"]")


def _lines(stream: BinaryIO, limit: int) -> Iterator[tuple[Place, bytes, bool]]:
    """Yield lines that are not blank, and whether each is complete or was cut at the limit."""
    number = offset = 0
    while line := stream.readline(limit):
        number, place, size = number + 1, Place(number + 1, offset), len(line)
        complete = size < limit or line.endswith(b"\n")
        while not complete and (rest := stream.readline(limit)):
            size += len(rest)
            if rest.endswith(b"\n"):
                break
        offset += size
        line = line.removeprefix(BOM) if number == 1 else line
        if line.strip():
            yield place, line, complete


def _goes_on(line: bytes, decoder: Decoder) -> bool:
    """Return whether a line begins a document that it does not end."""
    if line.rstrip().endswith(CLOSERS) and not isinstance(decoder(line.strip()), Reason):
        return False
    return depth_of(line) > 0


def _alone(place: Place, line: bytes, decoder: Decoder) -> Found:
    """Return the document on a line, a comma behind it forgiven: it may be an element of a list."""
    content = line.strip()
    value = decoder(content)
    if isinstance(value, Reason) and content.endswith(b","):
        value = decoder(content[:-1])
    return (
        Unreadable.of(place, value, content) if isinstance(value, Reason) else Document(place, content, value)
    )


def _ended(block: _Block, decoder: Decoder) -> Iterator[Found]:
    if block.dropped:
        return
    content = block.content()
    value = decoder(content)
    if not isinstance(value, Reason):
        yield Document(block.place, content, value)
        return
    pieces = [] if block.indented else _pieces(block.lines)
    yield from _each(pieces, decoder) or [Unreadable.of(block.place, value, content)]


def _over_limit(block: _Block, decoder: Decoder) -> tuple[Iterable[Found], _Block]:
    """Return what can be read of a document that grew too long, and the document that may go on."""
    *pieces, last = [block.lines] if block.indented else _pieces(block.lines)
    if (found := _each(pieces, decoder)) is None:
        return [block.drop()], block
    rest = _Block()
    for place, line in last:
        rest.add(place, line)
    return found, rest


def _pieces(lines: list[Line]) -> list[list[Line]]:
    """Return the lines cut at the margin, where what looked like one document may be several."""
    pieces: list[list[Line]] = []
    for place, line in lines:
        if not pieces or not line.startswith((*MARGIN, *CLOSERS)):
            pieces.append([])
        pieces[-1].append((place, line))
    return pieces


def _each(pieces: list[list[Line]], decoder: Decoder) -> Iterator[Found] | None:
    """Return what each piece holds, brackets around them left out; None where none is a document."""
    held = [piece for piece in pieces if not all(BRACKETS.fullmatch(line) for _, line in piece)]
    begun = (piece for piece in held if piece[0][1].startswith(OPENERS))
    if not any(isinstance(_piece(piece, decoder), Document) for piece in begun):
        return None
    return (_piece(piece, decoder) for piece in held)


def _piece(piece: list[Line], decoder: Decoder) -> Found:
    place, whole = piece[0][0], b"".join(line for _, line in piece)
    found = _alone(place, whole, decoder)
    if isinstance(found, Document) or not BRACKETS.fullmatch(piece[-1][1]):
        return found
    bare = [line for _, line in piece if not BRACKETS.fullmatch(line)]
    return _alone(place, b"".join(bare), decoder)
