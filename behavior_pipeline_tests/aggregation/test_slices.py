from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.aggregation.slices import first_deciding_day, quarter_start, watched_slices
from behavior_pipeline_tests.aggregation.worlds import traffic

KEY = "customer.segment"
MONDAY = date(2026, 3, 30)  # the last week of the quarter's eight


def test_the_eight_weeks_before_the_quarter_decide() -> None:
    rows = [
        (MONDAY, KEY, "old", 9),
        (date(2026, 1, 26), KEY, "too old", 99),
        (date(2026, 4, 6), KEY, "new", 999),
    ]
    assert watched_slices(traffic(rows), week=date(2026, 4, 13), keys=[KEY], top=5) == {KEY: ["old"]}


def test_traffic_is_read_from_the_first_deciding_day_on() -> None:
    assert first_deciding_day(date(2026, 4, 13)) == date(2026, 2, 4)


def test_without_history_the_first_week_of_the_quarter_decides() -> None:
    rows = [(date(2026, 1, 5), KEY, "first", 1), (date(2026, 1, 12), KEY, "second", 100)]
    assert watched_slices(traffic(rows), week=date(2026, 3, 9), keys=[KEY], top=5) == {KEY: ["first"]}


def test_ties_go_by_name_and_other_is_never_watched() -> None:
    rows = [(MONDAY, KEY, value, 5) for value in ("c", "b", "a")] + [(MONDAY, KEY, "other", 500)]
    assert watched_slices(traffic(rows), week=date(2026, 4, 6), keys=[KEY], top=2) == {KEY: ["a", "b"]}


def test_key_without_traffic_has_no_slices() -> None:
    assert watched_slices(traffic([]), week=MONDAY, keys=[KEY], top=5) == {KEY: []}


week_rows = st.tuples(
    st.integers(0, 40).map(lambda n: date(2026, 1, 5) + timedelta(weeks=n)),
    st.just(KEY),
    st.sampled_from("abcdefgh"),
    st.integers(1, 50),
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(week_rows, max_size=30), number=st.integers(0, 30))
def test_slices_are_fixed_within_a_quarter_once_decided(rows: list, number: int) -> None:
    week = date(2026, 1, 5) + timedelta(weeks=number)
    decided = watched_slices(traffic(rows), week=week, keys=[KEY], top=3)[KEY]
    later = week + timedelta(weeks=1)
    if decided and quarter_start(later) == quarter_start(week):
        assert watched_slices(traffic(rows), week=later, keys=[KEY], top=3)[KEY] == decided


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(week_rows, max_size=30))
def test_later_weeks_never_change_the_choice(rows: list) -> None:
    week = date(2026, 5, 4)
    until = [row for row in rows if row[0] <= week]
    assert watched_slices(traffic(rows), week=week, keys=[KEY], top=3) == watched_slices(
        traffic(until), week=week, keys=[KEY], top=3
    )
