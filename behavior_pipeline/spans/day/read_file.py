"""Reads one dump file into rows on disk: spans, logs, evaluations and quarantine, each where it stood."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pyarrow as pa

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import redact_row
from behavior_pipeline.settings.model import Attributes, Privacy
from behavior_pipeline.spans.allow_list import allow_list
from behavior_pipeline.spans.dialect import log_name, log_readers
from behavior_pipeline.spans.evaluations import (
    EVENT,
    evaluation_row,
    log_attributes,
    redact_evaluation,
)
from behavior_pipeline.spans.row import SpanContext, span_row
from behavior_pipeline.spans.unread import in_log
from behavior_pipeline.tables.rows import RowWriter, arrow_schema
from behavior_pipeline.tables.traces import EVALUATIONS, QUARANTINE, SPANS

# Beside the columns of content.spans, what decides between copies of a span and whether it may be stored.
SPILLED = arrow_schema(
    SPANS, number=pa.int32(), record=pa.int32(), byte_offset=pa.int64(), consented=pa.bool_()
)
LOGS = pa.schema(
    [
        *(
            (name, pa.large_string())
            for name in ("trace_id", "span_id", "name", "attributes", "body", "unread")
        ),
        *((name, pa.int64()) for name in ("time_ns", "number", "line", "record")),
    ]
)
REFUSED = arrow_schema(QUARANTINE)
# Beside the columns of content.evaluations: the file's number, and whether a log record brought the row.
EVALUATED = arrow_schema(EVALUATIONS, file_number=pa.int32(), logged=pa.bool_())


@dataclass(frozen=True)
class Reading:
    """How dumps are read: attribute names, privacy, slices, the pseudonym key and the longest line.

    `version_attributes` name what holds the version of an evaluator in its results.
    """

    names: Attributes
    privacy: Privacy
    slices: tuple[str, ...]
    key: bytes
    max_line_bytes: int
    version_attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilePart:
    """What one file of a day held: its number among the files, where its rows lie, and counts of records."""

    number: int
    file: str
    folder: Path
    counts: Counter[str]

    def path(self, kind: str) -> Path:
        """Return where the rows of a kind lie: spans, logs, evaluations or quarantine."""
        return self.folder / f"{self.number:06}.{kind}.parquet"


class _Sink:
    """Sorts the records of a file into rows of four kinds."""

    def __init__(self, part: FilePart, day: date, reading: Reading, *, role: str) -> None:
        self.part, self.day, self.reading = part, day, reading
        privacy = reading.privacy
        allowed = allow_list(privacy, reading.names, reading.slices)
        self.context = SpanContext(day, role, reading.names, reading.key, allowed, privacy.consent.attribute)
        self.redactor = redactor(privacy, reading.key)
        self.spans = RowWriter(part.path("spans"), SPILLED, self._broken)
        self.logs = RowWriter(part.path("logs"), LOGS, self._broken)
        self.evaluations = RowWriter(part.path("evaluations"), EVALUATED)
        self.quarantine = RowWriter(part.path("quarantine"), REFUSED)

    def take(self, record: Record) -> None:
        """Write one record down."""
        self.part.counts["present"] += 1
        if isinstance(record, RawSpan):
            self._span(record)
        elif isinstance(record, RawLog):
            self._log(record)
        else:
            self._refuse(record)

    def _span(self, span: RawSpan) -> None:
        row = span_row(span, self.context, file=self.part.file)
        if isinstance(row, Reason):
            self._refuse(Unreadable.of(span.place, row, f"{span.trace_id}/{span.span_id}"))
            return
        if self.redactor is not None:
            redact_row(row, self.redactor)
        _, row["byte_offset"], row["record"] = span.place
        row["number"] = self.part.number
        self.spans.add(row, span.place.byte_offset)
        if span.events:
            self._evaluations(span)

    def _evaluations(self, span: RawSpan) -> None:
        """Keep the evaluation results among a span's events; it is over when they are given at the latest."""
        results = [attributes for name, attributes in span.events if name == EVENT]
        for number, attributes in enumerate(results):
            self._evaluation(
                attributes, span.place, number, ids=(span.trace_id, span.span_id), time_ns=span.end_ns
            )

    def _evaluation(
        self, attributes: dict[str, Any], place: Place, number: int, *, ids: tuple[str, str], time_ns: int,
        logged: bool = False,
    ) -> None:  # fmt: skip
        row = evaluation_row(attributes, *ids, versions=self.reading.version_attributes)
        if self.redactor is not None:
            redact_evaluation(row, self.redactor)
        row |= {
            "day": self.day, "time_ns": time_ns, "file": self.part.file, "line": place.line,
            "record": place.record, "number": number, "file_number": self.part.number, "logged": logged,
        }  # fmt: skip
        self.evaluations.add(row, place.byte_offset)

    def _log(self, log: RawLog) -> None:
        if log.name == EVENT:
            self._evaluation(
                log_attributes(log.attributes, log.body), log.place, 0,
                ids=(log.trace_id, log.span_id), time_ns=log.time_ns, logged=True,
            )  # fmt: skip
        name = log_name(log)
        row: dict[str, Any] = {
            "unread": None if name in log_readers() or name == EVENT else in_log(log),
            "trace_id": log.trace_id, "span_id": log.span_id, "name": name, "time_ns": log.time_ns,
            "attributes": json_text(log.attributes) or "{}", "body": json_text(log.body),
            "number": self.part.number, "line": log.place.line, "record": log.place.record,
        }  # fmt: skip
        self.logs.add(row, log.place.byte_offset)

    def _broken(self, row: Mapping[str, Any]) -> None:
        """Refuse a row that no column takes: the last net, below what every reader makes sure of."""
        place = Place(row["line"], row.get("byte_offset", 0), row["record"])
        self._refuse(Unreadable.of(place, Reason.BROKEN_CONTRACT, f"{row['trace_id']}/{row['span_id']}"))

    def _refuse(self, unreadable: Unreadable) -> None:
        self.part.counts["quarantined"] += 1
        self.quarantine.add(quarantine_row(self.day, self.part.file, unreadable))


