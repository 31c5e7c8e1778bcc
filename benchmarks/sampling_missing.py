"""A judge that fails on bad answers more often than on good ones."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from calibration_sections import Figure, Promise
from sampling_rows import Row, estimates, share

from behavior_pipeline.aggregation.unjudged import bounds_matter, with_bounds
from behavior_pipeline.statistics.estimate import hajek_mean

LEVEL = 0.9
KINDS = {
    "20 % of the bad, 1 % of the good": (0.2, 0.01),
    "2 % of the bad, 0.1 % of the good": (0.02, 0.001),
    "3 % of either": (0.03, 0.03),
}


def missing(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return what the level alone (before) and with its bounds (after) says of the truth."""
    for kind, (of_bad, of_good) in KINDS.items():
        for n in (300, 1_500, 20_000):
            levels, rows = [], []
            for _ in range(worlds):
                good = random.random(n) < LEVEL
                failed = random.random(n) < np.where(good, of_good, of_bad)
                level = hajek_mean(np.where(failed, np.nan, good), np.ones(n))
                levels.append(level)
                ends = {"low": level.low, "high": level.high}
                rows.append({"mean": level.value, "scored_share": 1 - failed.mean(), **ends})
            made, frame = estimates(levels), with_bounds(pd.DataFrame(rows, dtype="Float64"))
            yield from _rows(f"{kind} fail; n {n:,}", made.low, made.high, frame)


def _rows(world: str, low: np.ndarray, high: np.ndarray, frame: pd.DataFrame) -> Iterator[Row]:
    mean, below, above = (frame[name].to_numpy(float) for name in ("mean", "bound_low", "bound_high"))
    yield Row(world, "mean", None, _mean(mean))
    yield Row(world, "bound, missing = 0", None, _mean(below))
    yield Row(world, "bound, missing = 1", None, _mean(above))
    inside = (low <= LEVEL) & (high >= LEVEL)
    moved = (low - (mean - below) <= LEVEL) & (high + (above - mean) >= LEVEL)
    yield Row(
        world,
        "interval holds the truth; moved by bounds, %",
        share(inside),
        share(moved, Promise(0.95)),
    )
    shown = np.array([bounds_matter(row) for row in frame.to_dict("records")])
    missed = ~inside
    yield Row(world, "bounds are shown, %", None, share(shown))
    yield Row(
        world,
        "interval misses it, no bounds are shown, %",
        share(missed),
        share(missed & ~shown, Promise(high=0.07)),
    )


def _mean(values: np.ndarray) -> Figure:
    return Figure(float(values.mean()), float(values.std() / np.sqrt(len(values))))
