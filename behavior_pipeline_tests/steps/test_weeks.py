from datetime import date

from behavior_pipeline.steps.weeks import sunday_of, window_of

MONDAY = date(2026, 1, 12)


def test_a_week_ends_on_sunday() -> None:
    assert sunday_of(MONDAY) == date(2026, 1, 18)


def test_a_window_of_weeks_ends_with_the_week_that_names_it() -> None:
    assert window_of(MONDAY) == {"first": MONDAY, "last": date(2026, 1, 18)}
    assert window_of(MONDAY, weeks=4) == {"first": date(2025, 12, 22), "last": date(2026, 1, 18)}
