"""Alerts as drift_alerts holds them."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

WEEK = date(2026, 3, 9)
CLOCK = iter(datetime(2026, 3, 16, 6, tzinfo=UTC) + timedelta(seconds=n) for n in range(10**6)).__next__


def alert(**changes: Any) -> dict[str, Any]:
    versions = {"model": "v5.2", "prompt": "v7.2", "judge": "v2.1@m", "dataset": "v3", "rubric": "v2+01"}
    return {
        "week": pd.Timestamp(WEEK),
        "alert_id": "a1b2c3",
        "kind": "slice",
        "dimension": "faithfulness",
        "slice_key": "customer.segment",
        "slice_value": "enterprise",
        "opened": pd.Timestamp(WEEK),
        "onset": pd.Timestamp("2026-03-13"),
        "severity": "warn",
        "sentence": "faithfulness fell from .94 to .89",
        "verdict": "system",
        "verdict_evidence": None,
        "suspects": json.dumps([{"component": "prompt", "after": "v7.3"}]),
        "tuple_before": json.dumps(versions),
        "tuple_after": json.dumps({**versions, "prompt": "v7.3"}),
        "owner": "team:assist",
        "route": "default",
        "state": "opened",
        "suppressed_reason": None,
        "evidence": "{}",
        **changes,
    }


def alerts(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(alert()))
