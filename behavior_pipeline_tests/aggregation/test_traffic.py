import pandas as pd

from behavior_pipeline.aggregation.traffic import weekly_traffic
from behavior_pipeline_tests.aggregation import worlds

KEY = "query.category"


def test_values_stand_by_size_and_the_rest_is_other_or_absent() -> None:
    frames = worlds.frames(
        [
            ("all", "all", "eligible", 900), ("all", "all", "no_documents", 100),
            (KEY, "a", "eligible", 600), (KEY, "a", "no_documents", 100), (KEY, "small", "eligible", 9),
            (KEY, "tiny", "eligible", 1), (KEY, "absent", "eligible", 90), ("input", "safe", "eligible", 900),
            ("app.flag", "on", "eligible", 900),
        ]
    )  # fmt: skip
    rows = weekly_traffic(frames, week=worlds.WEEK, live=[KEY])
    assert rows[["slice_key", "slice_value", "traces", "eligible_traces"]].to_numpy().tolist() == [
        ["all", "all", 1000, 900], [KEY, "a", 700, 600], [KEY, "absent", 200, 200], [KEY, "other", 100, 100],
    ]  # fmt: skip


def test_a_live_key_that_no_trace_carries_is_absent_in_all() -> None:
    frames = worlds.frames([("all", "all", "eligible", 10)])
    rows = weekly_traffic(frames, week=worlds.WEEK, live=[KEY])
    assert rows["slice_value"].tolist() == ["all", "absent"] and rows["traces"].tolist() == [10, 10]


def test_a_week_without_frames_has_no_rows() -> None:
    assert weekly_traffic(worlds.frames([]), week=worlds.WEEK, live=[KEY]).empty
    assert isinstance(weekly_traffic(worlds.frames([]), week=worlds.WEEK, live=[]), pd.DataFrame)
