"""A level is shown with its uncertainty, or with the reason why there is none."""

from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.cli.status import scorecard_table
from behavior_pipeline.report.markup import element
from behavior_pipeline.report.sections.scorecard import level

ROW: dict[str, Any] = {
    "dimension": "tone", "owner": "team:x", "week": pd.Timestamp("2026-03-09"), "mean": 0.918, "low": 0.904,
    "high": 0.931, "n_eff": 1500.0, "missing_reason": None, "scored_share": 0.971, "bound_low": 0.891,
    "bound_high": 0.92, "change": None, "gate_state": "open",
}  # fmt: skip
ONE_USER = {"low": None, "high": None, "n_eff": None, "missing_reason": "one_cluster", "bound_low": 0.918,
            "bound_high": 0.918}  # fmt: skip


def page(**changes: Any) -> str:
    return str(element("div", level(ROW | changes)))


def terminal(**changes: Any) -> list[str]:
    table = scorecard_table(pd.DataFrame([ROW | changes]))
    return [str(next(iter(column.cells))) for column in table.columns]


def test_bounds_are_shown_where_a_judge_left_out_more_than_chance_hides() -> None:
    assert "3 % not judged: .89 if all bad, .92 if all good" in page()
    assert "2.9 %: 0.891 to 0.920" in terminal()


@pytest.mark.parametrize("ends", [(0.917, 0.919), (None, None)])
def test_bounds_that_say_nothing_are_not_shown(ends: tuple[float | None, float | None]) -> None:
    bounds = dict(zip(("bound_low", "bound_high"), ends, strict=True))
    assert "not judged" not in page(**bounds)
    assert not any("%" in cell for cell in terminal(**bounds))


def test_level_without_an_error_says_why() -> None:
    assert "all scores come from one user or conversation" in page(**ONE_USER)
    assert terminal(**ONE_USER).count("one_cluster") == 2  # the interval and n_eff
