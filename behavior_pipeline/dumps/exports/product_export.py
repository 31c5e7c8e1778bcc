"""Reads the exports of products: documents or table rows that hold spans in a form of the product's own."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from behavior_pipeline.dumps.exports.pages import Pages
from behavior_pipeline.dumps.ids import RefusedError
from behavior_pipeline.dumps.json.documents import Document
from behavior_pipeline.dumps.json.elements import elements
from behavior_pipeline.dumps.records import Place, Record, Unreadable
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.reasons import Reason

Row = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """How a product writes spans: `fits` knows its tables by their columns, `rows` unwraps a document.

    `record` reads one row; it raises RefusedError for what is none. A document without rows holds nothing.
    """

    fits: Callable[[frozenset[str]], bool]
    rows: Callable[[Any], Iterable[Any]]
    record: Callable[[Row, Place], Record]

    def records(self, value: Any, place: Place) -> Iterator[Record]:
        """Yield the records of a document or of a table's row, each of them read or refused."""
        try:
            rows = list(self.rows(value))
        except RecursionError:
            rows = [None]
        for row in rows:
            yield self._record(row, place)

    def read(self, stream: BinaryIO, max_line_bytes: int) -> Iterator[Record]:
        """Yield the records of a stream of JSON, numbered within their line."""
        line, number, pages = 0, 0, Pages()
        for reading in elements(stream, max_line_bytes):
            if isinstance(reading, Document):
                pages.add(reading.value, reading.place)
            records = (
                self.records(reading.value, reading.place) if isinstance(reading, Document) else [reading]
            )
            for record in records:
                number = number + 1 if record.place.line == line else 0
                line = record.place.line
                yield placed(record, record.place._replace(record=number))
        if pages.unfinished is not None:
            place = pages.unfinished
            place = place._replace(record=number + 1 if place.line == line else 0)
            yield Unreadable.of(place, Reason.MORE_PAGES, f"{place}")

    def _record(self, row: Any, place: Place) -> Record:
        try:
            if not isinstance(row, dict):
                raise RefusedError(Reason.NO_SPAN)
            return self.record(row, place)
        except RefusedError as refusal:
            return Unreadable.of(place, refusal.reason, _bytes_of(row))
        except RecursionError:
            return Unreadable.of(place, Reason.NESTED_TOO_DEEP, f"{place}")


def unwrapped(document: Any, *names: str) -> list[Any]:
    """Return the rows of a page (`{"data": [...], "meta": {}}`), or the document itself as the only one."""
    page = document if isinstance(document, dict) else {}
    return next((page[name] for name in names if isinstance(page.get(name), list)), [document])


def placed(record: Record, place: Place) -> Record:
    """Return the record with another place."""
    if isinstance(record, Unreadable):
        return record._replace(place=place)
    record.place = place
    return record


def _bytes_of(row: Any) -> bytes:
    try:
        return canonical_json(row)
    except (TypeError, ValueError, RecursionError):
        return type(row).__name__.encode()
