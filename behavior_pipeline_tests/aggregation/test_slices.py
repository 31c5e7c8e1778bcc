from datetime import date, timedelta

import pandas as pd
import pytest
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
        (date(2026, 4, 6), KEY, "later", 999),
        (date(2026, 4, 6), KEY, "old", 999),
    ]
    assert watched_slices(traffic(rows), week=date(2026, 4, 13), keys=[KEY], top=1) == {KEY: ["old", "later"]}


def test_traffic_is_read_from_the_first_deciding_day_on() -> None:
    assert first_deciding_day(date(2026, 4, 13)) == date(2026, 2, 4)


def test_without_history_the_first_week_of_the_quarter_decides() -> None:
    rows = [(date(2026, 1, 5), KEY, "first", 100), (date(2026, 1, 12), KEY, "first", 100)]
    rows.append((date(2026, 1, 12), KEY, "second", 1))
    assert watched_slices(traffic(rows), week=date(2026, 3, 9), keys=[KEY], top=5) == {KEY: ["first"]}


def test_ties_go_by_name_and_other_is_never_watched() -> None:
    rows = [(MONDAY, KEY, value, 5) for value in ("c", "b", "a")] + [(MONDAY, KEY, "other", 500)]
    assert watched_slices(traffic(rows), week=date(2026, 4, 6), keys=[KEY], top=2) == {KEY: ["a", "b"]}


def test_key_without_traffic_has_no_slices() -> None:
    assert watched_slices(traffic([]), week=MONDAY, keys=[KEY], top=5) == {KEY: []}


class TestNewcomers:
    """A value that is new and large is watched from its first week on, beside the quarter's fixed values."""

    @staticmethod
    def watched(
        *quarter: tuple[date, str, int], before: dict[str, int], week: date, top: int = 2
    ) -> list[str]:
        rows = [(MONDAY, KEY, value, traces) for value, traces in before.items()]
        rows += [(monday, KEY, value, traces) for monday, value, traces in quarter]
        return watched_slices(traffic(rows), week=week, keys=[KEY], top=top)[KEY]

    FIRST, SECOND = date(2026, 4, 6), date(2026, 4, 13)

    @pytest.mark.parametrize(("traces", "watched"), [(32, ["a", "b", "new"]), (31, ["a", "b"])])
    def test_five_percent_suffice_however_large_the_fixed_ones_are(
        self, traces: int, watched: list[str]
    ) -> None:
        quarter = [(self.FIRST, "a", 300), (self.FIRST, "b", 300), (self.FIRST, "new", traces)]
        assert self.watched(*quarter, before={"a": 300, "b": 300}, week=self.FIRST) == watched

    def test_as_large_as_the_smallest_watched_value_suffices(self) -> None:
        values = self.watched(
            (self.FIRST, "a", 980), (self.FIRST, "new", 21),
            before={"a": 980, "b": 20}, week=self.FIRST,
        )  # fmt: skip
        assert values == ["a", "b", "new"]

    def test_it_stays_for_the_quarter_and_is_not_known_before(self) -> None:
        quarter = [
            (self.FIRST, "a", 100), (self.SECOND, "a", 100), (self.SECOND, "new", 40),
            (date(2026, 4, 20), "a", 100), (date(2026, 4, 20), "new", 1),
        ]  # fmt: skip
        weeks = (self.FIRST, self.SECOND, date(2026, 4, 20), date(2026, 7, 6))
        seen = [self.watched(*quarter, before={"a": 100, "b": 100}, week=week) for week in weeks]
        assert seen[:3] == [["a", "b"], ["a", "b", "new"], ["a", "b", "new"]]

    def test_ranks_below_the_top_that_grow_a_little_are_not_new(self) -> None:
        before = {"a": 100, "b": 100, "c": 90}
        quarter = [(self.FIRST, value, traces + 60 * (value == "c")) for value, traces in before.items()]
        assert self.watched(*quarter, before=before, week=self.FIRST) == ["a", "b"]

    def test_a_key_with_new_values_all_the_time_gets_as_many_as_the_top_at_most(self) -> None:
        quarter = [(self.FIRST, f"id{number}", 10) for number in range(10)]
        assert len(self.watched(*quarter, before={"a": 10, "b": 9}, week=self.FIRST)) == 4


def test_values_that_are_called_like_ours_are_never_watched() -> None:
    rows = [(MONDAY, KEY, value, 9) for value in ("other", "absent", "a")]
    assert watched_slices(traffic(rows), week=date(2026, 4, 6), keys=[KEY], top=3) == {KEY: ["a"]}


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
        assert watched_slices(traffic(rows), week=later, keys=[KEY], top=3)[KEY][: len(decided)] == decided


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(week_rows, max_size=30))
def test_later_weeks_never_change_the_choice(rows: list) -> None:
    week = date(2026, 5, 4)
    until = [row for row in rows if row[0] <= week]
    assert watched_slices(traffic(rows), week=week, keys=[KEY], top=3) == watched_slices(
        traffic(until), week=week, keys=[KEY], top=3
    )


def test_a_value_in_the_top_of_any_frame_is_watched() -> None:
    """The largest categories of all traffic may hold nothing of what a dimension looks at."""
    rows = [(MONDAY, KEY, value, traces) for value, traces in (("a", 90), ("b", 80), ("tool", 5))]
    every = traffic(rows).assign(dimension="latency")
    tools = traffic(rows[2:]).assign(dimension="tool_call_accuracy")
    week = date(2026, 4, 6)
    assert watched_slices(every, week=week, keys=[KEY], top=2)[KEY] == ["a", "b"]
    assert set(watched_slices(pd.concat([every, tools]), week=week, keys=[KEY], top=2)[KEY]) == {
        "a", "b", "tool",
    }  # fmt: skip
