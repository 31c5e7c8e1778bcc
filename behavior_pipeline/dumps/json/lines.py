"""Reads lines of JSON out of any stream of bytes: one place for what ends a line and what is JSON."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from behavior_pipeline.dumps.records import Place, Unreadable
from behavior_pipeline.reasons import Reason

BOM = b"\xef\xbb\xbf"
PEEKED_BYTES = 1 << 16
MOST_DIGITS = 20  # a sign and 2^63
SHOWN_BYTES = 4096  # of a line that is too long, these stand for it in its digest
NO_NUMBER = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*")|-?(?:NaN|Infinity)')  # strings are passed over


def lines(stream: BinaryIO, limit: int) -> Iterator[tuple[Place, bytes, bool]]:
    """Yield every line, where it stands, and whether it is whole: of one over the limit, this is the start.

    Only b"\\n" ends a line, since strings may hold U+2028 and its like. A byte order mark is left out. Of a
    run of blank lines, which hold nothing, the first is yielded: a few kB of gzip hold fifty million of them.
    """
    number = offset = 0
    while line := stream.readline(limit):
        number, place, size = number + 1, Place(number + 1, offset), len(line)
        complete = size < limit or line.endswith(b"\n")
        while not complete and (rest := stream.readline(limit)):
            size += len(rest)
            if rest.endswith(b"\n"):
                break
        offset += size
        yield place, line.removeprefix(BOM) if number == 1 else line, complete
        if line.isspace() and complete:
            for run in _blank_runs(stream):
                number += run.count(b"\n")
                offset += len(run)


def _blank_runs(stream: BinaryIO) -> Iterator[bytes]:
    """Read whole blank lines in a stream's buffer at once, a buffer after the other."""
    peek = getattr(stream, "peek", None)
    while peek is not None and (head := peek(PEEKED_BYTES)):
        blank = head[: len(head) - len(head.lstrip())]
        run = blank[: blank.rfind(b"\n") + 1]
        if not run:
            return
        yield stream.read(len(run))


def too_long(place: Place, line: bytes) -> Unreadable:
    """Return the refusal of a line or document over the limit, its start standing for it."""
    return Unreadable.of(place, Reason.LINE_TOO_LONG, line[:SHOWN_BYTES])


def decode(content: bytes) -> Any:
    """Return the document, or the Reason why there is none.

    What orjson refuses but JSON allows (lone surrogate escapes, deep nesting up to Python's limit) gets a
    second, slower chance.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        text = content.decode("utf-8")
        return _replace_surrogates(
            json.loads(text, parse_constant=_no_constant, parse_int=_integer, parse_float=_number)
        )
    except UnicodeDecodeError:
        return Reason.INVALID_UTF8
    except RecursionError:
        return Reason.NESTED_TOO_DEEP
    except ValueError:
        return Reason.INVALID_JSON


def decode_printed(content: bytes) -> Any:
    """Return the document as `decode` does; NaN and Infinity, which Python prints, are null.

    Where outputs were joined, a byte order mark may stand before any of them.
    """
    content = content.removeprefix(BOM)
    value = decode(content)
    if value is Reason.INVALID_JSON and (b"NaN" in content or b"Infinity" in content):
        return decode(NO_NUMBER.sub(lambda token: token.group(1) or b"null", content))
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def _integer(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= MOST_DIGITS else _number(digits)  # as orjson reads it


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None  # beyond what can be told, so missing


def _replace_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    return value
