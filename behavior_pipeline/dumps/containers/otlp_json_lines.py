"""OTLP JSON lines: one export request a line, as the Collector's file exporter writes them.

The last resort of all containers: whatever is not recognised is read and quarantined line by line.
"""

from collections.abc import Iterator
from typing import BinaryIO

from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.json.lines import decode, lines, too_long
from behavior_pipeline.dumps.otlp.json import requests_of
from behavior_pipeline.dumps.otlp.json_fast import typed_spans
from behavior_pipeline.dumps.records import Record, Unreadable
from behavior_pipeline.reasons import Reason


def read(stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
    """Yield every line's records, by the fast way where the line fits it."""
    for place, line, complete in lines(stream, max_line_bytes):
        if not complete:
            yield too_long(place, line)
            continue
        if not (content := line.strip()):
            continue
        spans = typed_spans(content, place)
        if spans is not None:
            yield from spans
            continue
        document = decode(content)
        if isinstance(document, Reason):
            yield Unreadable.of(place, document, content)
        else:
            yield from requests_of(document, place, content)


PLUGIN = Container(precedence=0, recognises=lambda head: True, read=read)
