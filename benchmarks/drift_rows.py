"""Rows of benchmarks/drift.py, and the worlds that they are counted over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from drift_worlds import Change, JudgeShift, World, drawn, setting

from behavior_pipeline.dimensions.spec import Drift
from behavior_pipeline.drift.api import DriftConfig, detect

HEURISTIC = DriftConfig(drift=Drift(detectors=("two_sigma",)))


@dataclass(frozen=True)
class Options:
    """How many worlds, weeks of history before something happens, the seed, and whether to compare."""

    worlds: int
    weeks: int
    seed: int
    heuristic: bool


@dataclass(frozen=True)
class Row:
    """A figure of a kind of world, by `detect` and by the heuristic, and what is promised of the first."""

    world: str
    figure: str
    ours: str
    heuristic: str = "-"
    promised: str = ""
    missed: bool = False


def share_row(
    world: str, figure: str, ours: Sequence[float], heuristic: Sequence[float],
    *, least: float | None = None, most: float | None = None,
) -> Row:  # fmt: skip
    """Return the row of a share in percent, missed where it is off by more than two errors."""
    value, error = _share(ours)
    promised = f"≥ {100 * least:g}" if least is not None else f"≤ {100 * most:g}" if most is not None else ""
    missed = (least is not None and value + 2 * error < least) or (
        most is not None and value - 2 * error > most
    )
    shown = f"{100 * value:.1f} ± {100 * error:.1f}"
    return Row(
        world, figure, shown, f"{100 * _share(heuristic)[0]:.1f}" if heuristic else "-", promised, missed
    )


def _share(values: Sequence[float]) -> tuple[float, float]:
    smoothed = (sum(values) + 1) / (len(values) + 2)
    return float(np.mean(values)), float(np.sqrt(max(smoothed * (1 - smoothed), 0) / len(values)))


def worlds(
    options: Options, changes: Sequence[Change], *, later: int, judge: JudgeShift | None = None
) -> Iterator[World]:
    """Yield worlds with a history and so many weeks after it."""
    for number in range(options.worlds):
        world = setting(np.random.default_rng([options.seed, number]), options.weeks + later)
        for change in changes:
            world = change(world)
        yield drawn(world, judge)


def alarms(world: World, options: Options, config: DriftConfig | None = None) -> list[pd.DataFrame]:
    """Return the alarms of each week after the history."""
    cells = world.cells if config is None else None
    anchors = world.anchors if config is None else None
    rows = detect(world.history, cells=cells, anchors=anchors, versions=world.versions, config=config)
    periods = sorted(world.history["period"].unique())[options.weeks :]
    return [rows[(rows["period"] == period) & rows["alarm"].astype(bool)] for period in periods]
