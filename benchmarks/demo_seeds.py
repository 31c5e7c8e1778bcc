"""Plays the demo with several seeds, and prints what was found of its two incidents and what else alarmed.

    python benchmarks/demo_seeds.py [--seeds 1-10] [--folder data/seeds]

Each seed has a data root of its own, `seedN` in the folder; a finished one is read as it is. The prompt's
incident is found where an alert on faithfulness opens on its segment by the week after it, judged `system`
and with the prompt first among the suspects; the judge's where one of kind calibration opens on tone in its
week, judged `judge`, and recovers. Every other alert that opened is chance. A seed takes ten minutes.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import orjson
import pandas as pd
from rich.console import Console
from rich.table import Table

from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.demo.story import (
    BROKEN_PROMPT,
    DEFAULT_START,
    DEFAULT_WEEKS,
    INCIDENT_SEGMENT,
    INCIDENT_WEEK,
    JUDGE_WEEK,
    Story,
)
from behavior_pipeline.lake.published import open_published

STORY = Story(DEFAULT_START, DEFAULT_WEEKS)
ALERTS = """
SELECT alert_id, week, kind, dimension, slice_key, slice_value, verdict, suspects, state, sentence
FROM drift_alerts ORDER BY week, alert_id
"""
LAST_WEEK = "SELECT max(week) AS week FROM weekly_scores"


def main() -> int:
    """Play, read and print; return 1 where an incident was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1-10", help="as 1-10")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "data" / "seeds")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    table = Table("seed", "prompt", "first suspect", "judge", "recovered", "other alerts")
    missed = others = 0
    for seed in range(int(first), int(last or first) + 1):
        alerts = _alerts(given.folder / f"seed{seed}", seed)
        prompt, judge = _of_prompt(alerts), _of_judge(alerts)
        known = {one["alert_id"] for one in (prompt, judge) if one is not None}
        opened = alerts[(alerts["state"] == "opened") & ~alerts["alert_id"].isin(known)]
        recovered = judge is not None and _recovered(alerts, str(judge["alert_id"]))
        first_suspect = _first_suspect(prompt)
        missed += (first_suspect != f"prompt {BROKEN_PROMPT}") + (not recovered)
        others += len(opened)
        table.add_row(
            str(seed), _week(prompt), first_suspect, _week(judge),
            "yes" if recovered else "no", "; ".join(opened["sentence"].str.slice(0, 90)) or "-",
        )  # fmt: skip
    Console(width=150).print(table)
    print(f"{missed} incidents missed or mistaken, {others} other alerts")
    return 1 if missed else 0


def _finished(root: Path) -> bool:
    if not (root / "behavior.duckdb").exists():
        return False
    with open_published(root) as published:
        return bool((published.sql(LAST_WEEK)["week"] == pd.Timestamp(STORY.monday(DEFAULT_WEEKS))).all())


def _alerts(root: Path, seed: int) -> pd.DataFrame:
    if not _finished(root):
        command = [str(Path(sys.executable).parent / "behavior-pipeline"), "demo"]
        subprocess.run([*command, "--data", str(root), "--seed", str(seed)], check=True, capture_output=True)
    with open_published(root) as published:
        return published.sql(ALERTS)


def _of_prompt(alerts: pd.DataFrame) -> pd.Series | None:
    rows = alerts[
        (alerts["state"] == "opened") & (alerts["dimension"] == "faithfulness")
        & (alerts["slice_key"] == "customer.segment") & (alerts["slice_value"] == INCIDENT_SEGMENT)
        & _in_week(alerts, INCIDENT_WEEK, INCIDENT_WEEK + 1) & (alerts["verdict"] == "system")
    ]  # fmt: skip
    return None if rows.empty else rows.iloc[0]


def _of_judge(alerts: pd.DataFrame) -> pd.Series | None:
    rows = alerts[
        (alerts["state"] == "opened") & (alerts["dimension"] == "tone") & (alerts["kind"] == "calibration")
        & _in_week(alerts, JUDGE_WEEK, JUDGE_WEEK) & (alerts["verdict"] == "judge")
    ]  # fmt: skip
    return None if rows.empty else rows.iloc[0]


def _in_week(alerts: pd.DataFrame, first: int, last: int) -> "pd.Series[bool]":
    weeks = [pd.Timestamp(STORY.monday(first)), pd.Timestamp(STORY.monday(last))]
    return alerts["week"].between(*weeks)


def _recovered(alerts: pd.DataFrame, alert_id: str) -> bool:
    later = alerts[(alerts["alert_id"] == alert_id) & (alerts["state"] == "recovered")]
    return bool((later["week"] > pd.Timestamp(STORY.monday(JUDGE_WEEK))).any())


def _week(alert: pd.Series | None) -> str:
    return "missed" if alert is None else f"{alert['week']:%m-%d}"


def _first_suspect(alert: pd.Series | None) -> str:
    suspects = orjson.loads("[]" if alert is None else alert["suspects"] or "[]")
    return f"{suspects[0].get('component')} {suspects[0].get('after')}" if suspects else "-"


if __name__ == "__main__":
    sys.exit(main())
