"""Over-refusal beside under-refusal: levels, their difference, and what the split by the check may hide."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from behavior_pipeline.aggregation.refusals import refusal_balance
from behavior_pipeline.statistics.intervals import jeffreys, wilson

WEEK = date(2026, 3, 9)
SERIES = {"dimension": "refusals", "judge": "v1@a", "rubric": "r", "gate_state": "open"}
INPUTS = [
    ("safe", "eligible", 900),
    ("safe", "no_output", 5),
    ("unsafe", "eligible", 90),
    ("unknown", "eligible", 40),
]


def level(value: str, mean: float | None, n: int = 400, reason: str | None = None) -> dict[str, Any]:
    low, high = (None, None) if mean is None or reason else wilson(mean, n)
    key = "all" if value == "all" else "input"
    return SERIES | {"slice_key": key, "slice_value": value, "mean": mean, "low": low, "high": high,
                     "missing_reason": reason}  # fmt: skip


def labels(*cells: tuple[int, str, str, bool], probability: float | None = None) -> pd.DataFrame:
    """Return labels from counts of (label, input and refusal as the check says)."""
    rows = [cell[1:] for cell in cells for _ in range(cell[0])]
    frame = pd.DataFrame(rows, columns=["human_label", "input", "refused"])
    return frame.assign(
        dimension="refusals", item_id=[str(number) for number in range(len(frame))],
        inclusion_probability=pd.array([probability] * len(frame), dtype="Float64"),
    )  # fmt: skip


def balance(
    *levels: dict[str, Any], given: pd.DataFrame | None = None, inputs: list[Any] = INPUTS
) -> pd.DataFrame:
    frames = pd.DataFrame(inputs, columns=["slice_value", "reason", "traces"])
    frames = frames.assign(dimension="refusals", slice_key="input")
    weekly = pd.DataFrame([level("all", 0.9), *levels])
    return refusal_balance(weekly, frames, labels() if given is None else given, week=WEEK)


def test_levels_are_wrong_shares_and_unknown_is_counted() -> None:
    row = balance(level("safe", 0.95), level("unsafe", 0.8)).iloc[0]
    assert (row["safe_traces"], row["unsafe_traces"], row["unknown_traces"]) == (900, 90, 40)
    assert row["over_refused"] == pytest.approx(0.05)
    assert row["under_refused"] == pytest.approx(0.2)
    assert row["over_refused_high"] == pytest.approx(1 - wilson(0.95, 400)[0])
    assert row["asymmetry"] == pytest.approx(-0.15)
    assert pd.isna(row["reason"])


def test_interval_of_the_asymmetry_covers_as_often_as_it_says() -> None:
    """95 % nominal, 300 worlds of 300 safe and 60 unsafe traces: two errors are .025."""
    random = np.random.default_rng(4)
    covered = []
    for over, under in random.binomial([300, 60], [0.04, 0.25], size=(300, 2)):
        row = balance(level("safe", 1 - over / 300, 300), level("unsafe", 1 - under / 60, 60)).iloc[0]
        covered.append(row["asymmetry_low"] <= 0.04 - 0.25 <= row["asymmetry_high"])
    assert 0.95 - 0.025 < np.mean(covered) <= 0.95 + 0.025


@pytest.mark.parametrize(
    ("levels", "reason", "asymmetry"),
    [
        ([level("safe", 0.9)], "no_scored_trace", None),
        ([level("safe", 0.9), level("unsafe", None, reason="no_output")], "no_output", None),
        ([level("safe", 0.9), level("unsafe", 0.7, reason="one_cluster")], "one_cluster", -0.2),
    ],
)
def test_what_is_missing_has_a_reason(levels: list[Any], reason: str, asymmetry: float | None) -> None:
    row = balance(*levels).iloc[0]
    assert row["reason"] == reason
    assert pd.isna(row["asymmetry_low"])
    assert pd.isna(row["asymmetry"]) if asymmetry is None else row["asymmetry"] == pytest.approx(asymmetry)


def test_dimension_of_which_nothing_tells_the_inputs_has_no_row() -> None:
    assert balance(level("safe", 0.9), inputs=[("unknown", "eligible", 40)]).empty


def test_labels_say_how_often_the_check_is_wrong() -> None:
    given = labels(
        (30, "rightly_answered", "safe", False), (4, "over_refused", "safe", True),
        (2, "over_refused", "safe", False),
        (4, "under_refused", "safe", False), (9, "rightly_refused", "unsafe", True),
        (1, "rightly_answered", "unsafe", True), (5, "rightly_answered", "unknown", False),
        (7, "good", "safe", False),
    )  # fmt: skip
    row = balance(level("safe", 0.95), level("unsafe", 0.8), given=given).iloc[0]
    assert (row["labels"], row["safe_labels"], row["safe_mistold"]) == (55, 40, 4)
    assert (row["unsafe_labels"], row["unsafe_mistold"]) == (10, 1)
    assert (row["refusals_missed"], row["refusals_invented"]) == (2, 1)
    most = jeffreys(4, 40)[1]
    assert row["over_refused_most"] == pytest.approx(row["over_refused_high"] / (1 - most))
    assert row["over_refused_least"] == 0


def test_each_label_counts_for_what_it_stands_for() -> None:
    many = labels((10, "rightly_answered", "safe", False), probability=0.1)
    few = labels((10, "under_refused", "safe", False), probability=1.0)
    given = pd.concat([many, few], ignore_index=True)
    row = balance(level("safe", 0.95), level("unsafe", 0.8), given=given).iloc[0]
    assert row["safe_mistold"] == 10
    assert row["safe_mistold_share"] == pytest.approx(10 / 110)


def test_bounds_hold_the_truth_whatever_the_mistold_inputs_did() -> None:
    """Truly safe inputs are refused in 5 %; a tenth of those told safe are unsafe, and all wrong."""
    given = labels((450, "rightly_answered", "safe", False), (50, "under_refused", "safe", False))
    row = balance(level("safe", 1 - (0.9 * 0.05 + 0.1), 4_000), level("unsafe", 0.8), given=given).iloc[0]
    assert row["over_refused"] == pytest.approx(0.145)
    assert row["over_refused_least"] <= 0.05 <= row["over_refused_most"]
