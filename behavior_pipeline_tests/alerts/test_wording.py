import pandas as pd

from behavior_pipeline.alerts.wording import series_name
from behavior_pipeline.attribution.suspects import near_events


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
