"""Each week of each series beside the usable weeks before it: the levels of both, with their sizes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.drift.series.sums import Sums
from behavior_pipeline.statistics.contrast import Change, drawn_to, logit_change, mean_change, smoothed
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.statistics.wander import Wander

Whole = npt.NDArray[np.int64]
QUIET = 2.0  # standard errors within which all other traffic is steady


class Level(NamedTuple):
    """Means and effective sizes, series x weeks; NaN and 0 without a trace."""

    mean: Vector
    size: Vector


@dataclass(frozen=True)
class Reach:
    """Which weeks a week is compared with: up to `history`, the last one `gap` weeks before the window.

    The gap keeps a slow onset out of the baseline. Where it would leave fewer than `minimum` weeks it is
    given up: a young series is compared with what there is. One number of each for every series.
    """

    history: Whole
    gap: Whole
    minimum: Whole

    def at(self, rows: npt.NDArray[np.intp]) -> "Reach":
        """Return the reach of some series."""
        return Reach(self.history[rows], self.gap[rows], self.minimum[rows])


def reach_of(dimensions: pd.Series, specs: Mapping[str, DimensionSpec]) -> Reach:
    """Return the reach of series, given their dimensions."""
    drifts = [specs[name].drift for name in dimensions.tolist()]
    history, gap, minimum = (
        np.array([getattr(drift, setting) for drift in drifts], dtype=np.int64)
        for setting in ("history_weeks", "gap_weeks", "minimum_history_weeks")
    )
    return Reach(history, gap, minimum)


@dataclass(frozen=True)
class Windows:
    """The level of `window` weeks up to each week, and that of the usable weeks number first to last."""

    window: int
    current: Level
    baseline: Level
    weeks: Whole
    gap: Whole
    first: Whole
    last: Whole


def windows_of(sums: Sums, usable: Flags, inflation: Vector, *, window: int, reach: Reach) -> Windows:
    """Return the levels of all weeks; a window with a week without traces has none."""
    ranks = np.concatenate([np.zeros((len(usable), 1), dtype=int), np.cumsum(usable, axis=1)], axis=1)
    last, gap = _baseline_end(ranks, window=window, reach=reach)
    first = np.maximum(last - reach.history[:, None], 0)
    base = Sums(*(_between(part, usable, first, last) for part in sums))
    now = Sums(*(_moving(part, window) for part in sums))
    seen = _moving((sums.weight > 0).astype(float), window) == window
    return Windows(
        window,
        Level(np.where(seen, now.mean, np.nan), np.where(seen, now.size, 0.0) / inflation[:, None]),
        Level(base.mean, base.size / inflation[:, None]),
        last - first, gap, first, last,
    )  # fmt: skip


def _baseline_end(ranks: Whole, *, window: int, reach: Reach) -> tuple[Whole, Whole]:
    """Return how many usable weeks lie before each week's gap, and the gap."""
    width = ranks.shape[1] - 1
    start = np.broadcast_to(np.maximum(np.arange(width) - window + 1, 0), (len(ranks), width))
    gap = np.broadcast_to(reach.gap[:, None], start.shape)
    close = np.take_along_axis(ranks, start, 1)
    far = np.take_along_axis(ranks, np.maximum(start - gap, 0), 1)
    enough = far >= reach.minimum[:, None]
    return np.where(enough, far, close), np.where(enough, gap, 0)


def _between(part: Vector, usable: Flags, first: Whole, last: Whole) -> Vector:
    """Return sums of the usable weeks number first to last of each series."""
    order = np.argsort(~usable, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(np.where(usable, part, 0.0), order, axis=1), axis=1)
    sums = np.concatenate([np.zeros((len(part), 1)), sums], axis=1)
    return cast(Vector, np.take_along_axis(sums, last, 1) - np.take_along_axis(sums, first, 1))


def _moving(part: Vector, window: int) -> Vector:
    """Return sums of so many weeks up to each."""
    total = part.copy()
    for lag in range(1, window):
        total[:, lag:] += part[:, :-lag]
    if window > 1:
        total[:, : window - 1] = 0.0
    return total


def changes_of(windows: Windows, shares: Flags) -> Change:
    """Return the changes of all weeks; NaN where a side is missing."""
    return change_of(windows.current, windows.baseline, shares[:, None])


def change_of(current: Level, baseline: Level, shares: Flags) -> Change:
    """Return changes of logits for shares, else of means; NaN where a side is missing.

    Why means of grades are left as they are: how grades spread does not follow from their mean, and two
    slices at different levels that lose one point move alike in points, not in logits.
    """
    (now, n_now), (before, n_before) = current, baseline
    with np.errstate(invalid="ignore", divide="ignore"):
        n_now, n_before = (np.where(size > 0, size, np.nan) for size in (n_now, n_before))
        level = smoothed(before, n_before)
        drawn = drawn_to(now, n_now, level=level)
        logits = logit_change((drawn, n_now + 1), (level, n_before + 1))
        means = mean_change((now, n_now), (before, n_before), variance=level * (1 - level))
    return Change(
        np.where(shares, logits.value, means.value), np.where(shares, logits.variance, means.variance)
    )


def wandering(windows: Windows, wander: Wander) -> Vector:
    """Return what the process of wandering levels adds to the variance of each change."""
    added = np.zeros(windows.weeks.shape)
    if not wander.variance > 0:
        return added
    for weeks, gap in {*zip(windows.weeks.ravel().tolist(), windows.gap.ravel().tolist(), strict=True)}:
        if weeks > 0:
            here = (windows.weeks == weeks) & (windows.gap == gap)
            added[here] = wander.of_contrast(weights_of(weeks, gap, windows.window))
    return added


def weights_of(weeks: int, gap: int, window: int) -> Vector:
    """Return the weights of consecutive weeks in a change: the baseline's, the gap's, the window's."""
    return np.concatenate([np.full(weeks, -1 / weeks), np.zeros(gap), np.full(window, 1 / window)])
