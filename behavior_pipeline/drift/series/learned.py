"""What changes between quiet weeks are made of: sampling, wandering levels, and what is left of a series."""

from dataclasses import dataclass

import numpy as np

from behavior_pipeline.drift.series.sums import Sums
from behavior_pipeline.drift.series.windows import Windows, changes_of, wandering, weights_of
from behavior_pipeline.statistics.contrast import Change, smoothed
from behavior_pipeline.statistics.estimate import Flags, Vector
from behavior_pipeline.statistics.moderated import moderated_variance
from behavior_pipeline.statistics.wander import Wander, bounded_squares, wander

WORTH_OF_STEPS = 2 / 3  # neighbouring steps share a week: their correlation is -1/2


@dataclass(frozen=True)
class Tested:
    """The change of the last week's window with its whole error, as Student's t; NaN: not compared."""

    change: Change
    sampling: Vector
    df: Vector

    @property
    def t(self) -> Vector:
        """Return the changes in standard errors."""
        return self.change.z


@dataclass(frozen=True)
class Spread:
    """How levels of a pool wander between weeks, and by which ratio a series' weeks differ beyond that."""

    wander: Wander
    ratio: Vector
    df: Vector


def spread_of(weekly: Change) -> Spread:
    """Return what the weeks before the last one, each beside its series' own mean, say of their spread."""
    before = Change(weekly.value[:, :-1], weekly.variance[:, :-1])
    length = len(weekly.value)
    if not np.isfinite(before.value).any():
        return Spread(Wander(), np.ones(length), np.full(length, 1.0))
    process = wander(before.value, before.variance)
    steps = before.value[:, 1:] - before.value[:, :-1]
    variance = before.variance[:, 1:] + before.variance[:, :-1]
    variance += 2 * process.variance * (1 - process.correlation)
    seen = np.isfinite(steps) & np.isfinite(variance)
    ratio, df = _squeezed(Change(steps, variance), seen, worth=WORTH_OF_STEPS)
    return Spread(process, ratio, df)


def _squeezed(change: Change, counted: Flags, *, worth: float) -> tuple[Vector, Vector]:
    """Return by what each series' changes are larger than expected (a ratio of variances), with its df.

    The pool learns from all of its changes, none of which counts as more than two standard errors; a series
    adds its own rises alone: what it rises by chance it may fall by, and a fall that goes on before it is
    told must not hide itself. `worth` is how many independent changes one of them is.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.where(counted, bounded_squares(change.value**2 / change.variance), 0.0)
    length, degrees = len(squares), counted.sum(axis=1) * worth
    known = degrees > 0
    if not known.any():
        return np.ones(length), np.ones(length)
    pool = moderated_variance(squares.sum(axis=1)[known] * worth / degrees[known], degrees[known])
    rises = counted & (change.value > 0)
    rose, rose_df = (squares * rises).sum(axis=1) * worth, rises.sum(axis=1) * worth
    if np.isinf(pool.prior_df):
        return np.full(length, pool.prior_variance), np.full(length, float(degrees.sum()))
    ratio = (pool.prior_df * pool.prior_variance + rose) / (pool.prior_df + rose_df)
    return ratio, np.minimum(pool.prior_df + rose_df, float(degrees.sum()))


def weekly_change(sums: Sums, usable: Flags, inflation: Vector, shares: Flags) -> Change:
    """Return how far each usable week is from the series' own mean, linear in the level; NaN elsewhere."""
    size = sums.size / inflation[:, None]
    together = Sums(*(np.where(usable, part, 0.0).sum(axis=1) for part in sums))
    level = smoothed(together.mean, together.size / inflation)
    spread = (level * (1 - level))[:, None]
    scale = np.where(shares[:, None], spread, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = (sums.mean - together.mean[:, None]) / scale
        variance = spread / np.where(size > 0, size, np.nan) / scale**2
    return Change(np.where(usable, away, np.nan), np.where(usable, variance, np.nan))


def tested(parts: list[tuple[Windows, Change]], shares: Flags, usable: Flags) -> Tested:
    """Return the last week's change of a pool of series, or its difference from a second part's.

    `parts` are the windows and the weekly levels of the series and, for a contrast, of the rest. How far
    levels wander is learned from the weeks, and what then is left from the past changes of the same
    construction, each week against its own baseline: pooled over the series, then squeezed to the pool.
    """
    windows = parts[0][0]
    change, levels = changes_of(windows, shares), parts[0][1]
    for other, weekly in parts[1:]:
        change, levels = change.minus(changes_of(other, shares)), levels.minus(weekly)
    process = wander(levels.value[:, :-1], levels.variance[:, :-1]) if levels.value.shape[1] > 1 else Wander()
    whole = change.variance + wandering(windows, process)
    past = usable.copy()
    past[:, -windows.window :] = False
    ratio, df = _left(Change(change.value, whole), past, windows, process=process, sampling=change.variance)
    last = np.maximum(whole[:, -1] * ratio, change.variance[:, -1])
    return Tested(Change(change.value[:, -1], last), change.variance[:, -1], df)


def _left(
    change: Change, past: Flags, windows: Windows, *, process: Wander, sampling: Vector
) -> tuple[Vector, Vector]:
    """Return by what past changes were larger than expected (a ratio of variances), with its df."""
    counted = past & np.isfinite(change.value) & np.isfinite(change.variance)
    if not counted.any():
        return np.ones(len(past)), np.ones(len(past))
    worth = _worth(windows, process, sampling=float(np.nanmedian(sampling[counted])))
    return _squeezed(change, counted, worth=worth)


def _worth(windows: Windows, process: Wander, *, sampling: float) -> float:
    """Return how many independent changes a past one is worth: neighbours share weeks and baselines."""
    width = windows.weeks.shape[1]
    rows = []
    longest = int(np.argmax(windows.weeks[:, -1]))
    for week in range(windows.window, width - windows.window):
        weeks, gap = int(windows.weeks[longest, week]), int(windows.gap[longest, week])
        if weeks > 0:
            row = np.zeros(width)
            row[week - windows.window + 1 - gap - weeks : week + 1] = weights_of(weeks, gap, windows.window)
            rows.append(row)
    if not rows:
        return 1.0
    weights = np.array(rows)
    per_week = sampling / (weights[-1] @ weights[-1])
    cov = (
        weights @ (per_week * np.eye(width) + process.variance * process.alike(np.arange(width))) @ weights.T
    )
    deviation = np.sqrt(np.diag(cov))
    return float(len(rows) / ((cov / np.outer(deviation, deviation)) ** 2).sum())
