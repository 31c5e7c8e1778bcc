import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.alerts.wording import plain, series_name, short
from behavior_pipeline.attribution.suspects import near_events


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.94, ".94"), (1.0, "1.00"), (0.0, ".00"), (-0.05, "-.05"), (None, "unknown"), (0.999, "1.00")],
)
def test_scores_are_written_with_two_digits(value: float | None, text: str) -> None:
    assert short(value) == text


@settings(deadline=None)
@given(st.text(max_size=300))
def test_words_from_traces_are_printable_and_bounded(text: str) -> None:
    assert plain(text).isprintable() and len(plain(text)) <= 80


def test_control_characters_of_a_slice_value_do_not_reach_a_terminal() -> None:
    name = series_name("tone", "segment", "a\x1b[2J\nb")
    assert "\x1b" not in name and "\n" not in name


def test_an_event_outside_of_the_window_is_no_suspect() -> None:
    events = pd.DataFrame(
        {"at": pd.to_datetime(["2026-01-01T09:00Z"]), "kind": ["deploy"], "name": ["search"]}
    )
    day = pd.Timestamp("2026-01-01")
    assert [event.after for event in near_events(events, first=day, last=day)] == ["deploy search"]
    assert near_events(events, first=day + pd.Timedelta(days=1), last=day + pd.Timedelta(days=5)) == []
