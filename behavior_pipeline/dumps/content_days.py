"""Which day each record of a file without a day in its path belongs to: the day on which its trace began.

A trace that goes on after midnight stays whole, and so do the logs of its spans: spans of a later day than
their root's would count as late.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from behavior_pipeline.dumps.records import RawLog, RawSpan, Record, Unreadable

NANOSECONDS_A_DAY = 86_400 * 10**9
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class ContentDays:
    """The days on which a file has traces, in order; none where it holds no readable span.

    `traces` gives the day of traces whose records do not all lie on it by their own times.
    """

    days: tuple[date, ...]
    traces: Mapping[str, date]

    def of_day(self, records: Iterable[Record], day: date) -> Iterator[Record]:
        """Yield the records of one of the days; what is unreadable goes with what stands before it."""
        latest = self.days[0]
        for record in records:
            if not isinstance(record, Unreadable):
                latest = self.traces.get(record.trace_id) or _date(_own_day(record))
            if latest == day:
                yield record


def content_days(records: Iterable[Record]) -> ContentDays:
    """Return the days of a file's records; a log record of a trace without spans makes no day."""
    spans: dict[str, int] = {}
    logs: dict[str, int] = {}
    apart: set[str] = set()  # traces of several days, or with a log record that has no time
    for record in records:
        if isinstance(record, RawSpan):
            _note(spans, apart, record)
        elif isinstance(record, RawLog):
            _note(logs, apart, record)
    if not spans:
        return ContentDays((), {})
    days = sorted(set(spans.values()))
    apart |= {trace for trace, day in logs.items() if day != spans.get(trace, day) or day not in days}
    places = {trace: spans.get(trace, logs.get(trace, days[0])) for trace in apart}
    traces = {trace: _date(day if day in days else days[0]) for trace, day in places.items()}
    return ContentDays(tuple(map(_date, days)), traces)


def _note(first_days: dict[str, int], apart: set[str], record: RawSpan | RawLog) -> None:
    day = _own_day(record)
    known = first_days.setdefault(record.trace_id, day)
    if day != known:
        apart.add(record.trace_id)
        first_days[record.trace_id] = min(day, known)


def _own_day(record: RawSpan | RawLog) -> int:
    """Return the day (UTC) of a record's own time, counted from 1970."""
    return (record.start_ns if isinstance(record, RawSpan) else record.time_ns) // NANOSECONDS_A_DAY


def _date(number: int) -> date:
    return date.fromordinal(EPOCH + number)
