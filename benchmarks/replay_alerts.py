"""Makes drift and alerts of a replayed pack again, and prints what the pack's score.py says of them.

    python benchmarks/replay_alerts.py --data data/replay-large --pack ../shared/replay_large --judges pack
        [--agreement] [--show]

The data root is one that `benchmarks/replay.py` filled; its days, scores and labels stay, and what is made
from them by the week is made again with this code, in order: weekly scores, with `--agreement` also agreement
and anchors, findings, decisions and alerts. `--show` prints every alarm and each alert's sentence. The
truth is read by score.py only.
"""

import argparse
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pandas as pd
from replay import CONFIGS, use

from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.lake.published import open_published
from behavior_pipeline.steps.agreement import agreement_of_week
from behavior_pipeline.steps.alerts import alerts_of_week
from behavior_pipeline.steps.anchor_changes import anchor_changes_of_week
from behavior_pipeline.steps.drift import drift_of_week
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weekly_scores import scores_of_week

OPENED = """
SELECT opened AS fired_at, week AS week_start, dimension, slice_key, slice_value, kind, verdict
FROM drift_alerts WHERE state = 'opened' ORDER BY ALL
"""
ALL_ALERTS = "SELECT week, state, verdict, suppressed_reason, sentence FROM drift_alerts ORDER BY ALL"
ALARMS = """
SELECT f.week, f.detector, f.kind, f.dimension, f.slice_key, f.slice_value, f.metric, f.effect, f.p_value,
       d.q_value
FROM drift_findings AS f JOIN drift_decisions AS d USING (week, detector, kind, series_id, metric)
WHERE d.alarm ORDER BY ALL
"""


def main() -> None:
    """Make again, write ALERTS.csv and score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay_large")
    parser.add_argument("--judges", choices=sorted(CONFIGS), default="pack")
    parser.add_argument("--agreement", action="store_true", help="agreement and anchors, too")
    parser.add_argument("--no-scores", action="store_true", help="leave weekly scores as they are")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    use(given.data, given.pack, judges=given.judges)
    pipeline = Pipeline()
    weeks = sorted(pipeline.lake.read("weekly_scores")["week"].dt.date.unique())
    started = time.perf_counter()
    for week in weeks:
        make_again(pipeline, week, agreement=given.agreement, scores=not given.no_scores)
    print(f"{len(weeks)} weeks in {time.perf_counter() - started:.0f} s")
    pipeline.lake.publish()
    with open_published(given.data) as published:
        opened, alerts, alarms = (published.sql(query) for query in (OPENED, ALL_ALERTS, ALARMS))
    if given.show:
        show(alerts, alarms)
    opened.to_csv(given.data / "ALERTS.csv", index=False)
    command = [str(given.pack / "score.py"), str(given.pack / "truth"), str(given.data / "ALERTS.csv")]
    subprocess.run([sys.executable, *command], check=True)


def make_again(pipeline: Pipeline, week: date, *, agreement: bool, scores: bool) -> None:
    """Replace what is made of a week from its days."""
    lake, of_week = pipeline.lake, {"week": week}
    if agreement:
        lake.replace({"calibration_agreement": agreement_of_week(pipeline, week)}, of_week)
        lake.replace({"anchor_changes": anchor_changes_of_week(pipeline, week)}, of_week)
    if scores:
        weekly = scores_of_week(pipeline, week)
        made = {
            "weekly_scores": weekly.scores, "daily_series": weekly.daily, "weekly_cells": weekly.cells,
            "weekly_tuple_shares": weekly.tuple_shares, "weekly_quantiles": weekly.quantiles,
            "weekly_traffic": weekly.traffic,
        }  # fmt: skip
        lake.replace(made, of_week)
    drift = drift_of_week(pipeline, week)
    made = {"drift_findings": drift.findings, "drift_decisions": drift.decisions, "drift_state": drift.state}
    lake.replace(made, of_week)
    lake.replace({"drift_alerts": alerts_of_week(pipeline, week)}, of_week)


def show(alerts: pd.DataFrame, alarms: pd.DataFrame) -> None:
    """Print alarms and alerts in full."""
    with pd.option_context("display.width", 250, "display.max_colwidth", 220, "display.max_rows", 500):
        print(alarms.to_string(index=False))
        print(alerts.to_string(index=False))


if __name__ == "__main__":
    main()
