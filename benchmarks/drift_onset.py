"""How often the 90 % interval of an onset holds the true day, and how many days it has.

    python benchmarks/drift_onset.py [--worlds 200] [--seed 1]

A section of benchmarks/drift.py, which can also be run by itself. Days of twelve weeks, the last three of
them behind the baseline; aggregates of 400 and slices of 100, 40 and 12 judged traces a day, levels of .85
to .97, falls by .05 to .3. The level moves at midnight or in the middle of a day, for good or for 5 days, and
days wander by themselves in some worlds. `before` is the change point of the days of the last two weeks.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from calibration_sections import Figure, Promise
from sampling_rows import Row, share

from behavior_pipeline.drift.decision.onset import Days, onset_of
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.statistics.change_point import change_point

END = pd.Timestamp("2026-03-30")
BASELINE, ASKED = 63, 21
PROMISED = Promise(0.85, 0.95)
STEPS, SIZES = (0.05, 0.08, 0.15, 0.3), (400, 100, 40, 12)


@dataclass(frozen=True)
class Kind:
    """What happens: on which part of its day the level falls, for how long, and how much days wander."""

    name: str
    within_day: bool = False
    lasts: int | None = None
    wander: float = 0.0


KINDS = (
    Kind("falls at midnight"), Kind("falls during a day", within_day=True), Kind("dips for 5 days", lasts=5),
    Kind("days wander by .02", within_day=True, wander=0.02),
)  # fmt: skip


def run(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return rows on each kind of change, by size and pooled."""
    pooled = []
    for kind in KINDS:
        of_kind = []
        for size in SIZES:
            outcomes = np.concatenate(
                [[_world(kind, size, step, random) for _ in range(worlds)] for step in STEPS]
            )
            yield from _rows(f"{kind.name}, {size} a day", outcomes, None)
            of_kind.append(outcomes)
        pooled += of_kind
        yield from _rows(f"{kind.name}, all sizes", np.concatenate(of_kind), None)
    yield from _rows("all", np.concatenate(pooled), PROMISED)


SECTION = ("onset", run)


def _rows(world: str, outcomes: np.ndarray, promise: Promise | None) -> Iterator[Row]:
    exact_before, exact, holds, width = outcomes.T
    yield Row(world, "90 % interval holds the day, %", None, share(holds == 1, promise))
    yield Row(world, "the day is right, %", share(exact_before == 1), share(exact == 1))
    days = Figure(float(width.mean()) / 100, float(width.std() / np.sqrt(len(width))) / 100)
    yield Row(world, "days in the interval", None, days)


def _world(kind: Kind, size: int, step: float, random: np.random.Generator) -> list[float]:
    level, day = random.uniform(0.85, 0.97), int(random.integers(0, ASKED - 2))
    moved = np.zeros(BASELINE + ASKED)
    first = BASELINE + day
    moved[first : None if kind.lasts is None else first + kind.lasts] = 1
    moved[first] = random.uniform() if kind.within_day else 1
    levels = np.clip(level - step * moved + kind.wander * random.standard_normal(len(moved)), 0, 1)
    n = np.maximum(random.poisson(size, len(moved)), 1)
    mean = random.binomial(n, levels) / n
    days = pd.date_range(END - timedelta(days=len(moved)), periods=len(moved))
    rows = pd.DataFrame({"day": days, "mean": mean, "n": n.astype(float)})
    rows["variance"] = mean * (1 - mean) / n
    onset = onset_of(_finding(rows), Days(rows, is_score=True), end=END)
    earlier = change_point(mean[-14:], n[-14:])
    right = earlier is not None and len(moved) - 14 + earlier.onset_index == first
    if onset is None:
        return [right, 0, 0, np.nan]
    true = days[first]
    return [right, onset[0] == true, onset[1] <= true <= onset[2], (onset[2] - onset[1]).days + 1]


def _finding(rows: pd.DataFrame) -> Finding:
    """Return the finding of the last week against the baseline's weeks."""
    before, week = rows[:BASELINE], rows[-7:]
    level = float(np.average(before["mean"], weights=before["n"]))
    error = float(np.sqrt(level * (1 - level) / before["n"].sum()))
    mondays = [date.fromisoformat(str(day)[:10]).isoformat() for day in before["day"][::7]]
    return Finding(
        week=END - timedelta(weeks=1), detector="contrast", kind="score", series_id="simulated",
        dimension="simulated", slice_key="all", slice_value="all", judge="none", rubric="none",
        family="aggregate", baseline=level, baseline_low=level - 1.96 * error,
        baseline_high=level + 1.96 * error, baseline_periods=json.dumps(mondays),
        effect=min(float(np.average(week["mean"], weights=week["n"])) - level, -0.01), reason="compared",
    )  # fmt: skip


def main() -> int:
    """Print the rows; return 1 when the promise is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=200, help="of each kind, size and step")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    missed = False
    for row in run(given.worlds, np.random.default_rng(given.seed)):
        before = "" if row.before is None else f"{100 * row.before.value:6.1f}"
        print(f"{row.world:36} {row.what:32} {before:>8} {100 * row.after.value:6.1f} {row.after.verdict}")
        missed |= row.after.verdict == "missed"
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
