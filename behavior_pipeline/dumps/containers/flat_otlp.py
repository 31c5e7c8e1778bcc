"""Spans and log records of OTLP one by one: each an object with its resource, as CloudWatch keeps them.

X-Ray's log group of spans and the logs of an agent come as lines, or as the answer of a query, each a text in
its event (`message`, `@message`).
"""

import re
from collections.abc import Iterator
from typing import Any

from behavior_pipeline.dumps.attributes import mapping, parsed
from behavior_pipeline.dumps.container import Container
from behavior_pipeline.dumps.exports.product_export import Export, unwrapped
from behavior_pipeline.dumps.ids import RefusedError
from behavior_pipeline.dumps.json.head_keys import row_keys
from behavior_pipeline.dumps.otlp.json import FLAT_SPAN, flat_span, log_of, span_of, with_protocol_names
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan
from behavior_pipeline.reasons import Reason

PAGES = ("events", "logEvents", "results", "spans", "data")
MESSAGES = ("@message", "message")  # of an event of a log group: the object as a text
LOG = frozenset({"body", "timeUnixNano"})
SNAKE_SPAN = frozenset({"trace_id", "span_id", "start_time_unix_nano"})
NAMES_OF_A_ROW = frozenset({"spanId", "span_id", "body"})
REQUEST = re.compile(rb'"(?:resource_?(?:[Ss]pans|[Ll]ogs|[Mm]etrics)|batches)"\s*:')
IN_MESSAGE = re.compile(rb'"@?message"\s*:\s*"\{.{0,20000}?\\"startTimeUnixNano\\"', re.DOTALL)


def recognises(head: bytes) -> bool:
    """Return whether the objects are spans or log records by the names of OTLP, without a request around."""
    if REQUEST.search(head):  # there, they are read between requests, too
        return False
    keys = row_keys(head, *PAGES)
    return keys >= FLAT_SPAN or keys >= SNAKE_SPAN or keys >= LOG or IN_MESSAGE.search(head) is not None


def rows(document: Any) -> Iterator[Any]:
    """Yield the objects of a page, taken out of their messages."""
    is_row = bool(NAMES_OF_A_ROW & mapping(document).keys())  # a span has events of its own
    for row in [document] if is_row else unwrapped(document, *PAGES):
        cells = mapping(row)
        message = next((cells[name] for name in MESSAGES if isinstance(cells.get(name), str)), None)
        yield row if message is None else parsed(message)


def record(row: dict[str, Any], place: Place) -> RawSpan | RawLog:
    """Return a span or a log record."""
    one = with_protocol_names(row)
    if "startTimeUnixNano" in one:
        _, span, resource, scope = flat_span(one)
        return span_of(span, resource, scope, place)
    if LOG & one.keys() and ("severityNumber" in one or "observedTimeUnixNano" in one or one.keys() >= LOG):
        return log_of(one, place)
    raise RefusedError(Reason.NO_SPAN)


EXPORT = Export(fits=lambda columns: columns >= FLAT_SPAN, rows=rows, record=record)
PLUGIN = Container(precedence=22, recognises=recognises, read=EXPORT.read, table=EXPORT)
