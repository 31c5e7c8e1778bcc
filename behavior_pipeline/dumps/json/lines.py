"""Reads lines of JSON out of any stream of bytes: one place for what ends a line and what is JSON."""

import json
import math
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from behavior_pipeline.dumps.records import Place, Unreadable
from behavior_pipeline.reasons import Reason

BOM = b"\xef\xbb\xbf"
MOST_DIGITS = 20  # a sign and 2^63
SHOWN_BYTES = 4096  # of a line that is too long, these stand for it in its digest


def contents(stream: BinaryIO, max_line_bytes: int) -> Iterator[tuple[Place, bytes] | Unreadable]:
    """Yield every line that holds something, with its place; one over the limit is refused.

    Only b"\\n" ends a line, since strings may hold U+2028 and its like.
    """
    number = offset = 0
    while line := stream.readline(max_line_bytes):
        number += 1
        place, length = Place(number, offset), len(line)
        if length == max_line_bytes and not line.endswith(b"\n"):
            offset += length + _skip_line(stream, max_line_bytes)
            yield Unreadable.of(place, Reason.LINE_TOO_LONG, line[:SHOWN_BYTES])
            continue
        offset += length
        if content := (line.removeprefix(BOM) if number == 1 else line).strip():
            yield place, content


def _skip_line(stream: BinaryIO, limit: int) -> int:
    """Read to the end of a line without holding it, and return how many bytes that were."""
    skipped = 0
    while rest := stream.readline(limit):
        skipped += len(rest)
        if rest.endswith(b"\n"):
            break
    return skipped


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
