"""Records of a file without a day in its path are shared out among the days of their traces."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.dumps.content_days import content_days
from behavior_pipeline.dumps.records import Place, RawLog, RawSpan, Record, Unreadable
from behavior_pipeline.reasons import Reason

FIRST = date(2026, 3, 2)
NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) * 10**9
DAY_NS = 86_400 * 10**9


def span(trace: str, day: float, line: int = 1) -> RawSpan:
    start = NOON + int(day * DAY_NS)
    return RawSpan(Place(line, 0), trace, "b" * 16, None, "", start, start, "unset", None, {}, {}, "")


def log(trace: str, day: float | None, line: int = 1) -> RawLog:
    time = 0 if day is None else NOON + int(day * DAY_NS)
    return RawLog(Place(line, 0), trace, "b" * 16, "", time, {}, None)


def refused(line: int = 1) -> Unreadable:
    return Unreadable.of(Place(line, 0), Reason.INVALID_JSON, b"")


def days_of(records: Sequence[Record]) -> dict[int, list[Record]]:
    content = content_days(records)
    return {(day - FIRST).days: list(content.of_day(records, day)) for day in content.days}


def test_trace_that_goes_on_after_midnight_stays_whole_on_its_first_day() -> None:
    records = [span("a", 0.6), log("a", 0.7), span("a", 0.4), span("b", 1)]
    assert days_of(records) == {0: records[:3], 1: records[3:]}


def test_log_record_goes_with_its_trace_and_alone_with_the_day_that_has_spans() -> None:
    records = [log("a", 1), span("a", 0), log("b", None), span("b", 2), log("c", 7), log("d", 2)]
    assert days_of(records) == {0: [records[0], records[1], records[4]], 2: [*records[2:4], records[5]]}


def test_unreadable_record_goes_with_what_stands_before_it() -> None:
    records = [refused(1), span("a", 0, 2), refused(3), span("b", 1, 4), refused(5)]
    assert days_of(records) == {0: records[:3], 1: records[3:]}


def test_file_without_a_span_has_no_day() -> None:
    assert content_days([refused(), log("a", 1)]).days == ()


kinds = st.one_of(
    st.builds(span, st.sampled_from("abcd"), st.floats(0, 5)),
    st.builds(log, st.sampled_from(["a", "b", "e", ""]), st.none() | st.floats(0, 5)),
    st.builds(refused),
)


@given(records=st.lists(kinds, max_size=12))
def test_every_record_is_on_one_day_and_every_trace_whole(records: list[Record]) -> None:
    for line, record in enumerate(records):
        place = Place(line, 0)
        records[line] = record._replace(place=place) if isinstance(record, Unreadable) else record
        if not isinstance(record, Unreadable):
            record.place = place
    shared = days_of(records)
    if not shared:
        assert not any(isinstance(one, RawSpan) for one in records)
        return
    places = sorted(one.place for of_day in shared.values() for one in of_day)
    assert places == [one.place for one in records]
    for trace in "abcde":
        days = [
            n for n, of_day in shared.items() if any(getattr(one, "trace_id", "") == trace for one in of_day)
        ]
        assert len(days) <= 1
    assert all(FIRST + timedelta(days=number) for number in shared)
