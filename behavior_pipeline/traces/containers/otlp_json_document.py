"""OTLP JSON documents: one export request, or a list of them, indented or with one element a line.

A request that stands on one line is read by the container of JSON lines, with the same result.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.traces.container import Container
from behavior_pipeline.traces.json_blocks import depth_of, documents
from behavior_pipeline.traces.json_lines import BOM
from behavior_pipeline.traces.otlp import requests_of
from behavior_pipeline.traces.records import Record, Unreadable

SIGNAL = re.compile(rb'"resource(?:Spans|Logs|Metrics)"')
# The first line of an indented document. A line of JSON lines that was cut is longer, and is not meant.
OPENING = re.compile(rb'[\[{][\s\[{]*(?:"resource(?:Spans|Logs|Metrics)"\s*:[\s\[{]*)?')


def recognises(head: bytes) -> bool:
    """Return whether the file begins with a request whose first line does not end it."""
    first, end, _ = head.removeprefix(BOM).lstrip().partition(b"\n")
    if not end or not SIGNAL.search(head):
        return False
    return bool(OPENING.fullmatch(first)) or (first.startswith(b"[") and depth_of(first) > 0)


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield the records of every document."""
    for found in documents(stream, max_line_bytes):
        if isinstance(found, Unreadable):
            yield found
        else:
            yield from requests_of(found.value, found.place, found.content)


PLUGIN = Container(precedence=20, recognises=recognises, read=read)
