"""Reads the dump files of a day into spans and quarantine; every record is stored or accounted for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import orjson
import pandas as pd

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Attributes, Consent
from behavior_pipeline.tables.traces import INGESTED, NOT_CONSENTED, QUARANTINE, SPANS
from behavior_pipeline.traces.consent import consenting_traces
from behavior_pipeline.traces.container import read_records
from behavior_pipeline.traces.days import DumpFile
from behavior_pipeline.traces.dialects.genai import DETAILS_EVENT
from behavior_pipeline.traces.normalise import SpanContext, span_row
from behavior_pipeline.traces.records import RawLog, RawSpan, Unreadable

SpanKey = tuple[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """How dumps are read: attribute names, consent, slices, the pseudonym key and the longest line."""

    names: Attributes
    consent: Consent
    slices: tuple[str, ...]
    key: bytes
    max_line_bytes: int


@dataclass(frozen=True)
class ParsedDay:
    """A day's rows for content.spans, quarantine, ingested and not_consented, with nothing lost between."""

    spans: pd.DataFrame
    quarantine: pd.DataFrame
    ingested: pd.DataFrame
    not_consented: pd.DataFrame


class _Ledger:
    """Collects a day's rows and where each record went."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.rows: dict[SpanKey, Row] = {}
        self.quarantine: list[Row] = []
        self.counts: dict[str, Counter[str]] = {}

    def refuse(self, file: str, unreadable: Unreadable) -> None:
        place = unreadable.place
        self.counts[file]["quarantined"] += 1
        self.quarantine.append(
            {
                "day": self.day, "file": file, "line": place.line, "record": place.record,
                "byte_offset": place.byte_offset, "reason": unreadable.reason, "digest": unreadable.digest,
            }
        )  # fmt: skip

    def store(self, file: str, span: RawSpan, row: Row) -> None:
        """Keep the first of several spans with the same ids; an equal one is a duplicate, else a conflict."""
        key = (span.trace_id, span.span_id)
        first = self.rows.setdefault(key, row)
        if first is row:
            self.counts[file]["stored"] += 1
        elif _content(first) == _content(row):
            self.counts[file]["duplicated"] += 1
        else:
            self.refuse(file, Unreadable.of(span.place, Reason.CONFLICTING_DUPLICATE, "/".join(key)))


def parse_dump(files: Iterable[DumpFile], day: date, reading: Reading) -> ParsedDay:
    """Return what the files of a day hold.

    Files are read in the given order, so that of conflicting duplicates the same one is kept each time.
    """
    ledger = _Ledger(day)
    for file in files:
        ledger.counts[file.name] = Counter()
        context = SpanContext(day, file.role, reading.names, reading.key)
        for span in _with_logs(file, ledger, reading.max_line_bytes):
            row = span_row(span, context, file=file.name)
            if isinstance(row, Reason):
                ledger.refuse(file.name, Unreadable.of(span.place, row, f"{span.trace_id}/{span.span_id}"))
            else:
                ledger.store(file.name, span, row)
    refused = _without_consent(ledger, reading)
    return ParsedDay(
        spans=_frame(ledger.rows.values(), SPANS.columns),
        quarantine=_frame(ledger.quarantine, QUARANTINE.columns),
        ingested=_frame(map(_account, [day] * len(ledger.counts), ledger.counts.items()), INGESTED.columns),
        not_consented=_frame(refused, NOT_CONSENTED.columns),
    )


def _with_logs(file: DumpFile, ledger: _Ledger, max_line_bytes: int) -> Iterable[RawSpan]:
    """Yield a file's spans, those last whose message attributes came as a log record of their own.

    Logs may come later than their spans, so spans wait for the end of the file only where logs were seen.
    """
    spans: dict[SpanKey, list[RawSpan]] = {}
    logs: list[RawLog] = []
    for record in read_records(file.path, max_line_bytes):
        ledger.counts[file.name]["present"] += 1
        if isinstance(record, Unreadable):
            ledger.refuse(file.name, record)
        elif isinstance(record, RawLog):
            logs.append(record)
        else:
            spans.setdefault((record.trace_id, record.span_id), []).append(record)
    for log in logs:
        owners = spans.get((log.trace_id, log.span_id), []) if log.name == DETAILS_EVENT else []
        ledger.counts[file.name]["logs_attached" if owners else "logs_unmatched"] += 1
        for number, owner in enumerate(owners):
            owners[number] = msgspec.structs.replace(
                owner, events=[*owner.events, (log.name, log.attributes)]
            )
    for same in spans.values():
        yield from same


def _content(row: Row) -> Row:
    return {key: value for key, value in row.items() if key not in ("file", "line")}


def _without_consent(ledger: _Ledger, reading: Reading) -> list[Row]:
    """Take the spans of traces without consent out of the rows, and return their counts by slice."""
    allowed = consenting_traces(ledger.rows.values(), reading.consent)
    denied = [key for key, row in ledger.rows.items() if row["trace_id"] not in allowed]
    spans: Counter[str] = Counter()
    slices: dict[str, set[tuple[str, str]]] = {}
    for key in denied:
        row = ledger.rows.pop(key)
        ledger.counts[row["file"]].update(stored=-1, not_consented=1)
        spans[row["trace_id"]] += 1
        held = orjson.loads(row["attributes"])
        values = {(name, str(held[name])) for name in reading.slices if name in held}
        slices.setdefault(row["trace_id"], {("all", "all")}).update(values)
    members = [(name, trace_id) for trace_id, names in slices.items() for name in names]
    return [
        {
            "day": ledger.day, "slice_key": key, "slice_value": value,
            "traces": sum(name == (key, value) for name, _ in members),
            "spans": sum(spans[trace_id] for name, trace_id in members if name == (key, value)),
        }
        for key, value in sorted({name for name, _ in members})
    ]  # fmt: skip


def _account(day: date, counted: tuple[str, Counter[str]]) -> Row:
    file, counts = counted
    names = (
        "present",
        "stored",
        "duplicated",
        "not_consented",
        "logs_attached",
        "logs_unmatched",
        "quarantined",
    )
    return {"day": day, "file": file, **{name: counts[name] for name in names}}


def _frame(rows: Iterable[Row], columns: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))
