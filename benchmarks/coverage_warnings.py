"""Counts how often `coverage_is_steady` warns: on made-up quiet days, on days that lose a field, on a lake.

    python benchmarks/coverage_warnings.py [--days 150] [--lake DATA_ROOT]

The made-up traffic has six categories of which only some retrieve or call tools, fewer traces at weekends,
mixes that wander from day to day (Dirichlet), and two dialects. On quiet days nothing else moves; then one
day loses the token counts of a part of its traces. With --lake, every day of that data root is checked.
"""

import argparse
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from behavior_pipeline.settings.model import Quality
from behavior_pipeline.settings.variables import CONFIG_VARIABLE, DATA_VARIABLE
from behavior_pipeline.traces.coverage.shift import TRAILING_DAYS, coverage_shifts

RULES = Quality()
START = date(2026, 1, 5)
CATEGORIES = ["orders", "billing", "knowledge", "tools", "writing", "other"]
MIX = np.array([0.3, 0.2, 0.15, 0.15, 0.1, 0.1])
RETRIEVES = np.array([0.9, 0.6, 0.98, 0.1, 0.02, 0.3])
CALLS = np.array([0.7, 0.5, 0.02, 0.97, 0.01, 0.2])
SEGMENTS = ["consumer", "smb", "enterprise"]
WANDER = 60  # Dirichlet concentration of a day's mix: about 6 points of the largest category


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=150)
    parser.add_argument("--lake", type=Path)
    given = parser.parse_args()
    for volume in (24, 200, 2000):
        print(f"{volume} traces a day, quiet: {quiet(volume, given.days, seed=volume)}")
        for lost in (0.1, 0.5, 1.0):
            print(f"{volume} traces a day, {lost:.0%} lose a field: {warnings_of(volume, lost, runs=20)}")
    if given.lake:
        of_lake(given.lake)


def quiet(volume: int, days: int, *, seed: int) -> str:
    """Return how many of some quiet days warn."""
    covered = pd.concat(traffic(volume, days + TRAILING_DAYS, np.random.default_rng(seed)))
    tested = [START + timedelta(days=TRAILING_DAYS + number) for number in range(days)]
    warned = [shifts(day, covered) for day in tested]
    return f"{sum(map(bool, warned))} of {days} days warn ({sum(warned)} shares)"


def warnings_of(volume: int, lost: float, *, runs: int) -> str:
    """Return how often a day that loses a field is noticed."""
    noticed = 0
    for seed in range(runs):
        covered = pd.concat(traffic(volume, TRAILING_DAYS + 1, np.random.default_rng(1000 + seed), lost=lost))
        noticed += bool(shifts(START + timedelta(days=TRAILING_DAYS), covered))
    return f"{noticed} of {runs} days noticed"


def shifts(day: date, covered: pd.DataFrame) -> int:
    """Return how many shares of a day moved."""
    window = covered[
        covered["day"].between(pd.Timestamp(day - timedelta(days=TRAILING_DAYS)), pd.Timestamp(day))
    ]
    rules = {"floor": RULES.coverage_floor, "error_rate": RULES.coverage_error_rate}
    return len(coverage_shifts(day, window, **rules).moved)


def traffic(
    volume: int, days: int, random: np.random.Generator, *, lost: float = 0.0
) -> Iterator[pd.DataFrame]:
    """Yield coverage rows of days; of the last one, a part of the traces loses its token counts."""
    for number in range(days):
        day = START + timedelta(days=number)
        n = random.poisson(volume * (0.5 if day.weekday() >= 5 else 1.1))
        category = random.choice(len(CATEGORIES), size=n, p=random.dirichlet(MIX * WANDER))
        dialect = np.where(random.random(n) < 0.7, "genai", "openinference")
        gone = (random.random(n) < lost) if number == days - 1 else np.zeros(n, bool)
        fields = {
            "texts": random.random(n) < 0.995,
            "documents": random.random(n) < RETRIEVES[category],
            "tool_calls": random.random(n) < CALLS[category],
            "model_calls": random.random(n) < 0.999,
            "input_tokens": (random.random(n) < 0.99) & ~gone,
            "duration_ms": random.random(n) < 0.999,
        }
        traces = pd.DataFrame({
            "dialect": dialect, "query.category": np.array(CATEGORIES)[category],
            "customer.segment": random.choice(SEGMENTS, size=n, p=[0.6, 0.3, 0.1]), "all": "all", **fields,
        })  # fmt: skip
        yield from rows_of(day, traces, list(fields))


def rows_of(day: date, traces: pd.DataFrame, fields: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the coverage rows of a day's traces, by slice and dialect."""
    for spoken in (traces.assign(dialect="all"), traces):
        for key in ("all", "query.category", "customer.segment"):
            counted = (
                spoken.groupby([key, "dialect"])[fields].agg(["sum", "size"]).stack(0, future_stack=True)
            )
            rows = counted.reset_index(names=["slice_value", "dialect", "field"])
            rows = rows.rename(columns={"sum": "seen", "size": "expected"})
            yield rows.assign(day=pd.Timestamp(day), slice_key=key)


def of_lake(root: Path) -> None:
    """Print what each day of a data root would have warned of."""
    os.environ[DATA_VARIABLE] = str(root.resolve())
    os.environ.setdefault(CONFIG_VARIABLE, str(root / "pipeline.toml"))
    from behavior_pipeline.steps.pipeline import open_lake  # noqa: PLC0415

    covered = open_lake().read("coverage")
    days = sorted(covered.loc[covered["field"] == "texts", "day"].dt.date.unique())
    rules = {"floor": RULES.coverage_floor, "error_rate": RULES.coverage_error_rate}
    shifts = [coverage_shifts(day, covered, **rules) for day in days]
    moved = pd.concat([one.moved for one in shifts], ignore_index=True)
    print(
        f"{root}: {moved['day'].nunique()} of {len(days)} days warn,"
        f" {sum(one.compared for one in shifts)} shares compared"
    )
    if len(moved):
        print(moved.to_string())


if __name__ == "__main__":
    main()
