"""How long the daily e-detectors run in quiet worlds, and in how many days they tell a fall.

    python benchmarks/drift_fast.py [--worlds 40] [--seed 1]

A section of benchmarks/drift.py, which can also be run by itself. 55 series: 5 aggregates of 400 judged
traces a day and 50 slices of 30 to 150, a year a quiet world; baselines from eight of the same weekday, a
week before. Series are independent here, which is the worst case for a rate of false alarms over all.
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
from calibration_sections import Figure, Promise
from sampling_rows import Row, share

from behavior_pipeline.drift.detectors.e_detector import MARGIN, RUN_LENGTH, STEPS, advanced, log_mean

WEEKS, QUIET_DAYS = 8, 364
AGGREGATES, SLICES = 5, 50
FLOOR = 0.02
WATCHED = 21  # days after a fall


def run(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return rows on quiet years, with weeks that wander or not, and on falls."""
    for name, wander in (("quiet", 0.0), ("quiet, weeks wander by .01", 0.01)):
        alarms = np.array([_first_alarms(random, wander=wander) for _ in range(worlds)])
        days = worlds * QUIET_DAYS
        rate = alarms.sum() / days
        error = np.sqrt(alarms.sum() + 1) / days
        promise = None if wander else Promise(-np.inf, 1 / RUN_LENGTH)
        yield Row(name, "days with a false alarm over all series, %", None, Figure(rate, error, promise))
    for size, step in ((400, 0.05), (400, 0.08), (400, 0.15), (80, 0.08), (80, 0.15), (80, 0.3)):
        delays = np.array([_delay(random, size=size, step=step) for _ in range(worlds)])
        world = f"falls by {step:g}, {size} a day"
        for within in (2, 5, 7, 14):
            yield Row(world, f"told within {within} days, %", None, share(delays <= within))


SECTION = ("fast", run)


def _sizes(random: np.random.Generator) -> np.ndarray:
    return np.concatenate([np.full(AGGREGATES, 400), random.integers(30, 150, SLICES)])


def _first_alarms(random: np.random.Generator, *, wander: float) -> int:
    """Return on how many days of a quiet year a series alarms that did not the day before."""
    sizes = _sizes(random)
    true = random.uniform(0.85, 0.97, len(sizes))
    days = 7 * (WEEKS + 1) + QUIET_DAYS
    weekly = np.repeat(wander * random.standard_normal((days // 7, len(sizes))), 7, axis=0)
    levels = np.clip(true + weekly, 0, 1)
    means = random.binomial(sizes, levels) / sizes
    return sum(_alarms(means, sizes))


def _alarms(means: np.ndarray, sizes: np.ndarray, *, series: int = AGGREGATES + SLICES) -> Iterator[int]:
    state = np.full((len(sizes), len(STEPS)), -np.inf)
    bar = float(np.log(RUN_LENGTH * series))
    standing = np.zeros(len(sizes), dtype=bool)
    for day in range(7 * (WEEKS + 1), len(means)):
        before = means[day - 7 * (WEEKS + 1) : day - 7 : 7]
        level = before.mean(axis=0)
        middle = np.clip(level, 0.005, 0.995)
        se = np.sqrt(middle * (1 - middle) / (sizes * len(before)))
        quiet = np.clip(level - FLOOR - MARGIN * se, 0.005, 0.995)
        state = advanced(state, means[day], sizes.astype(float), quiet=quiet, bar=bar)
        alarm = log_mean(state) >= bar - 1e-9
        yield int((alarm & ~standing).any())
        standing = alarm


def _delay(random: np.random.Generator, *, size: int, step: float) -> float:
    """Return after how many days with the fall it is told; infinite: not within the days watched."""
    before = 7 * (WEEKS + 1) + 28
    level = np.full((before + WATCHED, 1), random.uniform(0.88, 0.96))
    level[before:] -= step
    means = random.binomial(size, level) / size
    alarms = list(_alarms(means, np.array([size])))[28:]
    return next((day for day, alarm in enumerate(alarms, start=1) if alarm), np.inf)


def main() -> int:
    """Print the rows; return 1 when the promise is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    missed = False
    for row in run(given.worlds, np.random.default_rng(given.seed)):
        print(
            f"{row.world:32} {row.what:44} {100 * row.after.value:7.3f} ± {100 * row.after.error:.3f}"
            f" {row.after.verdict}"
        )
        missed |= row.after.verdict == "missed"
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
