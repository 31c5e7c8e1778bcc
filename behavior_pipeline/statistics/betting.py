"""Bets against a mean of bounded values: capital, e-detectors and their p-values."""

from typing import cast

import numpy as np
import numpy.typing as npt

from behavior_pipeline.statistics.estimate import Vector


def betting_capital(x: npt.ArrayLike, *, mean: npt.ArrayLike, bet: npt.ArrayLike) -> Vector:
    """Return the capital after each value in [0, 1], from 1 on (Waudby-Smith & Ramdas 2024).

    `bet`, one number or one for each value, lies between -1 / (1 - mean) and 1 / mean; a negative one bets
    that the mean fell. Where it did not, the capital is a supermartingale.
    """
    return cast(Vector, np.cumprod(_factors(x, mean, bet)))


def p_of_capital(capital: npt.ArrayLike) -> float:
    """Return the p-value of the largest capital so far, valid whenever one stops (Ville 1939)."""
    largest = float(np.max(np.asarray(capital, dtype=float), initial=1.0))
    return min(1.0, 1 / largest)


def plugin_bets(x: npt.ArrayLike, *, mean: float, alpha: float = 0.05, truncation: float = 0.5) -> Vector:
    """Return bets on a fall, each set by the values before it (predictable plug-in, same paper, section 4).

    None risks more than `truncation` of the capital on one value.
    """
    values = np.asarray(x, dtype=float)
    count = np.arange(1, len(values) + 1)
    averages = (0.5 + np.cumsum(values)) / (count + 1)
    spreads = (0.25 + np.cumsum((values - averages) ** 2)) / (count + 1)
    before = np.concatenate([[0.25], spreads[:-1]])
    bets = np.sqrt(2 * np.log(2 / alpha) / (before * count * np.log(count + 1)))
    return cast(Vector, -np.minimum(bets, truncation / (1 - mean)))


def shiryaev_roberts(
    x: npt.ArrayLike, *, mean: npt.ArrayLike, bet: npt.ArrayLike, start: float = 0
) -> Vector:
    """Return the e-detector after each value: M = (M + 1) e (Shin, Ramdas & Rinaldo 2022, arXiv 2203.03532).

    An alarm at 1 / alpha has an average run length of at least 1 / alpha where nothing changes. `start` is
    the detector's last value, to go on from it.
    """
    detector, detectors = start, []
    for factor in _factors(x, mean, bet):
        detector = (detector + 1) * factor
        detectors.append(detector)
    return np.array(detectors)


def _factors(x: npt.ArrayLike, mean: npt.ArrayLike, bet: npt.ArrayLike) -> Vector:
    values = np.asarray(x, dtype=float)
    return cast(Vector, 1 + np.asarray(bet, dtype=float) * (values - np.asarray(mean, dtype=float)))
