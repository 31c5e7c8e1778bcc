"""Which weeks of a small series the floor of 200 mutes, and what graded scores count as."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from calibration_sections import Figure, Promise
from sampling_rows import Row, share

from behavior_pipeline.aggregation.floor_size import WEEKS, with_floor_sizes
from behavior_pipeline.statistics.estimate import SMALLEST_ERROR
from behavior_pipeline.tables.weekly import WEEKLY_SCORES

FLOOR = 200
USERS = np.tile([1, 2, 3, 4], 200)  # judged traces of each user of a week, cut to the week's size
ALIKE = 0.1  # correlation of two traces of a user
ANOMALIES, LIGHTER, WORSE = 0.25, 1 / 3, 0.9  # their share of what is judged, weight, factor of the pass rate
SERIES = 10  # series a world


def floor(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return the share of weeks that are muted by n_eff (before) and by the pooled size (after)."""
    for n, level in ((150, 0.95), (280, 0.95), (280, 0.98), (500, 0.95)):
        weeks = [_weeks(SERIES * worlds, n, level, random) for _ in range(WEEKS)]
        fallen = _weeks(SERIES * worlds, n, level - 0.05, random)
        world = f"{n} judged a week, level {level:g}"
        quiet, bad = (_sizes(now, weeks[:-1]) for now in (weeks[-1], fallen))
        read = quiet["mean"].rank(pct=True).to_numpy()
        for what, frame, of in (
            ("muted, %", quiet, read > 0),
            ("muted of the quarter that reads lowest, %", quiet, read <= 0.25),
            ("muted of the quarter that reads highest, %", quiet, read > 0.75),
            ("muted of weeks 5 points lower, %", bad, read > 0),
        ):
            before, after = ((frame[size] < FLOOR).to_numpy(bool)[of] for size in ("n_eff", "n_floor"))
            yield Row(world, what, share(before), share(after))
        kept = [_kept_bias(quiet, size, level) for size in ("n_eff", "n_floor")]
        yield Row(world, "bias of the weeks that are not muted, points", kept[0], _promised(kept[1], n))
    yield from _graded(worlds, random)


def _promised(figure: Figure, n: int) -> Figure:
    """A floor on a steady size picks no weeks: what is kept reads as all do; at 150 hardly any is kept."""
    return figure if n < FLOOR else Figure(figure.value, figure.error, Promise(-0.001, 0.001))


def _weeks(series: int, n: int, level: float, random: np.random.Generator) -> pd.DataFrame:
    """Return a week of many series: mean, se by user, variance and Kish's size."""
    sizes = USERS[: np.searchsorted(np.cumsum(USERS), n) + 1]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    total = int(sizes.sum())
    anomaly = random.random((series, total)) < ANOMALIES
    weight = np.where(anomaly, LIGHTER, 1.0)
    of_weight = ANOMALIES * LIGHTER / (ANOMALIES * LIGHTER + 1 - ANOMALIES)
    rate = level / (1 - of_weight * (1 - WORSE))
    spread = (1 - ALIKE) / ALIKE
    users = random.beta(rate * spread, (1 - rate) * spread, (series, len(sizes)))
    passes = np.repeat(users, sizes, axis=1) * np.where(anomaly, WORSE, 1.0)
    score = (random.random((series, total)) < passes).astype(float)
    return _estimated(score, weight, starts)


def _estimated(score: np.ndarray, weight: np.ndarray, starts: np.ndarray) -> pd.DataFrame:
    """Return what weekly.sql computes, for many series at once."""
    whole, groups = weight.sum(axis=1), len(starts)
    mean = (weight * score).sum(axis=1) / whole
    errors = np.add.reduceat(weight * (score - mean[:, None]), starts, axis=1) / whole[:, None]
    se = np.sqrt(groups / (groups - 1) * (errors**2).sum(axis=1))
    variance = (weight * (score - mean[:, None]) ** 2).sum(axis=1) / whole
    kish = whole**2 / (weight**2).sum(axis=1)
    alike = se <= SMALLEST_ERROR
    return pd.DataFrame(
        {
            "series_id": pd.array([str(number) for number in range(len(score))], dtype="string"),
            "week": pd.Timestamp("2026-03-09"),
            "n": score.shape[1], "mean": mean, "se": se, "variance": variance, "n_kish": kish,
            "n_eff": np.where(alike, kish, mean * (1 - mean) / np.where(alike, 1, se) ** 2),
        }
    )  # fmt: skip


def _sizes(now: pd.DataFrame, weeks: list[pd.DataFrame]) -> pd.DataFrame:
    nothing = WEEKLY_SCORES.empty()
    earlier = [with_floor_sizes(week, nothing)[["week", "series_id", "n", "design_effect"]] for week in weeks]
    return with_floor_sizes(now, pd.concat(earlier))


def _kept_bias(frame: pd.DataFrame, size: str, level: float) -> Figure:
    kept = frame.loc[(frame[size] >= FLOOR).to_numpy(bool), "mean"].to_numpy(float)
    if len(kept) < 2:
        return Figure(float("nan"), float("nan"))
    return Figure(float(kept.mean() - level), float(kept.std() / np.sqrt(len(kept))))


def _graded(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return what 50 graded traces of equal weight count as; figures are counts over a hundred."""
    score = random.choice([0.5, 0.75, 1.0], (worlds, 50), p=[0.1, 0.3, 0.6])
    week = _estimated(score, np.ones_like(score), np.arange(50))
    frame = with_floor_sizes(week, WEEKLY_SCORES.empty())
    counted = [
        Figure(float(frame[size].mean()) / 100, float(frame[size].std() / np.sqrt(worlds)) / 100)
        for size in ("n_eff", "n_floor")
    ]
    promised = Figure(counted[1].value, counted[1].error, Promise(0.499, 0.501))
    yield Row("50 graded traces, no clusters", "count as so many traces", counted[0], promised)
