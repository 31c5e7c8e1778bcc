from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.report.plots.axes import bounds, ticks
from behavior_pipeline.report.plots.levels import BADGE_ROOM, LARGE, SPARK, in_words, plot
from behavior_pipeline.report.plots.marks import Mark, alert_marks, ordered, version_marks
from behavior_pipeline.report.plots.trend import segments
from behavior_pipeline_tests.alerts.story import score_alert
from behavior_pipeline_tests.drift.worlds import series
from behavior_pipeline_tests.report.html_page import Node, read_page

MONDAY = date(2026, 1, 5)
SPAN = (MONDAY, MONDAY + timedelta(days=55))


def weeks(
    means: list[float | None], *, first: int = 1, judge: str = "v2.1@a", gate: str = "open"
) -> pd.DataFrame:
    return pd.DataFrame(series(means, first=first, judge=judge)).assign(gate_state=gate)


def drawn(rows: pd.DataFrame, marks: list[Mark] | None = None) -> Node:
    return read_page(plot(rows, marks or [], span=SPAN, size=LARGE, label="x")).one("svg", role="img")


class TestLines:
    def test_another_judge_starts_another_line(self) -> None:
        rows = pd.concat([weeks([0.9, 0.91]), weeks([0.8, 0.81], first=3, judge="v2.1@b")])
        assert [len(line) for line in segments(rows)] == [2, 2]

    def test_a_week_without_a_level_breaks_the_line(self) -> None:
        assert [len(line) for line in segments(weeks([0.9, None, 0.9, 0.91]))] == [1, 2]

    def test_a_point_alone_still_shows_its_interval(self) -> None:
        assert len(drawn(weeks([0.9])).all("line", class_="whisker")) == 1

    def test_every_line_lies_in_a_band(self) -> None:
        picture = drawn(weeks([0.9, 0.91, 0.92]))
        assert len(picture.all("path", class_="band")) == len(picture.all("path", class_="level")) == 1

    def test_a_shut_gate_is_marked_in_line_band_and_dots(self) -> None:
        rows = pd.concat([weeks([0.9, 0.91]), weeks([0.92], first=3, gate="suspended")])
        picture = drawn(rows)
        assert len(picture.all("circle", class_="untrusted")) == 1
        assert len(picture.all("path", class_="untrusted")) == 2
        assert len(picture.all("path", class_="level")) == 2

    def test_no_level_at_all_draws_none(self) -> None:
        assert not drawn(weeks([None, None])).all("path")
        assert in_words(weeks([None]), "tone") == "tone: no level in any week"

    def test_a_sparkline_marks_the_newest_week_alone(self) -> None:
        picture = read_page(plot(weeks([0.9, 0.8, 0.7]), span=SPAN, size=SPARK, label="x"))
        assert len(picture.all("circle")) == 1


class TestCorrected:
    def rows(self) -> pd.DataFrame:
        ends = {"corrected_mean": 0.8, "corrected_low": 0.7, "corrected_high": 0.88}
        rows = weeks([0.9, 0.91, 0.92]).assign(**ends)
        rows.loc[1, list(ends)] = None
        return rows

    def test_each_corrected_level_is_a_diamond_with_its_interval(self) -> None:
        picture = drawn(self.rows())
        assert len(picture.all("path", class_="corrected")) == 2
        whiskers = picture.all("line", class_="corrected")
        assert len({line.attributes["y1"] for line in whiskers}) == 1
        assert all(float(line.attributes["y1"]) > float(line.attributes["y2"]) for line in whiskers)

    def test_it_stands_beside_the_line_and_within_the_axis(self) -> None:
        picture = drawn(self.rows())
        line, dots = picture.all("line", class_="corrected")[0], picture.all("circle", class_="dot")
        assert line.attributes["x1"] not in {dot.attributes["cx"] for dot in dots}
        assert float(line.attributes["y1"]) < LARGE.height - LARGE.bottom

    def test_small_pictures_leave_it_out(self) -> None:
        picture = read_page(plot(self.rows(), span=SPAN, size=SPARK, label="x"))
        assert not picture.all("path", class_="corrected")


class TestMarks:
    def test_what_was_there_in_the_first_week_is_no_deploy(self) -> None:
        assert [mark.text for mark in version_marks(versions({"v1": 0, "v2": 10}))] == ["new: prompt v2"]

    def test_a_version_that_hardly_answered_is_no_mark(self) -> None:
        assert version_marks(versions({"v1": 0, "v2": 10}, share=0.04)) == []

    def test_a_new_judge_is_no_deploy(self) -> None:
        assert version_marks(versions({"j1": 0, "j2": 10}, component="judge"))[0].kind == "evaluator"

    def test_versions_of_one_day_share_a_mark(self) -> None:
        marks = version_marks(versions({"v1": 0, "v2": 10, "v3": 10}))
        assert [mark.text for mark in marks] == ["new: prompt v2, prompt v3"]

    def test_a_closed_alert_has_a_beginning_and_an_end(self) -> None:
        days = {"onset": "2026-01-09", "opened": "2026-01-12", "week": "2026-01-19"}
        dates = {name: pd.Timestamp(day) for name, day in days.items()}
        marks = ordered(alert_marks([score_alert(state="recovered", **dates)]))
        assert [(mark.day.isoformat(), mark.kind) for mark in marks] == [
            ("2026-01-09", "alert"),
            ("2026-01-26", "closed"),
        ]

    @given(st.lists(st.integers(0, 55), max_size=12))
    def test_badges_neither_cover_each_other_nor_leave_the_picture(self, offsets: list[int]) -> None:
        marks = ordered(Mark(MONDAY + timedelta(days=offset), "deploy", "v") for offset in offsets)
        boxes = [float(box.attributes["x"]) for box in drawn(weeks([0.9]), marks).all("rect")]
        assert all(after - before >= BADGE_ROOM - 0.11 for before, after in pairwise(boxes))
        assert all(0 <= x <= LARGE.width - 15 for x in boxes)


class TestAxes:
    @given(st.lists(st.floats(0, 1), max_size=8))
    def test_limits_hold_all_values_and_are_wide_enough(self, values: list[float]) -> None:
        low, high = bounds(values)
        assert 0 <= low < high <= 1
        assert high - low >= 0.1 - 1e-9
        assert all(low - 1e-6 <= value <= high + 1e-6 for value in values)
        assert 2 <= len(ticks(low, high)) <= 7


def versions(first_days: dict[str, int], *, share: float = 0.5, component: str = "prompt") -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "component": component, "version": version, "share": share,
                "first_day": pd.Timestamp(MONDAY) + timedelta(days=day),
                "week": pd.Timestamp(MONDAY) + timedelta(days=day - day % 7),
            }
            for version, day in first_days.items()
        ]
    )  # fmt: skip
