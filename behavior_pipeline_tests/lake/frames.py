"""Rows for lake tests."""

import datetime as dt

import pandas as pd

DAY = dt.date(2026, 1, 5)


def quarantine(day: dt.date = DAY, *, rows: int = 2, digest: str = "x") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "day": pd.Timestamp(day),
            "file": [f"{day}/dump-{number}.jsonl" for number in range(rows)],
            "line": range(rows),
            "record": 0,
            "byte_offset": 0,
            "reason": "invalid_json",
            "digest": digest,
        }
    )
