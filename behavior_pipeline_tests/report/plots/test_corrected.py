"""Where a corrected level leads, and where it stands back and says why."""

from datetime import timedelta
from html import unescape
from typing import Any

import pandas as pd
import pytest

from behavior_pipeline.report.markup import element
from behavior_pipeline.report.plots.corrected import ALARMED, RATES_DIFFER, corrected, corrected_in_words
from behavior_pipeline.report.words import interval

WEEK = pd.Timestamp("2026-03-09")


def row(**other: Any) -> dict[str, Any]:
    return {
        "week": WEEK, "slice_key": "all", "slice_value": "all", "corrected_mean": 0.9, "corrected_low": 0.85,
        "corrected_high": 0.94, "corrected_labels": 120, "corrected_reason": None, "same_rates_p_value": 0.4,
    } | other  # fmt: skip


def alerts(state: str = "opened", opened: int = 1, last: int = 0, value: str = "all") -> pd.DataFrame:
    """Return an alert that opened and was last looked at so many weeks after the row's week."""
    key = "all" if value == "all" else "customer.segment"
    days = {"opened": WEEK + timedelta(weeks=opened), "week": WEEK + timedelta(weeks=last)}
    return pd.DataFrame([{"state": state, "slice_key": key, "slice_value": value} | days])


@pytest.mark.parametrize(
    "beside",
    [
        alerts().iloc[:0],
        alerts("recovered"),
        alerts(opened=2, last=1),
        alerts(opened=-2, last=-3),
        alerts(value="smb"),
    ],
)
def test_level_leads_where_no_alert_stands_on_its_week(beside: pd.DataFrame) -> None:
    assert "strong" in str(element("td", corrected(row(), beside)))
    assert corrected_in_words(row(), beside) == f"corrected by 120 labels .90 ({interval(0.85, 0.94)})"


@pytest.mark.parametrize(
    ("shown", "beside", "why"),
    [
        (row(), alerts(), ALARMED),
        (row(), alerts("updated", opened=-1, last=3), ALARMED),
        (row(slice_key="customer.segment", slice_value="smb"), alerts(value="smb"), ALARMED),
        (row(slice_key="customer.segment", slice_value="smb"), alerts(), ALARMED),
        (row(same_rates_p_value=0.01), alerts().iloc[:0], RATES_DIFFER),
    ],
)
def test_level_stands_back_over_an_alarm_and_over_rates_that_differ(
    shown: dict[str, Any], beside: pd.DataFrame, why: str
) -> None:
    text = unescape(str(element("td", corrected(shown, beside))))
    assert "strong" not in text
    assert why in text
    assert corrected_in_words(shown, beside).endswith(why)
