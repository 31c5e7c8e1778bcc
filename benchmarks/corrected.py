"""Compares raw and corrected weekly levels with the true ones of the replay pack.

    python benchmarks/corrected.py [--data data/replay] [--pack ../shared/replay] [--slices] [--score]

Reads the published copy of a data root that `benchmarks/replay.py` made, and `truth/weekly_truth.csv`. Prints
by dimension the mean error (level - truth, in points), the mean absolute error, the width of the interval and
how often it holds the truth; of the judge's own level, the corrected one and the Rogan-Gladen estimate, over
the weeks that have a corrected one. The truth is read here only. `--score` also writes ALERTS.csv and
ESTIMATES.csv into the data root and prints what the pack's score.py says of them; `--again JUDGES` first
makes weekly_scores of all weeks again with this code (JUDGES as in `benchmarks/replay.py`).
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from replay import CONFIGS, use
from rich.console import Console
from rich.table import Table

from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.lake.published import open_published
from behavior_pipeline.settings.variables import DATA_VARIABLE
from behavior_pipeline.steps.pipeline import Pipeline
from behavior_pipeline.steps.weekly_scores import scores_of_week

GRADES = {"tone": (1.0, 5.0)}  # the truth is a mean of grades 1 to 5
LEVELS = {
    "raw": ("mean", "low", "high"),
    "corrected": ("corrected_mean", "corrected_low", "corrected_high"),
    "Rogan-Gladen": ("rogan_gladen", "rogan_gladen_low", "rogan_gladen_high"),
}
WEEKLY = "FROM weekly_scores WHERE mean IS NOT NULL ORDER BY dimension, slice_key, slice_value, week, judge"
ALERTS = """
SELECT opened AS fired_at, week AS week_start, dimension, slice_key, slice_value, kind, verdict
FROM drift_alerts WHERE state = 'opened' ORDER BY ALL
"""
CELL = ["dimension", "slice_key", "slice_value"]


def main() -> None:
    """Read, compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(os.environ.get(DATA_VARIABLE) or CHECKOUT / "data" / "replay")
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay")
    parser.add_argument("--slices", action="store_true", help="slices instead of all traffic")
    parser.add_argument("--score", action="store_true", help="print what the pack's score.py says, too")
    parser.add_argument("--again", choices=sorted(CONFIGS), help="make the weeks again, judged so")
    given = parser.parse_args()
    console = Console(highlight=False, width=140)
    if given.again:
        make_again(given.data, given.pack, given.again)
    with open_published(given.data) as published:
        weekly, alerts = published.sql(WEEKLY), published.sql(ALERTS)
    rows = weekly.merge(truth_of(given.pack), on=["week", *CELL], how="inner")
    whole = rows["slice_key"] == "all"
    chosen = rows[~whole] if given.slices else rows[whole]
    console.print(compared(chosen))
    console.print(reasons(chosen))
    if given.score:
        of_slices = weekly["slice_key"] != "all"
        score(given.data, given.pack, alerts, weekly[of_slices] if given.slices else weekly[~of_slices])


def make_again(data: Path, pack: Path, judges: str) -> None:
    """Make weekly_scores of all weeks again, in order, without what depends on them, and publish."""
    use(data, pack, judges=judges)
    pipeline = Pipeline()
    for week in sorted(pipeline.lake.read("weekly_scores")["week"].dt.date.unique()):
        rows = scores_of_week(pipeline, week).scores
        pipeline.lake.replace({"weekly_scores": rows}, {"week": week})
    pipeline.lake.publish()


def score(data: Path, pack: Path, alerts: pd.DataFrame, weekly: pd.DataFrame) -> None:
    """Write alerts and corrected levels as the pack's score.py wants them, and run it."""
    least, most = np.array([GRADES.get(name, (0.0, 1.0)) for name in weekly["dimension"]]).T
    columns = dict(zip(("estimate", "low", "high"), LEVELS["corrected"], strict=True))
    levels = {name: least + (most - least) * weekly[at].astype(float) for name, at in columns.items()}
    files = [data / "ALERTS.csv", data / "ESTIMATES.csv"]
    alerts.to_csv(files[0], index=False)
    weekly[["week", *CELL]].assign(**levels).to_csv(files[1], index=False)
    subprocess.run(
        [sys.executable, str(pack / "score.py"), str(pack / "truth"), *map(str, files)], check=True
    )


def truth_of(pack: Path) -> pd.DataFrame:
    """Return the pack's true weekly means as levels in [0, 1]."""
    truth = pd.read_csv(pack / "truth" / "weekly_truth.csv", parse_dates=["week"])
    low, high = (
        truth["dimension"].map(lambda name, at=at: GRADES.get(name, (0.0, 1.0))[at]) for at in (0, 1)
    )
    level = (truth["mean"] - low) / (high - low)
    return truth.assign(truth=level, true_n=truth["n"])[["week", *CELL, "truth", "true_n"]]


def compared(rows: pd.DataFrame) -> Table:
    """Return by dimension how far each level is from the truth, over the weeks with a corrected level."""
    columns = ("dimension", "weeks", "level", "error", "absolute error", "width", "holds the truth")
    table = Table(*columns, title="Weekly levels and the truth (points; weeks with a corrected level)")
    for dimension, series in rows[rows["corrected_mean"].notna()].groupby("dimension", sort=True):
        for number, (name, level_columns) in enumerate(LEVELS.items()):
            label = (str(dimension), str(len(series))) if number == 0 else ("", "")
            table.add_row(*label, name, *_figures(series, *level_columns))
        table.add_section()
    return table


def reasons(rows: pd.DataFrame) -> Table:
    """Return how many series-weeks have no corrected level, and why."""
    table = Table("dimension", "reason", "series-weeks", title="Not corrected")
    missing = rows[rows["corrected_mean"].isna()]
    for (dimension, reason), count in missing.groupby(["dimension", "corrected_reason"]).size().items():
        table.add_row(dimension, reason, str(count))
    return table


def _figures(rows: pd.DataFrame, level: str, low: str, high: str) -> tuple[str, ...]:
    with_level = rows[rows[level].notna()].astype({level: float, low: float, high: float})
    if with_level.empty:
        return ("-", "-", "-", "-")
    error = 100 * (with_level[level] - with_level["truth"])
    known: Any = with_level[with_level[low].notna()]
    inside = (known[low] <= known["truth"] + 1e-9) & (known["truth"] <= known[high] + 1e-9)
    return (
        f"{error.mean():+.1f}",
        f"{error.abs().mean():.1f}",
        f"{100 * (known[high] - known[low]).mean():.0f}",
        f"{inside.sum()} of {len(known)}",
    )


if __name__ == "__main__":
    main()
