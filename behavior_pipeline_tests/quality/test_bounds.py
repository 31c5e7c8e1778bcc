from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.quality.bounds import days_with_bounds, shares_with_bounds

WEEK = date(2026, 3, 2)
FIRST = WEEK - timedelta(weeks=8)


def days(counts: Any, *, weeks: int = 8, first_day: date | None = None, **changes: Any) -> pd.DataFrame:
    """Return rows of days.sql from eight weeks before to the week's end, `counts` traces a day."""
    every = [FIRST + timedelta(days=number) for number in range(63)]
    begun = first_day or WEEK - timedelta(weeks=weeks)
    traces = [counts(day) if day >= begun else 0 for day in every]
    rows = pd.DataFrame({
        "day": pd.to_datetime(every).astype("datetime64[ns]"), "files": [int(n > 0) for n in traces],
        "spans": [n * 3 for n in traces], "traces": traces,
        "newest_age_days": pd.array([0 if n else None for n in traces], dtype="Int64"),
        "first_day": pd.Timestamp(begun),
    })  # fmt: skip
    return rows.assign(**changes)


def bounds(rows: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    rules = {"spreads": 4.0, "tolerance": 0.3, "lateness_days": 2}
    return days_with_bounds(rows, WEEK, **(rules | changes)).set_index("day")


def weekly(day: date) -> int:
    """Ordinary traffic: less at weekends, a little more every other day."""
    return (14 if day.weekday() >= 5 else 28) + day.toordinal() % 3


class TestVolume:
    def test_an_ordinary_week_is_above_its_bounds_and_half_of_it_below(self) -> None:
        bounded = bounds(days(weekly))
        assert len(bounded) == 7
        assert (bounded["traces"] >= bounded["traces_at_least"]).all()
        assert (bounded["traces"] / 2 < bounded["traces_at_least"]).all()

    def test_a_weekday_is_compared_with_itself(self) -> None:
        bounded = bounds(days(weekly))
        assert bounded["traces_at_least"].iloc[5] < bounded["traces_at_least"].iloc[0] / 1.5

    def test_counts_that_scatter_get_more_room(self) -> None:
        random = np.random.default_rng(1)
        steady = bounds(days(lambda _: 100))
        wild = bounds(days(lambda _: int(100 * random.lognormal(0, 0.25))))
        assert (steady["traces_at_least"] == 70).all()
        assert (wild["traces_at_least"] < 50).all()

    def test_an_outage_in_the_history_hides_no_other_one(self) -> None:
        outage = WEEK - timedelta(days=10)
        bounded = bounds(days(lambda day: 2 if day == outage else weekly(day)))
        assert (bounded["traces"] / 2 < bounded["traces_at_least"]).all()

    @pytest.mark.parametrize(("weeks", "known"), [(0, False), (1, False), (2, True)])
    def test_a_weekday_seen_once_has_no_bound(self, weeks: int, known: bool) -> None:
        assert bounds(days(weekly, weeks=weeks))["traces_at_least"].notna().all() == known

    def test_quiet_weeks_seldom_fail(self) -> None:
        random = np.random.default_rng(2)
        failed = 0
        for _ in range(40):
            bounded = bounds(days(lambda day: int(random.poisson(weekly(day)))))
            failed += int((bounded["traces"] < bounded["traces_at_least"]).sum())
        assert failed <= 1  # of 280 days whose counts are as random as counts are


class TestDue:
    """A day should have traffic from the first dump on, unless its weekday mostly has none."""

    def test_days_before_the_first_dump_are_not_due(self) -> None:
        assert bounds(days(weekly, first_day=WEEK + timedelta(days=4))).shape[0] == 3

    def test_without_any_dump_nothing_is_due(self) -> None:
        assert bounds(days(lambda _: 0, first_day=None, weeks=8).assign(first_day=pd.NaT)).empty

    def test_a_system_that_rests_at_weekends_is_not_asked_for_them(self) -> None:
        bounded = bounds(days(lambda day: 0 if day.weekday() >= 5 else 20))
        assert len(bounded) == 5

    def test_a_week_without_anything_is_due_altogether(self) -> None:
        bounded = bounds(days(lambda day: 0 if day >= WEEK else 20))
        assert len(bounded) == 7 and bounded["newest_age_days"].isna().all()

    def test_dumps_that_are_always_a_day_late_are_as_usual(self) -> None:
        late = days(weekly)
        late["newest_age_days"] = late["newest_age_days"] + 1
        assert (bounds(late)["oldest_age_days"] == 1).all()

    def test_an_age_beyond_the_window_is_never_as_usual(self) -> None:
        old = days(weekly)
        old["newest_age_days"] = old["newest_age_days"] + 30
        assert (bounds(old)["oldest_age_days"] == 2).all()

    def test_on_the_first_days_the_window_is_the_limit(self) -> None:
        assert (bounds(days(weekly, first_day=WEEK + timedelta(days=5)))["oldest_age_days"] == 2).all()


class TestShares:
    def shares(
        self, weeks: list[float | None], kind: str = "share", name: str = "filled model"
    ) -> pd.DataFrame:
        """Return rows of shares.sql of some weeks, the last one being WEEK."""
        starts = [pd.Timestamp(WEEK - timedelta(weeks=len(weeks) - 1 - n)) for n in range(len(weeks))]
        rows = [
            (start, name, value, kind)
            for start, value in zip(starts, weeks, strict=True)
            if value is not None
        ]
        return pd.DataFrame(rows, columns=["week", "name", "value", "kind"])

    def bounds(self, rows: pd.DataFrame) -> pd.Series:
        return shares_with_bounds(rows, WEEK, spreads=5, tolerance=0.25).set_index("name").iloc[-1]

    def test_a_share_may_move_by_the_tolerance(self) -> None:
        share = self.bounds(self.shares([0.6] * 9))
        assert (share["at_least"], share["at_most"]) == pytest.approx((0.35, 0.85))

    def test_a_share_that_wanders_may_move_further(self) -> None:
        share = self.bounds(self.shares([0.4, 0.6] * 4 + [0.5]))
        assert share["at_least"] < 0.05 + 1e-9 and share["at_most"] > 0.95

    def test_a_share_that_was_there_may_not_vanish(self) -> None:
        share = self.bounds(self.shares([0.1] * 9))
        assert share["at_least"] == pytest.approx(0.01)

    def test_an_operation_that_is_gone_has_share_0(self) -> None:
        chat = self.shares([0.8] * 8 + [1.0], "part", "operation chat")
        gone = self.shares([0.2] * 8 + [None], "part", "operation retrieval")
        bounded = shares_with_bounds(pd.concat([chat, gone]), WEEK, spreads=5, tolerance=0.25).set_index(
            "name"
        )
        assert (
            bounded.loc["operation retrieval", "value"] == 0 < bounded.loc["operation retrieval", "at_least"]
        )

    def test_a_median_may_be_ten_times_as_much(self) -> None:
        share = self.bounds(self.shares([1200.0] * 9, "median", "median duration_ms"))
        assert (share["at_least"], share["at_most"]) == (120, 12_000)

    def test_with_three_weeks_before_nothing_is_bounded(self) -> None:
        share = self.bounds(self.shares([0.6] * 4))
        assert pd.isna(share["at_least"]) and share["value"] == 0.6

    def test_without_rows_there_is_an_empty_frame(self) -> None:
        bounded = shares_with_bounds(self.shares([]), WEEK, spreads=5, tolerance=0.25)
        assert list(bounded.columns) == ["name", "value", "at_least", "at_most"] and bounded.empty
