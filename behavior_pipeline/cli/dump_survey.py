"""Looks through dump files as the pipeline would read them, and stores nothing."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.dumps.container import Framed, framing_of, read_records
from behavior_pipeline.dumps.content_days import ContentDays, content_days
from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.dumps.globs import day_named
from behavior_pipeline.dumps.records import RawSpan, Record
from behavior_pipeline.evaluators.check import cases
from behavior_pipeline.scoring.measurable import Outlook, outlook
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.settings.model_names import bare_name
from behavior_pipeline.spans.day.parse_day import parse_day
from behavior_pipeline.spans.day.read_file import Reading
from behavior_pipeline.spans.dialect import Signs, dialect_of
from behavior_pipeline.tables.traces import SPANS
from behavior_pipeline.traces import build, conversation
from behavior_pipeline.traces.coverage.of_day import NOT_NULL
from behavior_pipeline.traces.prices import PACKAGE, model_of, priced

MAX_PLACES = 100  # of each reason
NO_DAY = date.min
Span = dict[str, Any]


@dataclass
class FileFound:
    """What one file is and holds; `account` says where its records went."""

    name: str
    size: int
    framed: Framed | None
    path_day: date | None
    content: ContentDays = field(default_factory=lambda: ContentDays((), {}))
    days: Counter[date] = field(default_factory=Counter)
    dialects: Counter[str] = field(default_factory=Counter)
    account: Counter[str] = field(default_factory=Counter)

    @property
    def read_on(self) -> tuple[date, ...]:
        """Return the days it will be read on: its path's, else those of its content."""
        return (self.path_day,) if self.path_day else self.content.days or (NO_DAY,)


@dataclass
class Examination:
    """All that was found."""

    files: list[FileFound] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    spans_with_consent: int = 0
    spans: int = 0
    traces: int = 0
    orphaned: int = 0
    parents_missing: int = 0
    late: int = 0
    not_consented: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    missing: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sliced: Counter[str] = field(default_factory=Counter)
    unpriced: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    outlooks: dict[str, Outlook] = field(default_factory=dict)

    def account(self) -> dict[str, int]:
        """Return the sums over files of where records went."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.account)
        return dict(total)


def examine(
    paths: Iterable[Path], root: Path, settings: Settings, specs: Mapping[str, DimensionSpec]
) -> Examination:
    """Return what is in the files, as far as it can be told without a lake."""
    examination = Examination(outlooks={name: Outlook() for name in specs})
    files_by_day: dict[date, list[DumpFile]] = defaultdict(list)
    for path in paths:
        file = _file(path, root, settings, examination)
        examination.files.append(file)
        content = file.content if len(file.read_on) > 1 else None
        for day in file.read_on:
            files_by_day[day].append(
                DumpFile(path, file.name, "doctor", "production", file.size, "", content)
            )
    for day, spans in _days(files_by_day, settings, examination):
        if not spans:
            continue
        examination.parents_missing += _without_parent(spans)
        traces = build.build_traces(spans, day, build.Building.of(settings))
        _add_traces(examination, traces, settings)
        parsed = cases(traces)
        for name, spec in specs.items():
            examination.outlooks[name].add(outlook(spec, traces, parsed, root=settings.root))
    return examination


def _file(path: Path, root: Path, settings: Settings, examination: Examination) -> FileFound:
    """Read a file for what is not stored of it: packing, dialects, days, and whether it tells of consent."""
    name = path.relative_to(root).as_posix()
    file = FileFound(name, path.stat().st_size, framing_of(path), day_named(name))
    consent = settings.privacy.consent.attribute

    def records() -> Iterator[Record]:
        for record in read_records(path, settings.max_line_bytes):
            if isinstance(record, RawSpan):
                file.dialects[dialect_of(Signs.of(record))[0]] += 1
                file.days[datetime.fromtimestamp(record.start_ns // 10**9, tz=UTC).date()] += 1
                examination.spans_with_consent += consent in record.attributes or consent in record.resource
            yield record

    file.content = content_days(records())
    return file


def _days(
    files_by_day: Mapping[date, list[DumpFile]], settings: Settings, examination: Examination
) -> Iterator[tuple[date, list[Span]]]:
    """Yield the spans of the traces that are built on each day, by the pipeline's own rule."""
    waiting: dict[str, list[Span]] = {}
    since: dict[str, date] = {}
    built: set[str] = set()
    for day in sorted(files_by_day):
        for span in _read(files_by_day[day], day, settings, examination):
            if span["trace_id"] in built:
                examination.late += 1
                continue
            since.setdefault(span["trace_id"], day)
            waiting.setdefault(span["trace_id"], []).append(span)
        last = day == max(files_by_day)
        ready = [
            trace_id
            for trace_id, spans in waiting.items()
            if last or (day - since[trace_id]).days >= settings.lateness_days or _has_root(spans)
        ]
        spans = [span for trace_id in ready for span in waiting.pop(trace_id)]
        built.update(ready)
        yield day, sorted(spans, key=lambda span: (span["trace_id"], span["start_ns"], span["span_id"]))


def _has_root(spans: Iterable[Span]) -> bool:
    return any(span["parent_span_id"] is None for span in spans)


def _without_parent(spans: Iterable[Span]) -> int:
    there = {(span["trace_id"], span["span_id"]) for span in spans}
    return sum(
        span["parent_span_id"] is not None and (span["trace_id"], span["parent_span_id"]) not in there
        for span in spans
    )


def _read(files: list[DumpFile], day: date, settings: Settings, examination: Examination) -> list[Span]:
    # A key of its own: nothing that is made with it leaves this process.
    reading = Reading(
        settings.attributes, settings.privacy, settings.slices, secrets.token_bytes(32),
        settings.max_line_bytes,
    )  # fmt: skip
    parsed = parse_day(files, day, reading)
    accounts = parsed.ingested.set_index("file").drop(columns="day")
    counts: dict[Any, dict[Any, Any]] = accounts.to_dict("index")
    for file in (file for file in examination.files if day in file.read_on):
        file.account.update({name: int(count) for name, count in counts[file.name].items()})
    for refused in parsed.quarantine.frame().itertuples():
        examination.reasons[str(refused.reason)] += 1
        if len(places := examination.places[str(refused.reason)]) < MAX_PLACES:
            places.append(f"{refused.file}:{refused.line}")
    everyone = parsed.not_consented[parsed.not_consented["slice_key"] == "all"]
    examination.not_consented += int(everyone["traces"].sum())
    rows = parsed.spans.frame(list(SPANS.columns)).astype(object)
    spans: list[Any] = rows.where(rows.notna(), None).to_dict("records")
    _add_spans(examination, spans, settings)
    return spans


def _add_spans(examination: Examination, spans: list[Span], settings: Settings) -> None:
    examination.spans += len(spans)
    for span in spans:
        model = model_of(span) if span["operation"] == "chat" else None
        if model and priced(span, settings.prices, listed=settings.price_list == PACKAGE) is None:
            examination.unpriced[bare_name(model)] += 1
        examination.unread.update(conversation.loaded(span["unread"]))


def _add_traces(examination: Examination, traces: pd.DataFrame, settings: Settings) -> None:
    examination.traces += len(traces)
    examination.orphaned += int((~traces["has_root"].astype(bool)).sum())
    for row in cases(traces):
        for key in settings.slices:
            examination.sliced[key] += key in row.slices
        for name in NOT_NULL:
            if (reason := row.unmeasurable.get(name)) is not None:
                examination.missing[name][str(reason)] += 1
    for name in NOT_NULL:
        examination.seen[name] += int(traces[name].notna().sum())
