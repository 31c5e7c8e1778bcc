from typing import Any

import pandas as pd

from behavior_pipeline.alerts.alert import alert_of
from behavior_pipeline.delivery.message import compose
from behavior_pipeline.delivery.protocol import Message
from behavior_pipeline.tables.drift import DRIFT_ALERTS
from behavior_pipeline_tests.delivery.world import WEEK, alert, alerts


def message_of(**changes: Any) -> Message:
    return compose(alert_of(alert(**changes)))


def test_message_says_what_since_when_why_and_whose() -> None:
    message = message_of()
    assert message.title == "opened (warn): faithfulness, customer.segment = enterprise"
    assert message.body.splitlines() == [
        "faithfulness fell from .94 to .89",
        "",
        "Week of 2026-03-09, since 2026-03-13",
        "Verdict: system",
        "Suspects: after v7.3, component prompt",
        "Changed: prompt v7.2 -> v7.3",
        "Versions: model v5.2, prompt v7.3, judge v2.1@m, dataset v3, rubric v2+01",
        "Owner: team:assist",
        "More: behavior-pipeline alerts show a1b2c3",
    ]
    assert (message.week, message.severity, message.owner) == (WEEK, "warn", "team:assist")


def test_unknown_parts_are_left_out() -> None:
    message = message_of(
        onset=pd.NaT,
        suspects="[]",
        tuple_before=None,
        tuple_after=None,
        slice_key="all",
        slice_value="all",
    )
    assert message.title.endswith("faithfulness, all traffic")
    assert "since" not in message.body
    assert "Suspects" not in message.body
    assert "Versions" not in message.body


def test_suspect_with_details_is_said_in_words() -> None:
    suspects = '[{"component": "prompt", "after": "v7.3", "share": 0.5, "before": null}]'
    assert "Suspects: after v7.3, component prompt, share 0.500" in message_of(suspects=suspects).body


def test_rows_of_these_tests_keep_the_contract() -> None:
    assert len(DRIFT_ALERTS.validate(alerts(alert(), alert(alert_id="b", state="suppressed")))) == 2


def test_title_is_one_line() -> None:
    assert "\n" not in message_of(slice_value="a\nb\x1b[31m").title