@cache
def redactor(privacy: Privacy, key: bytes) -> Redactor | None:
    """Return this process's redactor of some settings: what it knows of repeated texts serves all files."""
    return redactor_of(privacy, key)


def quarantine_row(day: date, file: str, unreadable: Unreadable) -> dict[str, Any]:
    """Return the row of analysis.quarantine."""
    place = unreadable.place
    return {
        "day": day, "file": file, "line": place.line, "record": place.record,
        "byte_offset": place.byte_offset, "reason": str(unreadable.reason), "digest": unreadable.digest,
    }  # fmt: skip


def begin_reader() -> None:
    """Begin a process that reads files and does nothing else: it needs no pandas, half a second to import.

    pyarrow would import it at its first array, only to see whether that is one of its frames.
    """
    sys.meta_path.insert(0, _WithoutPandas())


class _WithoutPandas(MetaPathFinder):
    """Finds nothing, and of pandas says so."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(f"{fullname} is not imported where dumps are read", name=fullname)


def read_file(file: DumpFile, number: int, day: date, reading: Reading, folder: Path) -> FilePart:
    """Read a file into `folder`; a function of plain values, so that other processes can do it."""
    part = FilePart(number, file.name, folder, Counter())
    sink = _Sink(part, day, reading, role=file.role)
    with sink.quarantine, sink.evaluations, sink.logs, sink.spans:  # the last to go may refuse rows
        if file.leads_out:
            sink.take(Unreadable.of(Place(0, 0), Reason.LINK_OUT, file.name))
        else:
            for record in file.records(day, reading.max_line_bytes):
                sink.take(record)
    part.counts.update(
        spans=sink.spans.count, logs=sink.logs.count, evaluations=sink.evaluations.count,
        refused=sink.quarantine.count,
    )  # fmt: skip
    return part
