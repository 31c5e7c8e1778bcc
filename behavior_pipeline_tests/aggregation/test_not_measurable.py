import json
from typing import Any

import pandas as pd

from behavior_pipeline.aggregation.weekly import weekly_scores
from behavior_pipeline_tests.aggregation import worlds

SEGMENT = "customer.segment"
TRAFFIC = worlds.traffic([(worlds.WEEK, SEGMENT, value, 10) for value in ("smb", "consumer")])


def week_of(frames: list[tuple[str, str, str, int]], **given: Any) -> pd.DataFrame:
    base = {
        "week": worlds.WEEK, "specs": {"faithfulness": worlds.spec()}, "scores": worlds.scores([]),
        "facts": worlds.facts([], []), "frames": worlds.frames(frames), "tuples": worlds.tuples(),
        "traffic": TRAFFIC, "gate_states": worlds.gates(), "keys": [SEGMENT],
    }  # fmt: skip
    rows = weekly_scores(**(base | given)).scores
    return rows.set_index(["slice_key", "slice_value"])


def test_week_without_content_has_a_row_that_says_so() -> None:
    rows = week_of([("all", "all", "text_free", 9), ("all", "all", "no_output", 1)])
    row = rows.loc[("all", "all")]
    assert pd.isna(row["mean"]) and row["n"] == 0 and row["eligible_share"] == 0
    assert row["missing_reason"] == "text_free"
    assert json.loads(row["excluded"]) == {"text_free": 9, "no_output": 1}
    assert (row["judge"], row["rubric"], row["tuple_ids"]) == ("v2.1", worlds.spec().rubric_id, "[]")


def test_slice_without_content_continues_the_series_of_the_other_slices() -> None:
    rows = week_of(
        [
            ("all", "all", "eligible", 2),
            (SEGMENT, "smb", "eligible", 2),
            (SEGMENT, "consumer", "text_free", 5),
        ],
        scores=worlds.scores([1, 0]),
        facts=worlds.facts([{SEGMENT: "smb"}] * 2, ["a", "b"]),
    )
    assert rows.loc[(SEGMENT, "consumer"), "judge"] == rows.loc[("all", "all"), "judge"] == "v2.1@a"
    assert rows.loc[(SEGMENT, "consumer"), "missing_reason"] == "text_free"
    assert rows.loc[("all", "all"), "mean"] == 0.5


def test_week_without_content_continues_the_series_whose_agreement_is_measured() -> None:
    gates = worlds.gates([("faithfulness", "v2.1@b", "v2+old", "open")])
    row = week_of([("all", "all", "text_free", 9)], gate_states=gates).loc[("all", "all")]
    assert (row["judge"], row["rubric"], row["gate_state"]) == ("v2.1@b", "v2+old", "open")


def test_slice_that_the_dimension_is_not_about_has_no_row() -> None:
    assert week_of([("all", "all", "outside_slices", 9)]).empty


def test_frame_with_traces_that_were_not_drawn_is_not_called_unmeasurable() -> None:
    assert week_of([("all", "all", "eligible", 3), ("all", "all", "text_free", 9)]).empty


def test_unscored_traces_of_the_frame_keep_their_own_reason() -> None:
    rows = week_of(
        [("all", "all", "eligible", 2)],
        scores=worlds.scores([None, None]),
        facts=worlds.facts([{}] * 2, ["a", "b"]),
    )
    assert rows.loc[("all", "all"), "missing_reason"] == "no_scored_trace"
