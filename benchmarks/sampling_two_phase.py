"""What a rater that is free on all traffic would add to a week's level: a study, no rule of the product.

The estimate predicts every trace of the frame from the free rater's verdict and the stratum, cross-fitted in
five folds, and corrects the mean of the predictions by the weighted residuals of what was judged: the
difference estimator of two-phase sampling (Sarndal, Swensson & Wretman 1992, 9.7), cross-fitted as by Zrnic
& Candes (2024).
"""

from collections.abc import Iterator

import numpy as np
from calibration_sections import Figure, Promise
from sampling_rows import Estimates, Row, compared, estimates

from behavior_pipeline.statistics.estimate import Estimate, hajek_mean, mean_interval

FRAME, ANOMALIES, BOOST, SHARE = 5_000, 0.08, 3, 0.2
GOOD, BAD = 0.96, 0.7  # pass rates of routine traces and of anomalies
FOLDS, PRIOR = 5, 10.0  # PRIOR: traces at the overall mean that each cell of the prediction starts with
RATERS = {  # share of bad traces that the rater fails, share of good ones
    "says nothing": (0.1, 0.1),
    "weak (MCC .3)": (0.35, 0.04),
    "good (MCC .6)": (0.65, 0.025),
    "good, drifts on Thursday": (0.65, 0.025),  # from then on it fails five times as many good traces
}


def two_phase(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return the Hajek mean (before) beside the two-phase estimate (after)."""
    truth = ANOMALIES * BAD + (1 - ANOMALIES) * GOOD
    for name, (of_bad, of_good) in RATERS.items():
        before: list[Estimate] = []
        after: list[tuple[float, float, float, float]] = []
        for _ in range(worlds):
            anomaly = random.random(FRAME) < ANOMALIES
            good = random.random(FRAME) < np.where(anomaly, BAD, GOOD)
            drifted = (np.arange(FRAME) >= FRAME * 3 / 7) & ("Thursday" in name)
            failed = random.random(FRAME) < np.where(good, of_good * np.where(drifted, 5, 1), of_bad)
            rate = SHARE / (1 + (BOOST - 1) * ANOMALIES) * np.where(anomaly, BOOST, 1)
            drawn = random.random(FRAME) < rate
            before.append(hajek_mean(good[drawn], 1 / rate[drawn]))
            after.append(_level(good, 1 / rate, drawn, failed * 2 + anomaly, random))
        value, low, high, n_eff = np.array(after).T
        world = f"rater {name}"
        yield from compared(
            world, truth, estimates(before), Estimates(value, low, high), bias=Promise(-0.001, 0.001)
        )
        sizes = np.array([one.n_eff for one in before], dtype=float)
        yield Row(world, "n_eff", _count(sizes), _count(n_eff))


def _level(
    good: np.ndarray, weight: np.ndarray, drawn: np.ndarray, cell: np.ndarray, random: np.random.Generator
) -> tuple[float, float, float, float]:
    """Return estimate, low, high and n_eff; the error adds that of the residuals and that of the frame."""
    fold = random.integers(0, FOLDS, FRAME)
    predicted = np.empty(FRAME)
    for number in range(FOLDS):
        train = drawn & (fold != number)
        w, y, of = weight[train], good[train], cell[train]
        overall, unit = np.average(y, weights=w), w.mean()
        sums = np.bincount(of, w * y, 4) + PRIOR * unit * overall
        predicted[fold == number] = (sums / (np.bincount(of, w, 4) + PRIOR * unit))[cell[fold == number]]
    w, rest = weight[drawn], good[drawn] - predicted[drawn]
    correction = np.average(rest, weights=w)
    value = float(predicted.mean() + correction)
    influence = (predicted - predicted.mean()) / FRAME
    influence[drawn] += w * (rest - correction) / w.sum()
    se = float(np.sqrt((influence**2).sum()))
    n_eff = value * (1 - value) / se**2
    low, high = mean_interval(value, n_eff, clusters=int(drawn.sum()))
    return value, low, high, n_eff


def _count(values: np.ndarray) -> Figure:
    return Figure(float(values.mean()) / 100, float(values.std() / np.sqrt(len(values))) / 100)
