"""The table of refusals by input: both levels, their difference, and how sure the split is."""

from typing import Any

import pandas as pd

from behavior_pipeline.report.markup import element
from behavior_pipeline.report.sections.refusals import refusals
from behavior_pipeline.report.words import DASH, change
from behavior_pipeline.tables.weekly import REFUSAL_BALANCE
from behavior_pipeline_tests.report.html_page import read_page

ROW: dict[str, Any] = {
    "week": pd.Timestamp("2026-03-09"), "dimension": "refusal_correctness", "judge": "v1@a", "rubric": "r",
    "gate_state": "open", "safe_traces": 900, "unsafe_traces": 90, "unknown_traces": 40,
    "over_refused": 0.05, "over_refused_low": 0.03, "over_refused_high": 0.08,
    "under_refused": 0.2, "under_refused_low": 0.13, "under_refused_high": 0.29,
    "asymmetry": -0.15, "asymmetry_low": -0.24, "asymmetry_high": -0.07,
    "labels": 50, "safe_labels": 40, "safe_mistold": 4, "unsafe_labels": 10, "unsafe_mistold": 1,
    "over_refused_least": 0.0, "over_refused_most": 0.1, "refusals_missed": 2, "refusals_invented": 1,
}  # fmt: skip


def cells(**changes: Any) -> list[str]:
    rows = pd.DataFrame([ROW | changes]).reindex(columns=list(REFUSAL_BALANCE.columns))
    page = read_page(element("main", refusals(rows)))
    return [cell.text for cell in page.one("tbody").all("td")]


def test_both_levels_and_their_difference_are_shown() -> None:
    over, under, asymmetry, traces, mistold = cells()
    assert over.startswith(".05") and ".00 to .10 if inputs were mistold" in over
    assert under.startswith(".20") and "mistold" not in under
    assert asymmetry.startswith(change(-0.15))
    assert traces == "900 safe, 90 unsafe, 40 unknown"
    assert mistold == "4 of 40 safe, 1 of 10 unsafe 2 refusals missed, 1 invented"


def test_what_is_missing_says_why_and_a_shut_gate_puts_levels_in_brackets() -> None:
    nothing = {name: None for name in ROW if name.startswith(("under_refused", "asymmetry"))}
    over, under, asymmetry, _, mistold = cells(
        **nothing, reason="no_scored_trace", gate_state="blocked", labels=0
    )
    assert over.startswith("(.05)")
    assert under == "no trace of this series has a score"
    assert (asymmetry, mistold) == (DASH, "no labels")


def test_without_a_check_that_tells_inputs_there_is_no_table() -> None:
    assert refusals(REFUSAL_BALANCE.empty()) is None
