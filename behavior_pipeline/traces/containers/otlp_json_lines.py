"""OTLP JSON lines: one export request a line, as the Collector's file exporter writes them.

The last resort of all containers: whatever is not recognised is read and quarantined line by line.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from behavior_pipeline.reasons import Reason
from behavior_pipeline.traces.container import Container
from behavior_pipeline.traces.otlp import requests_of
from behavior_pipeline.traces.records import Place, Record, Unreadable

BOM = b"\xef\xbb\xbf"


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield every line's records; only b"\\n" ends a line, since strings may hold U+2028 and its like."""
    for place, line, complete in _lines(stream, max_line_bytes):
        content = line.removeprefix(BOM).strip() if place.line == 1 else line.strip()
        if not complete:
            yield Unreadable.of(place, Reason.LINE_TOO_LONG, content[:4096])
        elif content:
            document = _decode(content)
            if isinstance(document, Reason):
                yield Unreadable.of(place, document, content)
            else:
                yield from requests_of(document, place, content)


def _lines(stream: BinaryIO, limit: int) -> Iterator[tuple[Place, bytes, bool]]:
    number = offset = 0
    while line := stream.readline(limit):
        number += 1
        place, complete, length = Place(number, offset), True, len(line)
        while len(line) == limit and not line.endswith(b"\n"):
            complete = False
            rest = stream.readline(limit)
            length += len(rest)
            if not rest or rest.endswith(b"\n"):
                break
        offset += length
        yield place, line, complete


def _decode(content: bytes) -> Any:
    """Return the document, or the Reason why there is none.

    What orjson refuses but JSON allows (lone surrogate escapes, deep nesting up to Python's limit) gets a
    second, slower chance.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return _replace_surrogates(json.loads(content.decode("utf-8"), parse_constant=_no_constant))
    except UnicodeDecodeError:
        return Reason.INVALID_UTF8
    except RecursionError:
        return Reason.NESTED_TOO_DEEP
    except ValueError:
        return Reason.INVALID_JSON


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def _replace_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    return value


PLUGIN = Container(precedence=0, recognises=lambda head: True, read=read)
